"""Delivering content: an item's component, opened, verified to its last byte, and only then named.

A file appears under its name whole or not at all. What streams to standard output was verified
piece by piece before it left, and its end is checked: a cut copy raises instead of ending early.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.database import Database
from archive.digests import Digests
from archive.model import Component
from policies.access import Subject, shows_all, view_of
from processes.errors import AlreadyThere, NotFound
from processes.show import neutral_name, record_of
from storage.errors import ObjectDamaged
from storage.keyring import Keyring
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Content:
    """One component about to be read. `pieces` are plaintext, verified; to be read once."""

    code: str
    number: int
    component: Component
    pieces: Iterator[bytes]
    file: str
    """The component's name: as the list wrote it for who handles its fonds, else a neutral one."""

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


def open_content(
    database: Database, vault: Vault, code: str, subject: Subject | None, number: int, use: str
) -> Content:
    """Component `number` (from 1) of the item `code`. Raises `NotFound`, also for what is not open to
    `subject`, and `StorageError`.
    """
    record = record_of(database, code, subject)
    if use == "copy":
        raise NotFound(f"use copy of {code}")
    if not 1 <= number <= len(record.item.components):
        raise NotFound(f"component {number} of {code}")
    part = record.item.components[number - 1]
    keyring = vault.keyring(record.item.batch)
    staff = shows_all(view_of(subject), record.standing)
    file = part.file if staff else neutral_name(record.item, number)
    return Content(record.item.code, number, part, pieces_of(vault, keyring, part), file)


def pieces_of(vault: Vault, keyring: Keyring, part: Component) -> Iterator[bytes]:
    """The plaintext from the first good copy; every digest of it must be the registered one."""
    key = keyring.key(part.object_id)
    found = Digests(tuple(part.digests))
    for piece in vault.open(keyring.batch, part.object_id, key, part.role, part.sealed_bytes):
        found.update(piece)
        yield piece
    if any(found.hex(name) != digest for name, digest in part.digests.items()):
        raise ObjectDamaged(part.object_id, "its content does not have the registered digest")


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
