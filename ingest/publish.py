"""Publish: the signed checkpoint and what stands behind it go to the sites.

Derived from the database alone, idempotent, and resumed at start-up: whatever a crash between
commit and publish left undone, the next run does. Order at each site: entries and tiles, sealed
payloads, made durable, and only then the checkpoint that promises them. Keyrings stand at the
sites since before the registration (see `intake.py`), so no record is ever without its key.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from archive import working
from archive.entries import Entry
from archive.notes import Checkpoint
from archive.tiles import WIDTH, TileName, bundles_between, read_tile, tiles_between
from ingest.batch import Tools
from ingest.locks import only_one
from storage.errors import SiteError, TooFewCopies
from storage.keyring import Keyring
from storage.sealing import Sealer, context
from storage.site import Site, put

ARCHIVE_KEYRING = "archive"
"""The keyring of entries that belong to no batch."""

_LENGTH = struct.Struct(">I")


def publish(tools: Tools) -> Checkpoint:
    """Bring every reachable site to the ledger's head. Raises `TooFewCopies` below `min_copies`.

    On return the head and everything under it stand durably at `min_copies` sites or more.
    """
    with only_one(tools.work / "publish.lock"):
        head = tools.ledger.sign_head(tools.signer, tools.now())
        with tools.database.read() as conn:
            stands = working.published(conn)
            late = [name for name in tools.vault.sites if stands.get(name, 0) < head.size]
            bundles = Bundles(tools, conn, head.size)
            behind = {
                name: fault
                for name in late
                if (fault := _bring(tools.vault.site(name), stands.get(name, 0), head, bundles))
            }
        brought = [name for name in late if name not in behind]
        if brought:
            with tools.database.write() as tx:
                for name in brought:
                    working.set_published(tx, name, head.size, tools.now())
    if len(tools.vault.sites) - len(behind) < tools.vault.min_copies:
        raise TooFewCopies(f"the ledger's head must stand at {tools.vault.min_copies} sites", behind)
    return head


def _bring(site: Site, old_size: int, head: Checkpoint, bundles: Bundles) -> str:
    """Bring one site from `old_size` to the head; why it could not be, or nothing."""
    try:
        for name, content in bundles.since(old_size):
            put(site, name, content)
        site.settle()
        put(site, "ledger/checkpoint", head.note.encode())
        site.settle()
        for stale in bundles.superseded(old_size):
            site.delete(stale)
    except SiteError as fault:
        return fault.reason
    return ""


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
