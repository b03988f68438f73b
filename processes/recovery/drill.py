"""The drill: is one site and the recovery key really enough? Tried on a sample, in a folder that goes again.

Nothing of the home is used but what it is compared with: the site's recovery file is opened with the key that
people keep, keyrings with the key-encryption key found in it, the ledger is held against the head that is at
the site, and a sample of objects is brought, opened and digested. What was done is an entry of the ledger.
Not done here: asking for the key, choosing when (`lantai.drills`).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.database import open_database
from archive.errors import LedgerSetBack
from archive.events import DrillCompleted
from archive.notes import Checkpoint
from ingest.locks import only_one
from ingest.publish import publish
from ingest.tools import Tools
from processes.errors import NotFound
from processes.recovery.recover import recover
from processes.recovery.recover_heads import Log
from processes.recovery.recover_objects import Carried, carry, every_part, sample
from processes.recovery.recovered import Order, Recovered
from storage.custody import HeldCustody
from storage.errors import RecoveryRefused, StorageError
from storage.recovery import RECOVERY_NAME, open_recovery, recovery_bytes
from storage.site_local import LocalSite, prepare
from storage.vault import Vault

SAMPLE = 100
_PREFIX = "drill-"


@dataclass(slots=True)
class Drill:
    """What a drill found at `site`: `entries` of the ledger there, of which the home has `ahead` more."""

    site: str
    entries: int = 0
    ahead: int = 0
    lost: int = 0
    files: list[str] = field(default_factory=list)
    objects: Carried = field(default_factory=Carried)
    seconds: float = 0.0
    pending: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything that was tried opened; its entry may still wait (`pending`)."""
        return not (self.lost or self.files or self.objects.missing)

    def as_json(self) -> dict[str, Any]:
        """The document that `drill --json` prints."""
        return {
            "site": self.site,
            "ok": self.whole,
            "entries": self.entries,
            "ahead": self.ahead,
            "lost": self.lost,
            "files": self.files,
            "objects": self.objects.objects,
            "bytes": self.objects.bytes,
            "missing": [lack.as_json() for lack in self.objects.missing],
            "seconds": round(self.seconds, 1),
            "pending": self.pending,
        }


def drill(tools: Tools, site: str, key: str, count: int) -> Drill:
    """Restore and open `count` objects, and all of the ledger, from `site` and the recovery key `key`.

    Raises `NotFound` for a site that there is not, `SecretError` where the key does not open the site's
    recovery file, `NothingToRecover` and `LedgerSetBack` where the site's ledger is none of this archive.
    Leaves nothing behind, whatever stops it; what a killed drill left goes with the next one.
    """
    if site not in tools.vault.sites:
        raise NotFound(f"site {site}")
    started = time.monotonic()
    with only_one(tools.work / "drill.lock"), _room(tools.work) as room:
        done = _tried(tools, site, key, count, room)
    done.seconds = time.monotonic() - started
    done.pending = _entered(tools, done)
    return done


def history(tools: Tools) -> list[tuple[str, DrillCompleted]]:
    """Every drill with its time, the newest first."""
    with tools.database.read() as conn:
        entries = [entry for entry in tools.ledger.of_type(conn, DrillCompleted.type) if entry.payload]
    pairs = [(entry.time, entry.event()) for entry in entries]
    return [(at, event) for at, event in reversed(pairs) if isinstance(event, DrillCompleted)]


def past_as_json(past: Sequence[tuple[str, DrillCompleted]]) -> dict[str, Any]:
    """The document that `drill --history --json` prints."""
    return {"drills": [{"time": at, "ok": one.whole, **asdict(one)} for at, one in past]}


def next_site(tools: Tools) -> str:
    """The site that was tried longest ago, or never."""
    last = {event.site: at for at, event in reversed(history(tools))}
    return min(tools.vault.sites, key=lambda name: last.get(name, ""))


@contextmanager
def _room(work: Path) -> Iterator[Path]:
    """A folder for its owner alone, inside the home, where plaintext may be for a moment."""
    for left in work.glob(f"{_PREFIX}*/"):
        shutil.rmtree(left)
    room = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=work))
    try:
        yield room
    finally:
        shutil.rmtree(room)


def _tried(tools: Tools, site: str, key: str, count: int, room: Path) -> Drill:
    source = tools.vault.site(site)
    recovery = open_recovery(recovery_bytes(key), source.read(RECOVERY_NAME))
    if recovery.archive_id != tools.vault.archive_id:
        raise RecoveryRefused("the recovery file at the site is another archive's")
    custody = HeldCustody(lambda: recovery.key_encryption_keys)
    vault = Vault([source], custody, recovery.archive_id, 1)
    order = Order(
        vault=vault,
        log=Log.of(tools.ledger.origin, recovery.archive_id, recovery.signing_seeds),
        url=f"sqlite:///{room / 'database.sqlite'}",
        first=site,
        evidence=(),
        account=tools.subject.account,
        os_user=tools.os_user,
        now=tools.clock(),
        progress=tools.progress,
    )
    ledger = recover(order, lambda _result: None)
    done = Drill(site, lost=len(ledger.lost), files=ledger.missing)
    _compare(tools, ledger, done)
    prepare(room / "site")
    database = open_database(order.url)
    try:
        drawn = sample(every_part(database), count)
        tools.progress.begin("drill", len(drawn), sum(part.component.sealed_bytes for part in drawn))
        try:
            target = LocalSite("drill", room / "site")
            done.objects = carry(drawn, source, target, vault, tools.threads, tools.progress)
        finally:
            tools.progress.end()
    finally:
        database.close()
    return done


def _compare(tools: Tools, ledger: Recovered, done: Drill) -> None:
    """The site's head must be one that this archive's ledger continues. Raises `LedgerSetBack`."""
    head: Checkpoint | None = ledger.head
    with tools.database.read() as conn:
        size = tools.ledger.size(conn)
        if head is None or head.size > size or tools.ledger.root(conn, head.size) != head.root:
            raise LedgerSetBack(f"site {done.site} holds a ledger that this database does not continue")
    done.entries, done.ahead = head.size, size - head.size


def _entered(tools: Tools, done: Drill) -> str:
    """Enter the drill and publish it; why that waits, or nothing."""
    event = DrillCompleted(
        site=done.site,
        entries=done.entries,
        ahead=done.ahead,
        lost=done.lost + len(done.files),
        objects=done.objects.objects,
        bytes=done.objects.bytes,
        failed=len(done.objects.missing),
        seconds=round(done.seconds),
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, [event], tools.now())
    try:
        publish(tools)
    except StorageError as fault:
        return str(fault)
    return ""
