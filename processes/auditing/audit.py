"""Audit: every copy at every site is read to its end and held against the ledger, not against itself.

Copies are the sealed objects, the keyrings that open them, and the published ledger. Damage is
mended from a copy that was itself checked while it was copied, never the other way; what no site
holds whole is *lost* and named. What was not checked (a site that is away, an interrupted run, a scope
that holds nothing) is no pass.

Not done here: what there is to keep (`holdings`), how one copy is checked (`copies`), how far a run came
(`audit_run`), former audits and when the next one is due (`audit_history`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from archive import catalogue, working
from archive.audit_runs import drop_audit_run
from archive.catalogue_audit import objects_of_digests
from archive.events import AuditCompleted
from ingest.publish import publish
from ingest.tools import Tools
from processes.auditing.audit_history import due, history
from processes.auditing.audit_mend import Mender
from processes.auditing.audit_run import Mending, Run, begun, newest_interrupted, stored_run, taken
from processes.auditing.audit_visit import Looked, Visit
from processes.auditing.audited import Audit, Beside, Copy, Kind, Scope, SiteAudit
from processes.auditing.copies import Kept, KeptObject
from processes.auditing.copies_keyring import KeptKeyring
from processes.auditing.holdings import Holdings, ledger_end, plan, stands
from processes.auditing.strangers import strangers
from processes.destruction.destroyed import objects_gone
from processes.errors import NotFound
from storage.errors import SiteError, SiteReadOnly, StorageError

__all__ = ["Audit", "Copy", "Scope", "SiteAudit", "audit", "due", "history", "resume"]


def audit(tools: Tools, scope: Scope, repair: bool) -> Audit:
    """Check every copy in scope; with `repair`, mend what a good copy can mend. An entry of the ledger.

    A site that is away does not end it: its result says so, and the entry is published later. An interruption
    (Ctrl-C) ends it without an entry: `resume` goes on. Raises `NotFound` for an unknown site, and
    `LedgerSetBack` before anything is checked or entered.
    """
    names = [name for name in tools.vault.sites if scope.site in ("", name)]
    if not names:
        raise NotFound(f"site {scope.site}")
    run = Run.begin(tools, scope, repair, plan(tools, scope, names), names)
    for name, result in run.sites.items():
        with suppress(SiteError):  # met again when its copies are read
            must, held = stands(tools, name)
            if 0 < held < must:
                result.has, result.had = held, must
    return _carry_on(tools, run)


def resume(tools: Tools) -> Audit:
    """Go on with the newest audit that was interrupted: same scope, same sample, one result.

    Raises `NotFound` where there is none.
    """
    run = newest_interrupted(tools)
    if run is None:
        raise NotFound("interrupted audit")
    run.resumed += 1
    for name, result in run.sites.items():
        if name not in tools.vault.sites:
            result.unreachable = "it is no longer among the archive's sites"
    return _carry_on(tools, run)


def _carry_on(tools: Tools, run: Run) -> Audit:
    beside = tuple(one for one in begun(tools) if one.run != run.id)
    _leave_alone(tools, run)
    with taken(tools, run.id) as mine:
        if not mine:
            raise NotFound("interrupted audit")  # another process was faster
        with tools.database.write() as tx:
            run.save(tx)
        files = (run.chosen + run.chosen_files) * len(run.sites)
        tools.progress.begin("audit", files, round(run.plan.bytes * run.scope.percent / 100) * len(run.sites))
        try:
            _Way(tools, run).through()
            _enter(tools, run)
        except KeyboardInterrupt:
            kept = stored_run(tools, run.id, run.started) or run
            return _result(kept, beside, interrupted=True)
        finally:
            tools.progress.end()
    return _result(run, beside, pending=_published(tools))


def _leave_alone(tools: Tools, run: Run) -> None:
    """Leave out the sites whose ledger must not be touched: another archive's, or of a log given up."""
    for name, result in run.sites.items():
        if not result.unreachable:
            try:
                stands(tools, name)
            except SiteReadOnly as fault:
                result.unreachable = fault.reason
            except SiteError:
                continue  # met again when its copies are read


def _result(run: Run, beside: tuple[Beside, ...], pending: str = "", *, interrupted: bool = False) -> Audit:
    return Audit(
        sites=tuple(run.sites.values()),
        scope=run.scope,
        repair=run.repair,
        registered=run.plan.registered,
        chosen=run.chosen,
        pending=pending,
        run=run.id,
        started=run.started,
        seconds=run.seconds,
        resumed=run.resumed,
        interrupted=interrupted,
        beside=beside,
    )


def _published(tools: Tools) -> str:
    """Publish what the ledger holds; why that is not yet at enough sites, or nothing."""
    try:
        publish(tools)
    except StorageError as fault:
        return str(fault)
    return ""


@dataclass(slots=True)
class _Way:
    """A run's way through everything there is to keep, from where it stands."""

    tools: Tools
    run: Run
    since: float = field(default_factory=time.monotonic)

    def through(self) -> None:
        """To the end."""
        run = self.run
        holdings = Holdings(self.tools, run.scope, run.plan, run.objects, run.files)
        with Visit(self.tools, run.sites) as visit:
            if run.mending:
                self._finish_mending(run.mending, holdings)
            if run.stage in ("batches", "files"):
                for part in holdings.parts(run.stage, run.after):
                    place = Mending(part.stage, part.last, part.batches, {})
                    self._part(visit.judged(part.things), place)
                run.stage, run.after = "end", ""
            if run.stage == "end":
                for site in self._behind():
                    self._end(visit, site)
                run.stage, run.after = "extra", ""
            if run.scope.everything:
                for site in self._behind():
                    self._list_extra(site)
        run.seconds += time.monotonic() - self.since

    def _behind(self) -> list[str]:
        """The sites that this stage has not been through."""
        return [name for name in sorted(self.run.sites) if name > self.run.after]

    def _part(self, judged: Iterable[tuple[Kept, Looked, dict[str, Kind]]], place: Mending) -> None:
        """Go through a part, write down what is broken before anything is mended, and see to it."""
        broken: list[tuple[Kept, Looked, dict[str, Kind]]] = []
        filled: set[str] = set()
        for one, looks, kinds in judged:
            if isinstance(one, KeptObject):
                filled.add(one.stored.batch)
            if kinds:
                broken.append((one, looks, kinds))
        _tell_swapped(self.tools, broken)
        place.broken = {one.label: kinds for one, _, kinds in broken}
        self.run.stage, self.run.after = place.stage, place.last
        if broken and self.run.repair:
            self.run.mending = place
            self._save({})
        self._mend([one for one, _, _ in broken], place, filled, again=False)

    def _mend(self, things: Sequence[Kept], place: Mending, filled: set[str], *, again: bool) -> None:
        mender = Mender(self.tools, self.run.sites, self.run.repair, again)
        left: dict[str, set[str]] = {}
        for one in things:
            for site in mender.see_to(one, place.broken[one.label]):
                if isinstance(one, KeptObject | KeptKeyring):
                    left.setdefault(site, set()).add(
                        one.stored.batch if isinstance(one, KeptObject) else one.batch
                    )
        self.run.mending = None
        self._save(left, filled)

    def _finish_mending(self, place: Mending, holdings: Holdings) -> None:
        """What an interrupted run had found and not yet seen to."""
        if place.stage == "end":
            with ledger_end(self.tools, place.last, self.run.plan.size) as files:
                self._mend([one for one in files if one.label in place.broken], place, set(), again=True)
            return
        things, filled = [], set()
        for one in holdings.again(place.stage, place.last, place.batches):
            if isinstance(one, KeptObject):
                filled.add(one.stored.batch)
            if one.label in place.broken:
                things.append(one)
        self._mend(things, place, filled, again=True)

    def _end(self, visit: Visit, site: str) -> None:
        place = Mending("end", site, (), {})
        result = self.run.sites[site]
        if not result.unreachable:
            try:
                with ledger_end(self.tools, site, self.run.plan.size) as files:
                    self._part(visit.judged(files, site), place)
                    return
            except SiteError as fault:
                result.unreachable = fault.reason
        self._part((), place)

    def _list_extra(self, site: str) -> None:
        result = self.run.sites[site]
        if not result.unreachable:
            try:
                had, _ = stands(self.tools, site)
                names = strangers(self.tools, self.tools.vault.site(site), had)
                result.extra = list(self._named(names))
            except SiteError as fault:
                result.unreachable = fault.reason
        self.run.stage, self.run.after = "extra", site
        self._save({})

    def _named(self, names: Iterable[str]) -> Iterator[Copy]:
        """What should not stand there; an object of a destroyed item by its code."""
        found = list(names)
        gone = objects_gone(self.tools) if any(name.startswith("objects/") for name in found) else {}
        for name in found:
            yield Copy(name, gone.get(name), Kind.DESTROYED if name in gone else Kind.EXTRA)

    def _save(self, left: dict[str, set[str]], filled: Iterable[str] = ()) -> None:
        """Write down how far it came, and which batches stand whole at which site."""
        now = time.monotonic()
        self.run.seconds, self.since = self.run.seconds + now - self.since, now
        with self.tools.database.write() as tx:
            for site, result in self.run.sites.items():
                broken = left.get(site, set())
                working.release(tx, site, broken)
                if self.run.scope.percent >= 100 and not result.unreachable:
                    for batch in sorted(set(filled) - broken):
                        working.hold_at(tx, site, batch, self.tools.now())
            self.run.save(tx)


def _tell_swapped(tools: Tools, broken: Sequence[tuple[Kept, Looked, dict[str, Kind]]]) -> None:
    """Of the objects that are not whole, find those that are another object's."""
    digests = {look.digest for _, looks, _ in broken for look in looks.values() if look.digest}
    if not digests:
        return
    with tools.database.read() as conn:
        known = objects_of_digests(conn, sorted(digests))
    for _, looks, kinds in broken:
        for site, look in looks.items():
            if look.digest in known:
                kinds[site] = Kind.SWAPPED


def _enter(tools: Tools, run: Run) -> None:
    """The audit as an entry of the ledger; from then on it has ended."""
    told = _result(run, ())
    event = AuditCompleted(
        account=tools.subject.account,
        os_user=tools.os_user,
        sites=tuple(site.counts() for site in run.sites.values()),
        site=run.scope.site,
        percent=f"{run.scope.percent:g}",
        since=run.scope.earliest,
        repair=run.repair,
        run=run.id,
        started=run.started,
        seconds=round(run.seconds),
        objects=run.chosen,
        resumed=run.resumed,
        outcome=told.outcome,
    )
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
        drop_audit_run(tx, run.id)
