"""A home on a blank machine, from one site and the recovery key.

It is built in a folder beside its place and renamed into it; a run that is killed leaves that folder, and the
same command goes on in it. The first site of the new home is a folder in it, filled from the source; the
second is the source itself. Not done here: what is brought (`processes.recovery.restore`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.database import Database, open_database
from archive.events import ArchiveCreated, ArchiveRestored
from archive.ledger import Ledger
from ingest.locks import only_one_or_none
from ingest.publish import publish
from ingest.suite import entered_suite
from ingest.tools import Progress
from lantai.errors import HomeBusy
from lantai.keychains import KEYS_FOLDER, seals_of
from lantai.places import open_site, settings_of_url
from lantai.recovering import told
from lantai.recovering_settings import UNDER_WAY, unproven, write_new, write_values
from lantai.settings import HomeExists, Settings, database_url
from lantai.settings_sites import SiteSettings, place_of, site_folder
from lantai.wiring import open_archive, os_user
from policies.suites import INTERNATIONAL
from processes.finding.index import feed
from processes.recovery.recover_heads import Log
from processes.recovery.recovered import Order
from processes.recovery.restore import Restored, restore
from search.living import LivingIndex
from storage.durable import sync_folder
from storage.errors import StorageError
from storage.keychain import Keychain
from storage.recovery import FIRST_KIND, RECOVERY_NAME, Recovery, form_of, open_recovery, recovery_bytes
from storage.recovery_box import RecoveryPart
from storage.site import Site
from storage.site_local import prepare
from storage.vault import Vault

LOCAL = SiteSettings("local", path="sites/local")
SOURCE = "source"
DEFAULTS = {"ruleset": "shandong-2016", "suite": INTERNATIONAL.name, "account": "keeper"}


@dataclass(slots=True)
class NewHome:
    """What `restore` made: the home, what it was made from and what was found."""

    home: Path
    source: str
    archive: str
    found: Restored
    read_only: str = ""
    pending: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything was there, opened, its head proven, and the new home published."""
        return self.found.whole and not self.pending

    def as_json(self) -> dict[str, Any]:
        """The document that `restore --json` prints."""
        objects, ledger = self.found.objects, self.found.ledger
        return {
            "home": str(self.home),
            "source": self.source,
            "archive": self.archive,
            **told(ledger),
            "objects": objects.objects,
            "bytes": objects.bytes,
            "missing": [lack.as_json() for lack in objects.missing],
            "files": ledger.missing,
            "read_only": self.read_only,
            "pending": self.pending,
            "seconds": round(self.found.seconds, 1),
        }


@dataclass(frozen=True, slots=True)
class _Secrets:
    """What the recovery key opened, and the key."""

    recovery: Recovery
    part: RecoveryPart | None

    @classmethod
    def opened(cls, source: Site, key: str) -> _Secrets:
        """What the source's recovery file holds. Raises `SecretError`, `SiteError`, `ObjectError`."""
        secret, data = recovery_bytes(key), source.read(RECOVERY_NAME)
        part = None if form_of(data) == FIRST_KIND else RecoveryPart.of(secret)
        return cls(open_recovery(secret, data), part)


def restore_home(
    url: str, home: Path, checkpoint: str, key: Callable[[], str], progress: Progress
) -> NewHome:
    """Make a home at `home` from the site at `url`; `key` gives the recovery key when it is wanted.

    Raises `UsageMistake` for an address that is none, `HomeExists` where something stands at `home`,
    `HomeBusy` where another process restores it, and what `recover` raises. May be killed and repeated.
    """
    home = home.resolve()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HomeExists(f"{home} is not empty; an archive is restored into a new or empty folder")
    place = settings_of_url(url, SOURCE)
    source = open_site(place, home)
    source.stat(RECOVERY_NAME)  # before anybody types a key: is this a site at all?
    secrets = _Secrets.opened(source, key())
    home.parent.mkdir(parents=True, exist_ok=True)
    with _building(home) as building:
        try:
            made = _restored(home, building, place, source, secrets, checkpoint, progress)
        except BaseException:  # whatever stopped it: what was brought stays for the next run, no key does
            shutil.rmtree(building / KEYS_FOLDER, ignore_errors=True)
            raise
        if not made.found.ledger.made:
            shutil.rmtree(building)
            return made
        os.sync()  # keys, settings and database are on the disk before the home has its name
        building.rename(home)
        sync_folder(home.parent)
    return made


@contextmanager
def _building(home: Path) -> Iterator[Path]:
    """The folder that becomes the home, and its lock; what a killed run brought is still in it."""
    building = home.with_name(f".{home.name}.restoring")
    building.mkdir(mode=0o700, exist_ok=True)
    for folder in ("work", "index", "sites"):
        (building / folder).mkdir(mode=0o700, exist_ok=True)
    with only_one_or_none(building / "work" / "restore.lock") as mine:
        if not mine:
            raise HomeBusy(f"{home} is being restored by another process")
        yield building


def _restored(
    home: Path,
    building: Path,
    place: SiteSettings,
    source: Site,
    secrets: _Secrets,
    checkpoint: str,
    progress: Progress,
) -> NewHome:
    archive = secrets.recovery.archive_id
    values = {"archive": archive, "origin": f"lantai/{archive}", **DEFAULTS, "read_only": UNDER_WAY}
    settings = write_new(building, values, (LOCAL, place))
    shutil.rmtree(building / KEYS_FOLDER, ignore_errors=True)
    keychain = Keychain.write_recovered(
        building / KEYS_FOLDER, secrets.recovery, seals_of(building, settings.keys), secrets.part
    )
    prepare(site_folder(LOCAL, building))
    local = open_site(LOCAL, building)
    order = Order(
        vault=Vault([source, local], keychain.custody, archive, 1),
        log=Log.of(settings.origin, archive, secrets.recovery.signing_seeds),
        url=database_url(settings, building),
        first=SOURCE,
        evidence=(),  # one site and its own copy show nothing
        account=settings.account,
        os_user=os_user(),
        now=datetime.now(UTC),
        progress=progress,
        checkpoint=checkpoint,
    )
    _forget_former(building)
    index = LivingIndex(building / "index")

    def indexed(database: Database) -> None:
        index.abandon()
        feed(database, index, building / "work")

    found = restore(order, source, local, _threads(), indexed)
    made = NewHome(home, place_of(place, home), archive, found)
    if made.found.ledger.made:
        _finish(building, settings, made)
    return made


def _forget_former(building: Path) -> None:
    """A killed run's database is nothing to set aside: it is in the source whole."""
    for left in building.glob("database.sqlite*"):
        left.unlink()


def _threads() -> int:
    """Each reads, opens and writes one object, one after the other: while one waits for the medium or the
    network others work.
    """
    return 2 * len(os.sched_getaffinity(0)) + 2


def _finish(building: Path, settings: Settings, made: NewHome) -> None:
    """The settings as the ledger tells them, and the entry that says what was done."""
    ledger = made.found.ledger
    database = open_database(database_url(settings, building))
    try:
        values = _as_it_was(database)
    finally:
        database.close()
    if not ledger.proven and ledger.head is not None:
        made.read_only = unproven(ledger.head.size, restored=True)
    write_values(building, **values, origin=ledger.origin, read_only=made.read_only)
    if not made.read_only:
        made.pending = _entered(building, made)


def _as_it_was(database: Database) -> dict[str, str]:
    """Rule set, suite and account as the archive worked with them last."""
    values = dict(DEFAULTS)
    with database.read() as conn:
        for entry in Ledger(database, "").of_type(conn, ArchiveCreated.type):
            event = entry.event() if entry.payload else None
            if isinstance(event, ArchiveCreated):
                values |= {"ruleset": event.ruleset, "account": event.account}
        values["suite"] = entered_suite(Ledger(database, ""), conn) or values["suite"]
        newest = next(iter(catalogue.batches(conn)), None)
        report = catalogue.batch(conn, newest.id) if newest else None
        if report and report.report:
            values["ruleset"] = str(report.report["ruleset"])
    return values


def _entered(building: Path, made: NewHome) -> str:
    """Enter the restore and publish it; why that waits, or nothing."""
    found = made.found
    archive = open_archive(building)
    try:
        tools = archive.tools()
        event = ArchiveRestored(
            source=made.source,
            size=found.ledger.head.size if found.ledger.head else 0,
            evidence=found.ledger.evidence,
            objects=found.objects.objects,
            bytes=found.objects.bytes,
            missing=len(found.objects.missing) + len(found.ledger.missing) + len(found.ledger.lost),
            account=tools.subject.account,
            os_user=tools.os_user,
        )
        with archive.database.write() as tx:
            catalogue.record(tx, archive.ledger, [event], tools.now())
        publish(tools)
    except StorageError as fault:
        return str(fault)
    finally:
        archive.close()
    return ""
