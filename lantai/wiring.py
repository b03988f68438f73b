"""The one place that builds things: a home's settings become the parts that every door works with."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from archive import accounts
from archive.accounts import Account
from archive.database import Database, open_database
from archive.ledger import Ledger
from archive.notes import Verifier
from archive.signing import LogSigner
from ingest.tools import Progress, Silent, Tools
from ingest.work import Limits, MoreProbes, ProbePool
from lantai import settings as settings_file
from lantai.errors import NoSuchAccount
from lantai.judged_sites import rules_of
from lantai.keychains import open_keychain
from lantai.places import open_site
from lantai.reading import Reader, Reading
from lantai.settings import Settings
from lantai.using import in_use
from policies.access import Subject
from policies.roles import FOUNDER, role_book
from policies.ruleset import RuleSet
from policies.secrecy import written_marks
from policies.suites import SUITES, Suite
from processes.people.offices import founder_standing
from storage.keychain import Keychain
from storage.use_copies import UseCopies
from storage.vault import Vault

if TYPE_CHECKING:
    from search.living import LivingIndex


@dataclass
class Parts:
    """What is opened when first asked for, and then once for everybody who works in the home."""

    index: LivingIndex | None = None
    probes: ProbePool | None = None
    reading: Reading | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Archive:
    """One opened home and the account that works in it."""

    home: Path
    settings: Settings
    rules: RuleSet
    database: Database
    ledger: Ledger
    vault: Vault
    keychain: Keychain
    subject: Subject
    parts: Parts = field(default_factory=Parts)

    def seen_as(self, subject: Subject) -> Archive:
        """The same home as `subject` sees it: for what asks database and index alone."""
        return replace(self, subject=subject)

    def at_work(self, subject: Subject) -> Archive:
        """The same home as `subject` works in it, with sites and a vault of its own: a site that failed is
        left out for one run, and a process that goes on serves many. The settings are those of now: a site
        may have been given up. Raises `SettingsError`.
        """
        settings = self._reading.settings()
        sites = [open_site(site, self.home) for site in settings.active]
        least, suite = settings.min_copies, SUITES[settings.suite]
        vault = Vault(sites, self.keychain.custody, settings.archive, least, suite)
        rules = self.rules if settings == self.settings else rules_of(settings)
        return replace(self, subject=subject, vault=vault, settings=settings, rules=rules)

    def to_read(self) -> Reader:
        """The sites and keys for a request that only reads, which all such requests share. Raises
        `SettingsError`.
        """
        return self._reading.reader()

    @property
    def _reading(self) -> Reading:
        with self.parts.lock:
            if self.parts.reading is None:
                self.parts.reading = Reading(self.home, self.keychain.custody)
            return self.parts.reading

    @property
    def suite(self) -> Suite:
        """What new things are sealed, digested, wrapped and signed with."""
        return SUITES[self.settings.suite]

    @property
    def signer(self) -> LogSigner:
        """What signs checkpoints, as it stands now."""
        return LogSigner(self.settings.origin, self.keychain.signing_seed, self.suite)

    @property
    def verifier(self) -> Verifier:
        """The public key that strangers check checkpoints and proofs with."""
        return self.signer.verifier

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The public keys of all that sign, that of `verifier` first."""
        return self.signer.verifiers

    @property
    def index(self) -> LivingIndex:
        """The search index, opened when first asked for."""
        from search.living import LivingIndex

        with self.parts.lock:
            if self.parts.index is None:
                self.parts.index = LivingIndex(self.home / "index")
            return self.parts.index

    @property
    def use_copies(self) -> UseCopies:
        """Where use copies are kept."""
        return UseCopies(self.home / self.settings.use.folder)

    @property
    def probes(self) -> ProbePool:
        """The probe processes, started when first asked for."""
        with self.parts.lock:
            if self.parts.probes is None:
                self.parts.probes = self._probe_pool()
            return self.parts.probes

    def _probe_pool(self) -> ProbePool:
        limits = self.rules.limits
        pool = ProbePool(
            _processors(),
            Limits(limits.probe_seconds, limits.probe_memory_mib, limits.max_pixels),
            decode=self.settings.inspection.decode == "full",
            more=MoreProbes(marks=written_marks(self.rules)),
        )
        pool.start()
        return pool

    def tools(self, progress: Progress | None = None) -> Tools:
        """What the stages of a batch work with."""
        return Tools(
            rules=self.rules,
            database=self.database,
            ledger=self.ledger,
            vault=self.vault,
            keychain=self.keychain,
            signing=lambda: self.signer,
            probes=lambda: self.probes,
            subject=self.subject,
            os_user=os_user(),
            work=self.home / "work",
            clock=lambda: datetime.now(UTC),
            progress=progress or Silent(),
            threads=self.settings.inspection.workers or _processors() + 2,
            secured_by=self.settings.secured_by or self.vault.sites,
            founder=self.settings.account,
            use_copies=self.use_copies,
        )

    def subject_named(self, name: str) -> Subject:
        """The account of this name, as it works here. Raises `NoSuchAccount`."""
        return subject_of(self.database, self.settings.account, name)

    def close(self) -> None:
        """End the probe processes and the database's connections."""
        if self.parts.probes is not None:
            self.parts.probes.close()
        self.database.close()


@contextmanager
def opened(home: Path, account: str | None = None, *, stale_views: bool = False) -> Iterator[Archive]:
    """The archive at `home`, closed on leaving. Raises `SettingsError`, `NoSuchAccount`, `HomeBusy`."""
    with in_use(home):
        archive = open_archive(home, account, stale_views=stale_views)
        try:
            yield archive
        finally:
            archive.close()


def open_archive(home: Path, account: str | None = None, *, stale_views: bool = False) -> Archive:
    """The archive at `home` as `account` works in it (default: the one that `init` made)."""
    settings = settings_file.read(home)
    url = settings_file.database_url(settings, home)
    # Views are made again from what is there: that enters nothing, and is done in a read-only home too.
    read_only = "" if stale_views else settings.read_only
    database = open_database(url, stale_views=stale_views, read_only=read_only)
    subject = subject_of(database, settings.account, settings.account if account is None else account)
    keychain = open_keychain(home.resolve(), settings.keys)
    keychain.unlock()
    sites = [open_site(site, home) for site in settings.active]
    return Archive(
        home=home.resolve(),
        settings=settings,
        rules=rules_of(settings),
        database=database,
        ledger=Ledger(database, settings.origin),
        vault=Vault(sites, keychain.custody, settings.archive, settings.min_copies, SUITES[settings.suite]),
        keychain=keychain,
        subject=subject,
    )


def subject_of(database: Database, founder: str, name: str) -> Subject:
    """Who the account is that works here: the one that `init` made (`founder`), or one that was appointed.

    Raises `NoSuchAccount` for a name that is nobody's, or was: the same. Views that wait to be made again
    may know of nobody: then it is the ledger that says whether somebody was appointed.
    """
    name = unicodedata.normalize("NFC", name)
    with database.read() as conn:
        if name != founder and not accounts.known(conn):
            raise NoSuchAccount(name)
        return subject_within(conn, founder, name)


def subject_within(
    conn: Connection, founder: str, name: str, zone_at: Callable[[str], str] | None = None
) -> Subject:
    """The same within a snapshot of views that stand. `zone_at` makes of an account's zone the one that it
    works from now. Raises `NoSuchAccount`.
    """
    book = role_book()
    if name == founder:
        alone = not accounts.ever_appointed(conn)
        return book.founder_of(name, alone=alone, standing=FOUNDER if alone else founder_standing(conn))
    return appointed(accounts.account(conn, name), name, zone_at)


def appointed(found: Account | None, name: str, zone_at: Callable[[str], str] | None = None) -> Subject:
    """The subject of an account that was appointed, as it was found by its name. Raises `NoSuchAccount`."""
    if found is None or found.closed:
        raise NoSuchAccount(name)
    return _appointed(found, found.zone if zone_at is None else zone_at(found.zone))


@lru_cache(maxsize=4096)
def _appointed(found: Account, zone: str) -> Subject:
    """Made once of what an account is; who it is is read anew each time, and this follows from it alone."""
    return role_book().subject_of(found.name, found.roles, found.fonds, zone)


def os_user() -> str:
    """The operating system's name for whoever runs this, as entries record it."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _processors() -> int:
    return len(os.sched_getaffinity(0))
