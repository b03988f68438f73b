"""Making a home: rule set, keys, two local sites and the ledger's first entry.

A home appears whole or not at all: it is built in a folder beside its place and renamed into it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from archive import catalogue
from archive.database import create_database
from archive.events import ArchiveCreated
from ingest.identifiers import new_id
from ingest.publish import ARCHIVE_KEYRING, publish
from lantai import settings as settings_file
from lantai.settings import HomeExists
from lantai.wiring import KEK_FILE, SIGNING_FILE, Archive, opened, os_user
from policies.ruleset import builtin
from storage.custody import FileCustody
from storage.keyring import Keyring
from storage.keys import new_signing_key
from storage.recovery import RECOVERY_FILE, new_recovery_key, seal_recovery
from storage.site import put

DEFAULT_ACCOUNT = "keeper"


@dataclass(frozen=True, slots=True)
class NewHome:
    """A home just made. `recovery_key` is shown once and stored nowhere."""

    home: Path
    archive: str
    ruleset: str
    recovery_key: str


def make_home(home: Path, ruleset: str) -> NewHome:
    """Make an archive at `home`. Raises `HomeExists` where anything already stands there."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HomeExists(f"{home} is not empty; an archive is made in a new or empty folder")
    builtin(ruleset)
    home.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        recovery_key = _build(building, ruleset)
        with opened(building) as archive:
            _first_entry(archive)
            made = NewHome(home, archive.settings.archive, ruleset, recovery_key)
        building.rename(home)
    except BaseException:  # whatever stopped it, half a home must not stay behind
        shutil.rmtree(building, ignore_errors=True)
        raise
    return made


def _build(home: Path, ruleset: str) -> str:
    """Folders, keys, settings and an empty database; returns the recovery key."""
    home.chmod(0o700)
    for folder in ("keys", "work", "index", "sites", "sites/site-a", "sites/site-b"):
        (home / folder).mkdir(mode=0o700)
    archive = new_id("a")
    text = settings_file.TEMPLATE.format(
        archive=archive, origin=f"lantai/{archive}", ruleset=ruleset, account=DEFAULT_ACCOUNT
    )
    custody = FileCustody.create(home / KEK_FILE)
    seed = new_signing_key(home / SIGNING_FILE)
    (home / settings_file.FILE_NAME).write_text(text, encoding="utf-8")
    create_database(settings_file.database_url(settings_file.read(home), home))
    recovery_key = new_recovery_key()
    secrets = {"key-encryption-key": custody.secret(), "signing-key": seed}
    sealed = seal_recovery(recovery_key, secrets, archive)
    with opened(home) as opened_home:
        for site in opened_home.vault.sites:
            put(site, RECOVERY_FILE, sealed)
            site.settle()
    return recovery_key


def _first_entry(archive: Archive) -> None:
    """The ledger's first entry says which archive this is and by which rules it began."""
    tools = archive.tools()
    keyring = Keyring(ARCHIVE_KEYRING, archive.vault.custody.key_id)
    keyring.new_key(ARCHIVE_KEYRING, archive.vault.custody)
    archive.vault.put_keyring(keyring)
    created = ArchiveCreated(
        archive=archive.settings.archive,
        ruleset=archive.rules.name,
        ruleset_version=archive.rules.version,
        ruleset_digest=archive.rules.digest,
        suite=archive.settings.suite,
        account=archive.settings.account,
        os_user=os_user(),
    )
    with archive.database.write() as tx:
        first, end = archive.ledger.append(tx, [created], tools.now())
        catalogue.apply(tx, archive.ledger.entries(tx, first, end))
    publish(tools)
    os.sync()
