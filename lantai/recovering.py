"""A home's database and index made again from one of its sites, and the drill, as the doors do it.

The home is worked in alone meanwhile. Whatever is killed when, the settings say before the database is
replaced that nothing may be written, and say so until the new one is whole, indexed, and its head proven.
Not done here: a home on a blank machine (`restoring`), how a database is made again (`processes.recovery`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from archive.database import Database, connect, open_database, sqlite_file
from archive.errors import DatabaseMissing
from ingest.publish import publish
from ingest.tools import Progress
from lantai.errors import NoHome, NoSuchAccount
from lantai.keychains import open_keychain
from lantai.places import open_site
from lantai.recovering_settings import RESTORED, UNDER_WAY, unproven, write_values
from lantai.settings import FILE_NAME, Settings, database_url, read
from lantai.using import alone_in
from lantai.wiring import open_archive, os_user
from processes.errors import NotFound
from processes.finding.index import feed
from processes.recovery.recover import recover
from processes.recovery.recover_heads import Log
from processes.recovery.recover_objects import absent_objects
from processes.recovery.recovered import Order, Recovered
from processes.using.uses_kept import Waiting, enter_again, waiting_in
from search.living import LivingIndex
from storage.errors import StorageError
from storage.keychain import Keychain
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Wish:
    """What `rebuild --from` was asked: the site, a checkpoint's text, what is accepted without evidence."""

    site: str
    checkpoint: str = ""
    accept_head: int = 0
    accept_lost: bool = False


@dataclass(slots=True)
class Rebuilt:
    """What `rebuild --from` did."""

    site: str
    ledger: Recovered
    read_only: str = ""
    indexed: int = 0
    absent: list[str] = field(default_factory=list)
    pending: str = ""
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether everything was there and its head proven, or accepted."""
        found = self.ledger
        left = found.missing or found.lost or found.left_behind or self.absent
        return found.proven and not (left or self.pending)

    def as_json(self) -> dict[str, Any]:
        """The document that `rebuild --from --json` prints."""
        return {
            "site": self.site,
            **told(self.ledger),
            "missing": [*self.ledger.missing, *self.absent],
            "indexed": self.indexed,
            "set_aside": self.ledger.set_aside or None,
            "left_behind": self.ledger.left_behind,
            "read_only": self.read_only,
            "pending": self.pending,
            "seconds": round(self.seconds, 1),
        }


def told(found: Recovered) -> dict[str, Any]:
    """What a recovered ledger is told as, by every command that has one back."""
    head = found.head
    return {
        "head": str(found.verdict),
        "evidence": found.evidence,
        "made": found.made,
        "size": head.size if head else 0,
        "root": head.root.hex() if head else "",
        "origin": found.origin,
        "reopened": found.reopened,
        "heads": [one.as_json() for one in found.heads],
        "items": found.items,
        "lost": [{"entry": line.entry, "type": line.type, "item": line.item} for line in found.lost],
        "closed": found.closed,
        "numbers_known": not any(line.uncounted for line in found.lost),
    }


def rebuild_home(home: Path, wish: Wish, account: str | None, progress: Progress) -> Rebuilt:
    """Make the database and the index of `home` again. Raises `NoHome`, `HomeBusy`, `NotFound` for a
    site that there is not, and what `recover` raises: then nothing was changed.
    """
    started = time.monotonic()
    if not (home / FILE_NAME).exists():
        raise NoHome(home)
    with alone_in(home):
        settings = read(home)
        if account not in (None, settings.account):
            raise NoSuchAccount(account or "")
        if wish.site not in {site.name for site in settings.active}:
            raise NotFound(f"site {wish.site}")
        index = LivingIndex(home / "index")
        with _ordered(home, settings, wish, progress) as order:
            waiting = waiting_in(order.old)

            def before(found: Recovered) -> None:
                write_values(home, origin=found.origin, read_only=settings.read_only or UNDER_WAY)
                index.abandon()

            done = Rebuilt(wish.site, recover(order, before))
            if done.ledger.made:
                _finish(home, settings, order, index, done, waiting)
    done.seconds = time.monotonic() - started
    return done


@contextmanager
def _ordered(home: Path, settings: Settings, wish: Wish, progress: Progress) -> Iterator[Order]:
    keychain = open_keychain(home.resolve(), settings.keys)
    keychain.unlock()
    sites = [open_site(site, home) for site in settings.active]
    vault = Vault(sites, keychain.custody, settings.archive, settings.min_copies)
    url = database_url(settings, home)
    old = _old_database(url)
    try:
        yield Order(
            vault=vault,
            log=Log.of(settings.origin, settings.archive, _seeds(keychain)),
            url=url,
            first=wish.site,
            evidence=() if settings.read_only.startswith(RESTORED) else vault.sites,
            account=settings.account,
            os_user=os_user(),
            now=datetime.now(UTC),
            progress=progress,
            checkpoint=wish.checkpoint,
            old=old,
            accept=wish.accept_head,
            accept_lost=wish.accept_lost,
        )
    finally:
        if old is not None:
            old.close()


def _seeds(keychain: Keychain) -> list[bytes]:
    return [seed for seed in (keychain.signing_seed, keychain.next_seed) if seed]


def _old_database(url: str) -> Database | None:
    """The database that stands in the place, where it looks like one: it is asked for its newest head.

    SQLite is not let at anything else: it would throw away the log of a file that it cannot read.
    """
    file = sqlite_file(make_url(url))
    try:
        if file is not None and file.open("rb").read(16) != b"SQLite format 3\0":
            return None
        return connect(url)
    except (OSError, DatabaseMissing):
        return None


def _finish(
    home: Path, settings: Settings, order: Order, index: LivingIndex, done: Rebuilt, waiting: Waiting
) -> None:
    """Uses that waited, index, settings as they are to stay, objects that are nowhere, and what has to be
    published.
    """
    database = open_database(order.url)
    try:
        enter_again(database, waiting)
        done.indexed = feed(database, index, home / "work")
        done.absent = absent_objects(database, [order.vault.site(name) for name in order.vault.sites])
    finally:
        database.close()
    if not done.ledger.proven and done.ledger.head is not None:
        done.read_only = unproven(done.ledger.head.size, settings.read_only.startswith(RESTORED))
    write_values(home, read_only=done.read_only)
    if done.ledger.entered:
        archive = open_archive(home)
        try:
            publish(archive.tools())
        except StorageError as fault:
            done.pending = str(fault)
        finally:
            archive.close()
