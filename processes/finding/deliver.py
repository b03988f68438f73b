"""Delivering content: an item's component, opened, verified to its last byte, and only then named.

A file appears under its name whole or not at all. What streams was verified piece by piece before it left;
the last piece is kept back until the whole has its registered digests, and a cut copy raises instead of
ending early.

What goes to readers over the network is verified by its seal, chunk by chunk, the end before the last piece
is given out: whoever has no key of the object makes none that opens. The registered digests are told with it
and computed by whoever gets it; computing them here would halve the speed, and what they would find beyond
that (a file that was digested wrongly when it came in) audits and `get` find. Of a part of a content the end
is proved before its beginning is given out.

    view        to be looked at: also what was granted for looking at alone
    original    to be taken away
    copy        a use copy, which is not found here (`processes.use_copies`)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from archive.catalogue import Record
from archive.codes import canonical_text
from archive.database import Database
from archive.digests import Digests
from archive.model import Component
from policies.access import Subject, copying, shows_all, view_of
from processes.errors import AlreadyThere, NotFound
from processes.finding.show import neutral_name
from storage.errors import ObjectDamaged
from storage.keyring import Keyring
from storage.sealing import Key
from storage.vault import Vault

VIEW, ORIGINAL, COPY = "view", "original", "copy"
USES = (ORIGINAL, COPY, VIEW)
PIECE = 1 << 20
SMALL = 1 << 20
"""A component up to this length is read, proved to its end and handed over in one go."""


@dataclass(frozen=True, slots=True)
class Found:
    """A component that somebody may have, before any key or copy of it is touched."""

    record: Record
    number: int
    staff: bool

    @property
    def component(self) -> Component:
        """Which."""
        return self.record.item.components[self.number - 1]

    @property
    def neutral(self) -> str:
        """A file name that says no more than the code does."""
        return neutral_name(self.record.item, self.number)

    @property
    def file(self) -> str:
        """The component's name: as the list wrote it for who handles its fonds, else a neutral one."""
        return self.component.file if self.staff else self.neutral


@dataclass(frozen=True, slots=True)
class Content:
    """One component about to be read. `pieces` are plaintext, verified; to be read once."""

    code: str
    number: int
    component: Component
    pieces: Iterator[bytes]
    file: str
    """The component's name, as `Found.file`."""

    @property
    def bytes(self) -> int:
        """The component's length."""
        return self.component.bytes

    def as_json(self) -> dict[str, Any]:
        """What `get --json` says of it."""
        return {
            "code": self.code,
            "component": self.number,
            "file": self.file,
            "bytes": self.bytes,
            **self.component.digests,
        }


def find_content(database: Database, code: str, subject: Subject | None, number: int, use: str) -> Found:
    """Component `number` (from 1) of the item `code`, for a use of USES. Raises `NotFound`, also for what is
    not open to `subject`, or not for this use.
    """
    with database.read() as connection:
        return find_within(connection, code, subject, number, use)


def find_within(connection: Connection, code: str, subject: Subject | None, number: int, use: str) -> Found:
    """The same within a snapshot, for whoever asks for more in it. Raises `NotFound`."""
    asking = subject if use == VIEW else copying(subject)
    record = catalogue.item_by_code(connection, canonical_text(code), view_of(asking))
    if record is None:
        raise NotFound(f"item {code}")
    if use == COPY:
        raise NotFound(f"use copy of {code}")
    if not 1 <= number <= len(record.item.components):
        raise NotFound(f"component {number} of {code}")
    return Found(record, number, shows_all(view_of(asking), record.standing))


def open_content(
    database: Database, vault: Vault, code: str, subject: Subject | None, number: int, use: str
) -> Content:
    """What `find_content` finds, about to be read. Raises like it, and `StorageError`."""
    found = find_content(database, code, subject, number, use)
    pieces = pieces_of(vault, vault.keyring(found.record.item.batch), found.component)
    return Content(found.record.item.code, number, found.component, pieces, found.file)


def whole_of_found(vault: Vault, found: Found, key: Key) -> bytes:
    """The whole content of a small component at once, its end proved. Raises `StorageError`."""
    part = found.component
    return vault.whole(found.record.item.batch, part.object_id, key, part.role, part.sealed_bytes)


def pieces_of_found(vault: Vault, found: Found, key: Key) -> Iterator[bytes]:
    """The whole content for a reader over the network, its last piece when the end is proved.
    Raises `StorageError`; where there is no copy before the first piece.
    """
    part, batch = found.component, found.record.item.batch
    held = b""
    for piece in vault.open(batch, part.object_id, key, part.role, part.sealed_bytes, cached=True):
        if held:
            yield held
        held = piece
    if held:
        yield held


def part_of_found(vault: Vault, found: Found, key: Key, start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` to `end` of the content, in pieces, from whichever sites hold them. Raises
    `StorageError`, at once where there is no copy whose end is genuine.
    """
    part, batch = found.component, found.record.item.batch
    file = vault.opened_file(batch, part.object_id, key, part.role, part.sealed_bytes)
    file.seek(start)

    def pieces() -> Iterator[bytes]:
        at = start
        while at < end:
            piece = file.read(min(PIECE, end - at))
            if not piece:
                raise ObjectDamaged(part.object_id, f"its content ends at {at}, before {end}")
            at += len(piece)
            yield piece

    return pieces()


def pieces_of(vault: Vault, keyring: Keyring, part: Component) -> Iterator[bytes]:
    """The plaintext from the first good copy; every digest of it must be the registered one, and the last
    piece is given out when that is known. A piece is digested while the next is opened.
    """
    key = keyring.key(part.object_id)
    found = Digests(tuple(part.digests))
    running: Future[None] | None = None
    held = b""
    for piece in vault.open(keyring.batch, part.object_id, key, part.role, part.sealed_bytes):
        if running is not None:
            running.result()
        if held:
            yield held
        held, running = piece, _beside().submit(found.update, piece)
    if running is not None:
        running.result()
    if any(found.hex(name) != digest for name, digest in part.digests.items()):
        raise ObjectDamaged(part.object_id, "its content does not have the registered digest")
    if held:
        yield held


def deliver(content: Content, target: Path, replace: bool) -> None:
    """Write the content to `target`, whole or not at all. Raises `AlreadyThere` unless `replace`."""
    if target.exists() and not replace:
        raise AlreadyThere(target)
    part = target.with_name(f".{target.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            for piece in content.pieces:
                out.write(piece)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


@cache
def _beside() -> ThreadPoolExecutor:
    """Threads that digest: hashing releases the interpreter's lock."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="digests")


os.register_at_fork(after_in_child=_beside.cache_clear)  # a pool's threads stay with the parent
