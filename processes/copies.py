"""What a site must keep, one thing at a time: how its copy is checked, and how it is mended.

Three kinds: a sealed object (held against the digest in the ledger), a batch's keyring (it must hold
a key for everything the ledger names) and the published ledger (it must be what the database says).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from archive import catalogue
from archive.entries import Entry
from archive.ledger import Ledger
from archive.tiles import TileName, bundles_between, read_tile, tiles_between
from ingest.payloads import ARCHIVE_KEYRING, Bundles, open_payloads, payload_context, payloads_path
from ingest.tools import Tools
from storage.copies import CopyState
from storage.errors import NoGoodCopy, ObjectError, ObjectMissing, SecretError
from storage.keyring import Keyring, keyring_name
from storage.recovery import RECOVERY_NAME, is_sound
from storage.sealing import Opener
from storage.site import put
from storage.vault import object_name


class Kept(Protocol):
    """One thing that every site keeps. `label` names it to people, `code` is its item's or None."""

    @property
    def label(self) -> str:
        """The object's identifier or the file's name."""

    @property
    def code(self) -> str | None:
        """The archival code of the item it belongs to."""

    @property
    def length(self) -> int:
        """About how much there is to read."""

    def state(self, site: str) -> CopyState:
        """Read the copy at `site` to its end. Raises `SiteError` where nothing is known of it."""

    def mend(self, site: str) -> bool:
        """Replace the copy at `site` by a good one; False where there is none."""


@dataclass(frozen=True, slots=True)
class KeptObject:
    """A sealed object."""

    tools: Tools
    stored: catalogue.StoredObject

    @property
    def label(self) -> str:
        """The object's identifier."""
        return self.stored.object_id

    @property
    def code(self) -> str | None:
        """Its item's code."""
        return self.stored.code

    @property
    def length(self) -> int:
        """Its sealed length."""
        return self.stored.sealed_bytes

    def state(self, site: str) -> CopyState:
        """Length and BLAKE3 against the ledger's."""
        stored = self.stored
        name = object_name(stored.batch, stored.object_id)
        return self.tools.vault.check(site, name, stored.sealed_bytes, stored.sealed_blake3)

    def mend(self, site: str) -> bool:
        """From another site whose copy is checked while it is copied."""
        stored = self.stored
        name = object_name(stored.batch, stored.object_id)
        return self.tools.vault.repair(name, stored.sealed_bytes, stored.sealed_blake3, site)


@dataclass(frozen=True, slots=True)
class KeptKeyring:
    """A batch's keyring; `needs` are the objects and items that it must hold keys for."""

    tools: Tools
    batch: str
    needs: frozenset[str]
    code: None = None

    @property
    def label(self) -> str:
        """The keyring's name."""
        return keyring_name(self.batch)

    @property
    def length(self) -> int:
        """About a line a key."""
        return 100 * len(self.needs)

    def state(self, site: str) -> CopyState:
        """It must be readable, of the newest revision, and hold every key that the ledger needs."""
        found = _read(self.tools, site, self.label)
        if isinstance(found, CopyState):
            return found
        try:
            newest = self.tools.vault.keyring(self.batch)
            keyring = self.tools.vault.read_keyring(self.batch, found)
        except (SecretError, NoGoodCopy):
            return CopyState.DAMAGED
        whole = keyring.revision == newest.revision and self._complete(keyring)
        return CopyState.WHOLE if whole else CopyState.DAMAGED

    def mend(self, site: str) -> bool:
        """From the newest sound keyring, where that holds every key needed. Raises `NoGoodCopy`."""
        keyring = self.tools.vault.keyring(self.batch)
        return self._complete(keyring) and _replace(self.tools, site, self.label, keyring.to_bytes())

    def _complete(self, keyring: Keyring) -> bool:
        try:
            return all(keyring.key(name) for name in self.needs)
        except SecretError:
            return False


@dataclass(frozen=True, slots=True)
class KeptRecovery:
    """The archive's secrets under its recovery key, which no machine has: only its form can be checked."""

    tools: Tools
    label: str = RECOVERY_NAME
    length: int = 1000
    code: None = None

    def state(self, site: str) -> CopyState:
        """Its own checksum holds, and it is what stands at the other sites."""
        found = _read(self.tools, site, self.label)
        if isinstance(found, CopyState):
            return found
        return CopyState.WHOLE if is_sound(found) else CopyState.DAMAGED

    def mend(self, site: str) -> bool:
        """From a site where it is sound."""
        for name in self.tools.vault.sites:
            found = _read(self.tools, name, self.label)
            if isinstance(found, bytes) and is_sound(found):
                return _replace(self.tools, site, self.label, found)
        return False


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the public ledger: `content` makes it again from the database."""

    tools: Tools
    label: str
    length: int
    content: Callable[[Connection], bytes]
    code: None = None

    def state(self, site: str) -> CopyState:
        """It must be, byte for byte, what the database says."""
        found = _read(self.tools, site, self.label)
        if isinstance(found, CopyState):
            return found
        with self.tools.database.read() as conn:
            return CopyState.WHOLE if found == self.content(conn) else CopyState.DAMAGED

    def mend(self, site: str) -> bool:
        """From the database."""
        with self.tools.database.read() as conn:
            return _replace(self.tools, site, self.label, self.content(conn))


@dataclass(frozen=True, slots=True)
class KeptPayloads:
    """A bundle of sealed payloads: each must open to what the database holds."""

    tools: Tools
    bundle: TileName
    size: int
    code: None = None

    @property
    def label(self) -> str:
        """The bundle's name."""
        return payloads_path(self.bundle)

    @property
    def length(self) -> int:
        """About a page an entry."""
        return 1000 * self.bundle.width

    def state(self, site: str) -> CopyState:
        """Every payload opened with its key and compared."""
        found = _read(self.tools, site, self.label)
        if isinstance(found, CopyState):
            return found
        with self.tools.database.read() as conn:
            made = Bundles(self.tools, conn, self.size)
            try:
                pairs = zip(open_payloads(found), made.entries(self.bundle), strict=True)
                whole = all(self._opens(sealed, entry, made) for sealed, entry in pairs)
            except (ValueError, ObjectError):
                return CopyState.DAMAGED
        return CopyState.WHOLE if whole else CopyState.DAMAGED

    def mend(self, site: str) -> bool:
        """Sealed anew from the database."""
        with self.tools.database.read() as conn:
            content = Bundles(self.tools, conn, self.size).payloads(self.bundle)
        return _replace(self.tools, site, self.label, content)

    def _opens(self, sealed: bytes, entry: Entry, made: Bundles) -> bool:
        if entry.payload is None:
            return not sealed
        opener = Opener(made.payload_key(entry), payload_context(entry.index, self.tools.vault.archive_id))
        return opener.update(sealed) + opener.finalize() == (entry.salt or b"") + entry.payload


def _read(tools: Tools, site: str, name: str) -> bytes | CopyState:
    try:
        return tools.vault.site(site).read(name)
    except ObjectMissing:
        return CopyState.MISSING
    except ObjectError:
        return CopyState.DAMAGED


def _replace(tools: Tools, site: str, name: str, content: bytes) -> bool:
    target = tools.vault.site(site)
    put(target, name, content)
    target.settle()
    return True


def everything_kept(tools: Tools, conn: Connection, size: int, since: str = "") -> Iterator[Kept]:
    """All that every site must keep; `since` (a date) leaves out objects of batches entered before it."""
    recent = {record.id for record in catalogue.batches(conn) if record.time >= since}
    needs: dict[str, set[str]] = defaultdict(set)
    for stored in catalogue.all_components(conn):
        if stored.batch in recent:
            needs[stored.batch] |= {stored.batch, stored.item, stored.object_id}
            yield KeptObject(tools, stored)
    for batch in sorted(recent):
        yield KeptKeyring(tools, batch, frozenset(needs[batch] | {batch}))
    yield KeptKeyring(tools, ARCHIVE_KEYRING, frozenset({ARCHIVE_KEYRING}))
    yield KeptRecovery(tools)
    yield from _ledger(tools, size)


def _ledger(tools: Tools, size: int) -> Iterator[Kept]:
    ledger = tools.ledger
    for name in tiles_between(0, size):
        yield KeptFile(tools, f"ledger/{name.path}", 32 * name.width, partial(read_tile, name=name))
    for name in bundles_between(0, size):
        yield KeptFile(tools, f"ledger/{name.path}", 200 * name.width, partial(ledger.bundle, name=name))
        yield KeptPayloads(tools, name, size)
    yield KeptFile(tools, "ledger/checkpoint", 200, partial(_note, ledger, size))


def _note(ledger: Ledger, size: int, conn: Connection) -> bytes:
    head = ledger.head_at(conn, size)
    return head.note.encode() if head else b""
