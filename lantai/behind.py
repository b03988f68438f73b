"""Work behind a command: seal uses, publish what waits, index it, read batches back, bring sites up to date,
read what page files say, take up batches that waited.

`--wait registered` returns as soon as a batch is registered; what follows runs in a process of its
own, so that nobody waits for it and nothing is forgotten: whatever it leaves, the next one does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import lag, working
from ingest.locks import only_one_or_none
from ingest.publish import continued, publish
from ingest.readback import secure, unsecured
from ingest.tools import Tools
from lantai.backoff import Backoff
from lantai.replicating import prepare_place, terms
from lantai.resuming import resume_waiting
from lantai.secrets_in import for_a_child
from lantai.tidying import tidy
from lantai.wiring import Archive, opened
from policies.errors import LantaiError
from processes.auditing.audit import audit, due, resume
from processes.auditing.audit_run import newest_interrupted
from processes.auditing.orphans import sweep_when_due
from processes.destruction.destroy import go_on as destroy_on
from processes.destruction.destroy import is_open
from processes.finding.index import feed, go_on
from processes.finding.texts import read_again, read_texts
from processes.replicating.replicate import replicate
from processes.replicating.replicate_site import keys_in_step
from processes.use_copies.behind import make_behind
from processes.using.uses import seal
from storage.errors import SiteError, TooFewCopies

SECONDS_BETWEEN_ROUNDS = 2.0
MOST_SECONDS_BETWEEN_ROUNDS = 300.0
TEXTS_A_ROUND = 1_000
COPIES_A_ROUND = 500
DONE = (
    "size", "indexed", "secured", "replicated", "resumed", "audits", "orphans", "destroyed", "texts", "uses",
    "copies",
)  # fmt: skip


@dataclass(slots=True)
class _Round:
    """What was done, which sites are left out and why, and why the ledger could not be published."""

    archive: Archive
    tools: Tools
    backoff: Backoff
    done: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(DONE, 0))
    away: dict[str, str] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    unpublished: TooFewCopies | None = None
    unread_texts: bool = False
    unmade_copies: bool = False

    def work(self) -> None:
        """Everything that waits, once; what needs a site that is away is left to another round."""
        self._ask()
        self.archive.vault.lost.update(self.away)
        self.done["uses"] += seal(self.tools)
        self._publish()
        self._feed()
        self._read_back()
        self._fill()
        self._finish_destructions()
        if self._enough() and self._resume():
            self._feed()
        if self._enough() and self._read_texts():
            self._feed()
        self._make_copies()
        tidy(self.archive, self.tools)
        if not self.away:
            self.done["orphans"] += len(sweep_when_due(self.tools).removed)

    def _resume(self) -> int:
        """Batches that waited for sites are taken up; how many."""
        resumed = resume_waiting(self.tools, self.backoff, self.archive.subject_named)
        self.done["resumed"] += resumed
        return resumed

    def audit(self) -> None:
        """The audit that the settings ask for, where one is due; one that was interrupted goes on."""
        schedule = self.archive.settings.audit
        scope = due(self.tools, schedule.every_days, schedule.percent)
        if scope is None:
            return
        begun = newest_interrupted(self.tools)
        goes_on = begun is not None and begun.scope == scope and not begun.repair
        found = resume(self.tools) if goes_on else audit(self.tools, scope, repair=False)
        if found.interrupted:
            raise KeyboardInterrupt  # it was meant for us
        self.done["audits"] += 1
        if not found.whole:
            sys.stderr.write(f"audit: {found.outcome}\n")

    def _ask(self) -> None:
        """Which sites are there; one that was away is asked again later and later."""
        for name in self.tools.vault.sites:
            if not self.backoff.due(name):
                self.away[name] = self.backoff.reason(name)
                continue
            try:
                with self.tools.database.read() as conn:
                    continued(self.tools, conn, name)
                why = ""
            except SiteError as fault:
                why = prepare_place(self.archive, name) if self._new(name) else fault.reason
            if why:
                self._left(name, why)
            else:
                self.away.pop(name, None)
                self.backoff.well(name)

    def _left(self, name: str, reason: str) -> None:
        self.away[name] = reason
        self.backoff.failed(name, reason)

    def _enough(self) -> bool:
        return len(self.tools.vault.sites) - len(self.away) >= self.tools.vault.min_copies

    def _publish(self) -> None:
        try:
            self.done["size"] = publish(self.tools, self.away).size
            self.unpublished = None
        except TooFewCopies as fault:
            self.unpublished = fault

    def _feed(self) -> None:
        database, index, work = self.archive.database, self.archive.index, self.tools.work
        self.done["indexed"] += feed(database, index, work) + go_on(database, index, work)

    def _read_texts(self) -> int:
        """What page files say, a good many a round; those that no site had are tried later and later."""
        key = ("texts", "")
        read, self.unread_texts = read_texts(self.tools, TEXTS_A_ROUND)
        if self.backoff.due(key):
            again, left = read_again(self.tools)
            read += again
            if left:
                self.backoff.failed(key, f"{left} page files are at no site")
            else:
                self.backoff.well(key)
        self.done["texts"] += read
        return read

    def _make_copies(self) -> None:
        """Small pictures of what is new, some a round; what cannot be made now is made when asked for."""
        if self.archive.settings.use.behind and self._enough():
            made, self.unmade_copies = make_behind(self.tools, COPIES_A_ROUND)
            self.done["copies"] += made

    def _read_back(self) -> None:
        """Batches registered and not secured, as far as the sites are there; faulty ones again later."""
        unread = set(unsecured(self.archive.database)) - self.tried
        self.tried |= unread
        if set(self.tools.secured_by) & set(self.away):
            unread = {batch for batch in unread if self._readable(batch)}
        for batch in sorted(batch for batch in unread if self.backoff.due(("read", batch))):
            try:
                faulty = secure(batch, self.tools, self.away)
            except TooFewCopies as fault:  # it is secured, and the entry of that is published later
                faulty, self.unpublished = (), fault
            self.done["secured"] += not faulty
            if faulty:
                self.backoff.failed(("read", batch), f"{len(faulty)} copies are not whole")
            else:
                self.backoff.well(("read", batch))

    def _readable(self, batch: str) -> bool:
        """Whether a site that is there has not read the batch back yet."""
        with self.tools.database.read() as conn:
            held = working.holders(conn, batch)
        return any(site not in held and site not in self.away for site in self.tools.vault.sites)

    def _fill(self) -> None:
        """Bring the sites that are there up to date; one that cannot be is tried again later."""
        for name in self.tools.vault.sites:
            if name in self.away or not self.backoff.due(("fill", name)) or not self._is_behind(name):
                continue
            result = replicate(self.tools, terms(self.archive, site=name, everything=False))
            self.done["replicated"] += result.objects
            self.done["secured"] += result.secured
            site = result.sites[0]
            if site.unreachable:
                self._left(name, site.unreachable)
            elif not site.whole:
                found = f"{len(site.damaged)} damaged, {len(site.lost)} without a good copy"
                self.backoff.failed(("fill", name), site.braked or f"site {name}: {found}")
            else:
                self.backoff.well(("fill", name))

    def _finish_destructions(self) -> None:
        """Do what is left of destructions, as at sites that are back; what waits is tried again later."""
        key = ("destroy", "")
        if not is_open(self.tools) or not self._enough() or not self.backoff.due(key):
            return
        left = [one for one in destroy_on(self.tools, self.archive.index) if not one.whole]
        self.done["destroyed"] += not left
        if left:
            self.backoff.failed(key, f"{len(left)} destructions have not ended")
        else:
            self.backoff.well(key)

    def _new(self, name: str) -> bool:
        """Whether nothing was ever brought to a site: it was added to the settings."""
        with self.tools.database.read() as conn:
            noted = name in working.published(conn)
            return not noted and not lag.had(conn, self.tools.ledger, name)

    def _is_behind(self, name: str) -> bool:
        with self.tools.database.read() as conn:
            if lag.is_behind(conn, name):
                return True
        return not keys_in_step(self.tools, name)


def do_what_waits(
    archive: Archive, backoff: Backoff | None = None, *, audits: bool = False
) -> dict[str, Any]:
    """Publish, index, read back, replicate, resume, sweep, until nothing new waits; with `audits` the one
    that is due. Another worker at it is left to it. Raises `TooFewCopies` at the end where the ledger could
    not be published.

    Looks again after giving up the lock: what came in meanwhile found it taken and relies on us.
    """
    tools = archive.tools()
    current = _Round(archive, tools, backoff or Backoff())
    while True:
        with only_one_or_none(tools.work / "worker.lock") as mine:
            if not mine:
                return current.done
            current.work()
        unread = set(unsecured(archive.database)) - current.tried
        if not (current.unread_texts or current.unmade_copies or unread):
            break
    if audits:  # without the lock: it may take a day, and nobody else's work waits for it
        current.audit()
    if current.unpublished is not None:
        raise current.unpublished
    return current.done


def keep_working(
    home: Path,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Round after round until interrupted or terminated. A fault is told once and tried again: a site by
    itself, later and later, anything else by pausing longer and longer.

    Each round opens the archive anew: a site that failed once is given another chance.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    done: dict[str, Any] = dict.fromkeys(DONE, 0)
    backoff, pause, told = Backoff(clock), SECONDS_BETWEEN_ROUNDS, ""
    try:
        while True:
            try:
                with opened(home) as archive:
                    done = do_what_waits(archive, backoff, audits=True)
                pause, now = SECONDS_BETWEEN_ROUNDS, ""
            except TooFewCopies as fault:  # each site has its own time to be asked again
                pause, now = SECONDS_BETWEEN_ROUNDS, str(fault)
            except (LantaiError, OSError) as fault:
                pause, now = min(pause * 2, MOST_SECONDS_BETWEEN_ROUNDS), str(fault)
            if now and now != told:
                sys.stderr.write(f"{now}\n")
            told = now
            sleep(pause)
    except KeyboardInterrupt:
        return done


def start_behind(archive: Archive) -> None:
    """Start one round in a process of its own, where the settings want that."""
    if not archive.settings.background:
        return
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(archive.home), "worker", "--once"]
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **for_a_child(archive.home)},
        cwd="/",
    )
