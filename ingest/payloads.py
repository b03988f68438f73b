"""Payloads at the sites: each entry's private part, sealed under its item's key, bundled as its entry is.

A bundle of payloads stands beside each entry bundle of the public tree: `ledger/payloads/…`, each
payload after its length (uint32), 0 where it was destroyed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from archive.entries import SALT_BYTES, Entry
from archive.errors import LedgerDamaged
from archive.events import ItemDestroyed
from archive.tiles import WIDTH, TileName, bundles_between, read_tile, tiles_between
from ingest.tools import Tools
from storage.errors import CopiesError, ObjectError, SecretError, StorageError
from storage.keyring import Keyring
from storage.sealing import Key, Opener, Sealer, context

ARCHIVE_KEYRING = "archive"
"""The keyring of entries that belong to no batch."""

_LENGTH = struct.Struct(">I")


_BUNDLES_AT_HAND = 64
_KEYRINGS_AT_HAND = 16
"""Enough for sites that are late together, and little enough for a site that gets everything anew."""


@dataclass
class Bundles:
    """What the sites must hold up to `size`, made once for sites that are about equally late.

    Entries below `known` stood at a site once. Memory does not grow with the ledger.

    What the database says is held against the tree and its commitments before it goes anywhere:
    `LedgerDamaged` is raised rather than a good copy replaced by a bad one.
    """

    tools: Tools
    conn: Connection
    size: int
    known: int = 0
    sealed: dict[TileName, bytes] = field(default_factory=dict)
    keyrings: dict[str, Keyring] = field(default_factory=dict)
    wide: dict[int, list[list[bytes]]] = field(default_factory=dict)

    def since(self, old_size: int) -> Iterator[tuple[str, bytes]]:
        """Names and contents of all that is new or grown since `old_size`."""
        for name in tiles_between(old_size, self.size):
            yield f"ledger/{name.path}", read_tile(self.conn, name)
        for name in bundles_between(old_size, self.size):
            yield f"ledger/{name.path}", self.tools.ledger.bundle(self.conn, name)
            if name not in self.sealed:
                _forget_oldest(self.sealed, _BUNDLES_AT_HAND)
                self.sealed[name] = self.payloads(name, old_size)
            yield payloads_path(name), self.sealed[name]

    def tails(self, old_size: int) -> Iterator[tuple[str, str]]:
        """Of each bundle that grew: the folder of its partial versions, and the one that stays, if any."""
        for name in bundles_between(old_size, self.size):
            whole = payloads_path(TileName(-1, name.number))
            yield f"{whole}.p/", payloads_path(name)

    def payloads(self, name: TileName, old_size: int = 0) -> bytes:
        """The sealed payloads of a bundle's entries: each after its length (uint32), 0 where destroyed.

        Those below `old_size` are carried over from the sites as they were sealed then.
        """
        before = min(max(old_size - name.number * WIDTH, 0), name.width)
        carried = self._carried(TileName(-1, name.number, before)) if before else []
        parts = []
        for place, entry in enumerate(self.entries(name)):
            if entry.index in self.lost:
                parts.append(self._found_again(entry))
                continue
            kept = [copy[place] for copy in carried if place < len(copy) and copy[place]]
            parts.append(self._sealed(entry, kept, known=place < before or entry.index < self.known))
        return pack_payloads(parts)

    def with_lost(self, name: TileName, content: bytes) -> bytes:
        """A site's bundle with those payloads that are lost to the database as any site has them."""
        first, parts = name.number * WIDTH, open_payloads(content)
        here = [index for index in self.lost if first <= index < first + len(parts)]
        for entry in (self.tools.ledger.entry(self.conn, index) for index in here):
            parts[entry.index - first] = self._found_again(entry)
        return pack_payloads(parts)

    def entries(self, name: TileName) -> Iterator[Entry]:
        """The entries of a bundle. Raises `LedgerDamaged` where a payload is not what was committed to."""
        first = name.number * WIDTH
        for entry in self.tools.ledger.entries(self.conn, first, first + name.width):
            if entry.payload is not None and not entry.commitment_holds():
                raise LedgerDamaged(f"the payload of entry {entry.index} was altered in the database")
            yield entry

    def payload_key(self, entry: Entry) -> Key:
        """The key that the entry's payload is sealed under (`key_name`). Raises `StorageError`."""
        holder = entry.batch or self.tools.ledger.batch_of(self.conn, entry.item) or ARCHIVE_KEYRING
        if holder not in self.keyrings:
            _forget_oldest(self.keyrings, _KEYRINGS_AT_HAND)
            self.keyrings[holder] = self.tools.vault.keyring(holder)
        return self.keyrings[holder].key(key_name(entry, holder))

    def _carried(self, name: TileName) -> list[list[bytes]]:
        """The sealed payloads of a bundle as each site has them that has so many."""
        copies = []
        for site in self.tools.vault.sites:
            with suppress(StorageError, ValueError):
                found = open_payloads(self.tools.vault.site(site).read(payloads_path(name)))
                if len(found) == name.width:
                    copies.append(found)
        return copies

    @cached_property
    def lost(self) -> frozenset[int]:
        """The entries whose payload was nowhere when the database was made again: not destroyed, so what a
        site has of them must never be replaced by nothing.
        """
        return frozenset(line.entry for line in catalogue.lost_entries(self.conn))

    def _found_again(self, entry: Entry) -> bytes:
        """A payload as some site has it, one that is what was committed to before any other, then the one
        that most have.
        """
        number, place = divmod(entry.index, WIDTH)
        if number not in self.wide:
            self.wide.clear()
            self.wide[number] = list(self._of_any_width(TileName(-1, number)))
        copies = [copy[place] for copy in self.wide[number] if place < len(copy) and copy[place]]
        with suppress(SecretError, CopiesError):
            key, bound = self.payload_key(entry), payload_context(entry.index, self._archive)
            for copy in copies:
                if is_payload(copy, key, bound, entry):
                    return copy
        return max(copies, key=copies.count, default=b"")

    def _of_any_width(self, name: TileName) -> Iterator[list[bytes]]:
        """All that the sites have of a bundle, whatever its width was when it was written."""
        whole = payloads_path(TileName(-1, name.number))
        for site in map(self.tools.vault.site, self.tools.vault.sites):
            with suppress(StorageError):
                for path in (whole, *(stored.name for stored in site.list(f"{whole}.p/"))):
                    with suppress(ObjectError, ValueError):
                        yield open_payloads(site.read(path))

    def _sealed(self, entry: Entry, kept: list[bytes], *, known: bool) -> bytes:
        """One payload sealed, or as it was carried over: what one site alone says is opened first, lest
        damage there goes to the others. `known`: the sites have had it once; where its key is gone since,
        that is for the audit to say and must not hold up everybody else's entries.
        """
        if entry.payload is None:
            return b""
        if len(kept) > 1 and len(set(kept)) == 1:
            return kept[0]
        try:
            key = self.payload_key(entry)
        except (SecretError, CopiesError):
            if known:
                return kept[0] if kept else self._found_again(entry)
            raise
        plain, bound = (entry.salt or b"") + entry.payload, payload_context(entry.index, self._archive)
        whole = (copy for copy in kept if opens_to(copy, key, bound, plain))
        sealer = Sealer(key, bound)
        return next(whole, None) or sealer.update(plain) + sealer.finalize()

    @property
    def _archive(self) -> str:
        return self.tools.vault.archive_id


def _forget_oldest(kept: dict[Any, Any], most: int) -> None:
    while len(kept) >= most:
        del kept[next(iter(kept))]


def key_name(entry: Entry, holder: str) -> str:
    """Whose key in the keyring of `holder` seals the entry's payload: its item's, else the holder's own.

    A tombstone is under the holder's key: it outlives the key of the item that it stands for.
    """
    return entry.item if entry.item and entry.type != ItemDestroyed.type else holder


def pack_payloads(sealed: Iterable[bytes]) -> bytes:
    """The bundle that `open_payloads` opens."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in sealed)


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


def opens_to(sealed: bytes, key: Key, bound: bytes, plain: bytes) -> bool:
    """Whether `sealed` is just `plain`, under `key` and bound to its place."""
    opener = Opener(key, bound)
    try:
        return opener.update(sealed) + opener.finalize() == plain
    except ObjectError:
        return False


def is_payload(sealed: bytes, key: Key, bound: bytes, entry: Entry) -> bool:
    """Whether a sealed payload opens to what the entry's envelope commits to."""
    opener = Opener(key, bound)
    try:
        plain = opener.update(sealed) + opener.finalize()
    except ObjectError:
        return False
    return replace(entry, salt=plain[:SALT_BYTES], payload=plain[SALT_BYTES:]).commitment_holds()


def payloads_path(name: TileName) -> str:
    """Where the sealed payloads of an entry bundle stand, beside the public tree."""
    return "ledger/payloads/" + name.path.removeprefix("tile/entries/")


def payload_context(index: int, archive_id: str) -> bytes:
    """What a sealed payload is bound to: the archive and its place in the ledger."""
    return context(archive_id, f"entry{index}", "payload")
