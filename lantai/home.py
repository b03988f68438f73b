"""Making a home: rule set, keys, sites and the ledger's first entry.

A home appears whole or not at all: it is built in a folder beside its place and renamed into it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from archive import catalogue
from archive.database import is_server
from archive.events import ArchiveCreated
from archive.migrate import create_database, discard_unborn
from ingest.identifiers import new_id
from ingest.locks import only_one, only_one_or_none
from ingest.payloads import ARCHIVE_KEYRING
from ingest.publish import publish
from lantai import new_sites
from lantai import settings as settings_file
from lantai.keychains import KEYS_FOLDER, seals_of
from lantai.secrets_in import new_passphrase, remember
from lantai.settings import HomeExists
from lantai.settings_keys import KeySettings, with_keys
from lantai.wiring import Archive, opened, os_user
from policies.errors import LantaiError
from policies.ruleset import builtin
from policies.suites import INTERNATIONAL, Suite
from storage.durable import sync_folder
from storage.keychain import Keychain
from storage.recovery import RECOVERY_NAME, new_recovery_key, recovery_bytes
from storage.recovery_box import RecoveryPart
from storage.seals import PASSPHRASE

DEFAULT_ACCOUNT = "keeper"
IN_THE_HOME = "sqlite:///database.sqlite"
PLAIN_KEYS = KeySettings()


@dataclass(frozen=True, slots=True)
class NewHome:
    """A home just made. `recovery_key` is shown once and stored nowhere."""

    home: Path
    archive: str
    ruleset: str
    recovery_key: str


def make_home(
    home: Path,
    ruleset: str,
    database: str = IN_THE_HOME,
    suite: Suite = INTERNATIONAL,
    keys: KeySettings = PLAIN_KEYS,
    sites: str = settings_file.TWO_FOLDERS,
) -> NewHome:
    """Make an archive at `home`, its database where the address says: in the home, or on a server; `sites` as
    tables of `lantai.toml`.

    Raises `HomeExists` where anything already stands there, `DatabaseExists` where the database is taken.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HomeExists(f"{home} is not empty; an archive is made in a new or empty folder")
    builtin(ruleset)
    home.parent.mkdir(parents=True, exist_ok=True)
    _clear_killed(home)
    building = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        with only_one(building / "building"):
            recovery_key = _build(building, ruleset, database, suite, keys, sites)
            with opened(building) as archive:
                _first_entry(archive)
                made = NewHome(home, archive.settings.archive, ruleset, recovery_key)
        new_sites.keep(building)
        (building / "building").unlink()
        os.sync()  # keys, settings and database are on the disk before the home has its name
        building.rename(home)
        sync_folder(home.parent)
    except BaseException:  # whatever stopped it, half a home must not stay behind
        _discard(building)
        raise
    return made


def _clear_killed(home: Path) -> None:
    """Remove what an `init` of this home left when it was killed: keys that were never shown to anybody."""
    for left in home.parent.glob(f".{home.name}.*"):
        if (left / "keys").is_dir() and not _alive(left):
            _discard(left)


def _discard(building: Path) -> None:
    """Remove what will not become a home, and what was made for it in a server's database."""
    try:
        settings = settings_file.read(building)
        new_sites.let_go(building, settings)
        if is_server(settings.database_url):
            discard_unborn(settings.database_url, settings.archive)
    except LantaiError:
        pass  # it had not come so far, or the server is away: its database is given anew by its own tools
    shutil.rmtree(building, ignore_errors=True)


def _alive(building: Path) -> bool:
    """Whether somebody is building there: the folder's lock goes with its holder."""
    with only_one_or_none(building / "building") as mine:
        return not mine


def _build(home: Path, ruleset: str, database: str, suite: Suite, keys: KeySettings, sites: str) -> str:
    """Folders, keys, settings and an empty database; returns the recovery key."""
    home.chmod(0o700)
    for folder in ("keys", "work", "index", "sites"):
        (home / folder).mkdir(mode=0o700)
    archive = new_id("a")
    text = settings_file.HEAD.format(
        archive=archive,
        origin=f"lantai/{archive}",
        ruleset=ruleset,
        suite=suite.name,
        account=DEFAULT_ACCOUNT,
        database=json.dumps(database),  # a string of JSON is one of TOML
    )
    text += sites
    text = text if keys == PLAIN_KEYS else with_keys(text, keys)
    (home / settings_file.FILE_NAME).write_text(text, encoding="utf-8")
    (home / settings_file.FILE_NAME).chmod(0o600)
    settings = settings_file.read(home)
    create_database(settings_file.database_url(settings, home), archive).close()
    new_sites.take(home, settings)
    recovery_key = new_recovery_key()
    part = RecoveryPart.of(recovery_bytes(recovery_key))
    if keys.seal == PASSPHRASE:
        remember(home, new_passphrase())
    Keychain.create(home / KEYS_FOLDER, seals_of(home, settings.keys), part, suite.wrap)
    with opened(home) as built:
        built.vault.put_small(RECOVERY_NAME, part.seal(built.keychain.recovery(archive)))
    return recovery_key


def _first_entry(archive: Archive) -> None:
    """The ledger's first entry says which archive this is and by which rules it began."""
    tools = archive.tools()
    keyring = archive.vault.new_keyring(ARCHIVE_KEYRING)
    keyring.new_key(ARCHIVE_KEYRING)
    archive.vault.put_keyring(keyring)
    created = ArchiveCreated(
        archive=archive.settings.archive,
        origin=archive.settings.origin,
        ruleset=archive.rules.name,
        ruleset_version=archive.rules.version,
        ruleset_digest=archive.rules.digest,
        suite=archive.settings.suite,
        account=archive.settings.account,
        os_user=os_user(),
    )
    with archive.database.write() as tx:
        catalogue.record(tx, archive.ledger, [created], tools.now())
    publish(tools)
