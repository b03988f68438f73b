"""Payloads at the sites: each entry's private part, sealed under its item's key, bundled as its entry is.

A bundle of payloads stands beside each entry bundle of the public tree: `ledger/payloads/…`, each
payload after its length (uint32), 0 where it was destroyed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from archive.entries import Entry
from archive.tiles import WIDTH, TileName, bundles_between, read_tile, tiles_between
from ingest.tools import Tools
from storage.keyring import Keyring
from storage.sealing import Sealer, context

ARCHIVE_KEYRING = "archive"
"""The keyring of entries that belong to no batch."""

_LENGTH = struct.Struct(">I")


@dataclass
class Bundles:
    """What the sites must hold up to `size`, made once however many sites are late."""

    tools: Tools
    conn: Connection
    size: int
    sealed: dict[TileName, bytes] = field(default_factory=dict)
    keyrings: dict[str, Keyring] = field(default_factory=dict)

    def since(self, old_size: int) -> Iterator[tuple[str, bytes]]:
        """Names and contents of all that is new or grown since `old_size`."""
        for name in tiles_between(old_size, self.size):
            yield f"ledger/{name.path}", read_tile(self.conn, name)
        for name in bundles_between(old_size, self.size):
            yield f"ledger/{name.path}", self.tools.ledger.bundle(self.conn, name)
            if name not in self.sealed:
                self.sealed[name] = self.payloads(name)
            yield payloads_path(name), self.sealed[name]

    def superseded(self, old_size: int) -> Iterator[str]:
        """The partial payload bundle that a longer one now holds: a destroyed payload must not linger."""
        number, width = divmod(old_size, WIDTH)
        if width and old_size < self.size:
            yield payloads_path(TileName(-1, number, width))

    def payloads(self, name: TileName) -> bytes:
        """The sealed payloads of a bundle's entries: each after its length (uint32), 0 where destroyed."""
        return b"".join(self._sealed(entry) for entry in self.entries(name))

    def entries(self, name: TileName) -> Iterator[Entry]:
        """The entries of a bundle."""
        first = name.number * WIDTH
        return self.tools.ledger.entries(self.conn, first, first + name.width)

    def payload_key(self, entry: Entry) -> bytes:
        """The key of the entry's item, else of its batch, else of the archive. Raises `StorageError`."""
        holder = entry.batch or self.tools.ledger.batch_of(self.conn, entry.item) or ARCHIVE_KEYRING
        if holder not in self.keyrings:
            self.keyrings[holder] = self.tools.vault.keyring(holder)
        return self.keyrings[holder].key(entry.item or holder)

    def _sealed(self, entry: Entry) -> bytes:
        if entry.payload is None:
            return _LENGTH.pack(0)
        sealer = Sealer(self.payload_key(entry), payload_context(entry.index, self.tools.vault.archive_id))
        sealed = sealer.update((entry.salt or b"") + entry.payload) + sealer.finalize()
        return _LENGTH.pack(len(sealed)) + sealed


def open_payloads(bundle: bytes) -> list[bytes]:
    """A bundle's sealed payloads, still sealed. Raises `ValueError` for a bundle that is cut or too long."""
    sealed, at = [], 0
    while at < len(bundle):
        if at + _LENGTH.size > len(bundle):
            raise ValueError("the bundle ends within a length")
        (length,) = _LENGTH.unpack_from(bundle, at)
        at += _LENGTH.size
        if at + length > len(bundle):
            raise ValueError("the bundle ends within a payload")
        sealed.append(bundle[at : at + length])
        at += length
    return sealed


def payloads_path(name: TileName) -> str:
    """Where the sealed payloads of an entry bundle stand, beside the public tree."""
    return "ledger/payloads/" + name.path.removeprefix("tile/entries/")


def payload_context(index: int, archive_id: str) -> bytes:
    """What a sealed payload is bound to: the archive and its place in the ledger."""
    return context(archive_id, f"entry{index}", "payload")
