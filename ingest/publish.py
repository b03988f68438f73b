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


def publish(tools: Tools) -> Checkpoint:
    """Bring every reachable site to the ledger's head. Raises `TooFewCopies` below `min_copies`.

    On return the head and everything under it stand durably at `min_copies` sites or more.
    """
    with only_one(tools.work / "publish.lock"):
        head = tools.ledger.sign_head(tools.signer, tools.now())
        with tools.database.read() as conn:
            stands = working.published(conn)
            late = [site for site in tools.vault.sites if stands.get(site.name, 0) < head.size]
            bundles = _Bundles(tools, conn, head.size)
            brought = [site for site in late if _bring(site, stands.get(site.name, 0), head, bundles)]
        if brought:
            with tools.database.write() as tx:
                for site in brought:
                    working.set_published(tx, site.name, head.size, tools.now())
    behind = {site.name: "cannot be reached" for site in late if site not in brought}
    if len(tools.vault.sites) - len(behind) < tools.vault.min_copies:
        raise TooFewCopies(f"the ledger's head must stand at {tools.vault.min_copies} sites", behind)
    return head


def _bring(site: Site, old_size: int, head: Checkpoint, bundles: _Bundles) -> bool:
    """One site brought from `old_size` to the head; False where it cannot be reached now."""
    try:
        for name, content in bundles.since(old_size):
            put(site, name, content)
        site.settle()
        put(site, "ledger/checkpoint", head.note.encode())
        site.settle()
        for stale in bundles.superseded(old_size):
            site.delete(stale)
    except SiteError:
        return False
    return True


@dataclass
class _Bundles:
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
                self.sealed[name] = self._payloads(name)
            yield payloads_path(name), self.sealed[name]

    def superseded(self, old_size: int) -> Iterator[str]:
        """The partial payload bundle that a longer one now holds: a destroyed payload must not linger."""
        number, width = divmod(old_size, WIDTH)
        if width and old_size < self.size:
            yield payloads_path(TileName(-1, number, width))

    def _payloads(self, name: TileName) -> bytes:
        first = name.number * WIDTH
        entries = self.tools.ledger.entries(self.conn, first, first + name.width)
        return b"".join(self._sealed(entry) for entry in entries)

    def _sealed(self, entry: Entry) -> bytes:
        """Length (uint32) and salt + payload sealed under its subject's key; empty where destroyed."""
        if entry.payload is None:
            return struct.pack(">I", 0)
        content = seal_payload(entry, self._key(entry), self.tools.vault.archive_id)
        return struct.pack(">I", len(content)) + content

    def _key(self, entry: Entry) -> bytes:
        holder = entry.batch or self.tools.ledger.batch_of(self.conn, entry.item) or ARCHIVE_KEYRING
        if holder not in self.keyrings:
            self.keyrings[holder] = self.tools.vault.keyring(holder)
        return self.keyrings[holder].key(entry.item or holder)


def payloads_path(name: TileName) -> str:
    """Where the sealed payloads of an entry bundle stand, beside the public tree."""
    return "ledger/payloads/" + name.path.removeprefix("tile/entries/")


def seal_payload(entry: Entry, key: bytes, archive_id: str) -> bytes:
    """Salt and payload of one entry, sealed under the key of its item or batch."""
    sealer = Sealer(key, payload_context(entry.index, archive_id))
    content = (entry.salt or b"") + (entry.payload or b"")
    return sealer.update(content) + sealer.finalize()


def payload_context(index: int, archive_id: str) -> bytes:
    """What a sealed payload is bound to: the archive and its place in the ledger."""
    return context(archive_id, str(index), "payload")
