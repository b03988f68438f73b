"""The doctor's checks inside an opened archive: database, keys, ledger, rule set, batches.

Not done here: the copies at the sites (`processes.auditing`), where sites stand (`doctor_sites`), the index
(`doctor_index`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from archive import catalogue, fonds, working
from archive.errors import NoteInvalid
from archive.events import ArchiveCreated
from ingest.former_logs import reopenings
from ingest.payloads import ARCHIVE_KEYRING
from ingest.signers import own_head
from lantai.doctor_checks import Check
from lantai.settings import FILE_NAME, database_url
from lantai.wiring import Archive
from storage.errors import StorageError


def database(archive: Archive) -> Iterator[Check]:
    """SQLite's own check of its file."""
    if archive.database.dialect != "sqlite":
        yield Check("database", True, "fail", "a server's; its own tools check it")
        return
    with archive.database.read() as conn:
        said = str(conn.execute(text("PRAGMA quick_check")).scalar())
    where = database_url(archive.settings, archive.home).removeprefix("sqlite:///")
    yield Check("database", said == "ok", "fail", f"{Path(where).name}: {said}")


def identity(archive: Archive) -> Iterator[Check]:
    """The settings name the archive that the ledger began as, and the log that it goes on in."""
    with archive.database.read() as conn:
        first = archive.ledger.entry(conn, 0).event()
        reopened = reopenings(archive.tools(), conn)
    if not isinstance(first, ArchiveCreated):
        yield Check("identity", False, "fail", "the ledger does not begin with the archive's creation")
        return
    pairs = {
        "archive": (archive.settings.archive, first.archive),
        "origin": (archive.settings.origin, reopened[-1].origin if reopened else first.origin),
    }
    wrong = [
        f"{name} is {now} in {FILE_NAME}, but {was} in the ledger"
        for name, (now, was) in pairs.items()
        if now != was
    ]
    yield Check("identity", not wrong, "fail", "; ".join(wrong) or first.archive)


def keys(archive: Archive) -> Iterator[Check]:
    """The key-encryption key opens the archive's own keyring, and the signing key made the newest head."""
    try:
        archive.vault.keyring(ARCHIVE_KEYRING).key(ARCHIVE_KEYRING)
        yield Check("keys", True, "fail", "the archive's keyring opens")
    except StorageError as fault:
        yield Check("keys", False, "fail", f"the archive's keyring does not open: {fault}")
    with archive.database.read() as conn:
        head = archive.ledger.newest_head(conn)
    if head is None:
        return  # the ledger's own check says so
    try:
        with archive.database.read() as conn:
            own_head(archive.tools(), conn, head.note)
        yield Check("signing key", True, "fail", "it made the newest head")
    except NoteInvalid as fault:
        yield Check("signing key", False, "fail", f"it did not make the newest head: {fault}")


def ledger(archive: Archive) -> Iterator[Check]:
    """The ledger's tree, entries and signed heads agree."""
    with archive.database.read() as conn:
        size = archive.ledger.size(conn)
        damaged = sum(1 for _ in archive.ledger.damaged_entries(conn, 0, size))
        yield Check("ledger entries", not damaged, "fail", f"{size} entries, {damaged} damaged")
        head = archive.ledger.newest_head(conn)
        agrees = head is not None and head.size <= size and archive.ledger.root(conn, head.size) == head.root
    yield Check("ledger head", agrees, "fail", f"signed at {head.size}" if head else "no head was signed")


def rule_set(archive: Archive) -> Iterator[Check]:
    """Which rules batches are judged by."""
    rules = archive.rules
    yield Check("rule set", True, "fail", f"{rules.name} {rules.version} ({rules.digest[:12]})")


def batches(archive: Archive) -> Iterator[Check]:
    """Batches begun and not finished, and those whose copies nobody has read back yet."""
    with archive.database.read() as conn:
        begun = len(working.intents(conn))
        unread = sum(record.state == "registered" for record in catalogue.batches(conn))
    yield Check("batches", not begun, "warn", f"{begun} begun and not finished")
    yield Check("read back", not unread, "warn", f"{unread} registered and not yet secured")


def fonds_register(archive: Archive) -> Iterator[Check]:
    """Every fonds that items are of stands in the fonds register, once somebody began one."""
    with archive.database.read() as conn:
        missing = fonds.unregistered(conn)
    told = (
        f"not in it, though items are of them: {', '.join(missing[:10])}"
        if missing
        else "no fonds is missing"
    )
    yield Check("fonds register", not missing, "warn", told)
