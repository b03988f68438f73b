"""What tests of changing keys look at: every object and payload, and the way back from one site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive import catalogue
from archive.events import KeysRotated
from ingest.payloads import ARCHIVE_KEYRING
from lantai.wiring import Archive, opened
from storage.keyring import Keyring
from storage.recovery import RECOVERY_NAME, Recovery, open_recovery, recovery_bytes


def contents(archive: Archive) -> dict[str, bytes]:
    """Every object of the archive, opened, by its identifier."""
    with archive.database.read() as conn:
        items = [record.item for record in catalogue.all_items(conn)]
    found = {}
    for item in items:
        keyring = archive.vault.keyring(item.batch)
        for part in item.components:
            key = keyring.key(part.object_id)
            pieces = archive.vault.open(item.batch, part.object_id, key, part.role, part.sealed_bytes)
            found[part.object_id] = b"".join(pieces)
    return found


def everything_opens(home: Path, wanted: dict[str, bytes]) -> None:
    """The home opens, and every object in it is as it was."""
    with opened(home) as archive:
        assert contents(archive) == wanted
        assert archive.vault.keyring(ARCHIVE_KEYRING).key(ARCHIVE_KEYRING)


def opens_from_one_site(home: Path, recovery_key: str, site: str = "") -> None:
    """The recovery key and any one site are enough for every key that stands there."""
    for folder in [home / "sites" / site] if site else sorted((home / "sites").iterdir()):
        recovery = open_recovery(recovery_bytes(recovery_key), (folder / RECOVERY_NAME).read_bytes())
        custody = {kek.id: kek for kek in recovery.key_encryption_keys}
        for path in sorted((folder / "keyrings").glob("*.json")):
            if path.name == "recovery.json":
                continue
            said = json.loads(path.read_bytes())
            assert said["kek"] in custody, f"{folder.name}: {path.name} is under {said['kek']}"
            keyring = Keyring.from_bytes(path.read_bytes(), custody[said["kek"]])
            assert all(keyring.key(name) for name in said["keys"])


def recovered(home: Path, recovery_key: str, site: str = "site-a") -> Recovery:
    """What the recovery file at a site holds."""
    data = (home / "sites" / site / RECOVERY_NAME).read_bytes()
    return open_recovery(recovery_bytes(recovery_key), data)


def rotations(archive: Archive) -> list[KeysRotated]:
    """The rotations that the ledger knows."""
    with archive.database.read() as conn:
        events = [entry.event() for entry in archive.ledger.of_type(conn, KeysRotated.type)]
    return [event for event in events if isinstance(event, KeysRotated)]


@contextmanager
def away(home: Path, site: str) -> Iterator[None]:
    """While this lasts the site is not there."""
    folder = home / "sites" / site
    folder.rename(hidden := home / "sites" / f".{site}")
    try:
        yield
    finally:
        hidden.rename(folder)
