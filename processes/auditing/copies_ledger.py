"""The published ledger at a site: its public files and its sealed payloads must be what the database says.

Not done here: which files there are (`holdings`), publishing (`ingest.publish`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from archive import catalogue
from archive.entries import Entry
from archive.tiles import WIDTH, TileName
from ingest.payloads import Bundles, open_payloads, opens_to, payload_context, payloads_path
from ingest.tools import Tools
from processes.auditing.audited import Kind
from processes.auditing.copies import Look, Looks, read_elsewhere, read_small, replace_file
from storage.errors import CopiesError, KeyMissing, StorageError
from storage.keyring import Keyring


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the public ledger: `content` makes it again from the database. `is_older(found, content)`
    says whether other content is one that rightly stood there before.
    """

    tools: Tools
    label: str
    weight: int
    content: Callable[[Connection], bytes]
    is_older: Callable[[bytes, bytes], bool]
    code: None = None
    derived: bool = True

    def look(self, site: str) -> Look:
        """All of it."""
        return read_small(self.tools, site, self.label)

    def judge(self, looks: Looks) -> dict[str, Kind]:
        """It must be, byte for byte, what the database says."""
        with self.tools.database.read() as conn:
            content = self.content(conn)
        kinds = {site: look.kind or self._kind(look.content, content) for site, look in looks.items()}
        return {site: kind for site, kind in kinds.items() if kind}

    def _kind(self, found: bytes, content: bytes) -> Kind | None:
        if found == content:
            return None
        if found and self.is_older(found, content):
            return Kind.OLD
        return Kind.TRUNCATED if content.startswith(found) else Kind.ALTERED

    def mend(self, site: str) -> bool:
        """From the database."""
        with self.tools.database.read() as conn:
            return replace_file(self.tools, site, self.label, self.content(conn))


def older_tile(found: bytes, content: bytes) -> bool:
    """Whether `found` is the tile as it was when it held fewer hashes."""
    return len(found) % 32 == 0 and content.startswith(found)


def older_bundle(found: bytes, content: bytes) -> bool:
    """Whether `found` is the entry bundle as it was when it held fewer entries."""
    at = 0
    while at + 2 <= len(found):
        at += 2 + int.from_bytes(found[at : at + 2], "big")
    return at == len(found) and content.startswith(found)


@dataclass(frozen=True, slots=True)
class KeptPayloads:
    """A bundle of sealed payloads: each must open to what the database holds."""

    tools: Tools
    bundle: TileName
    size: int
    keyrings: dict[str, Keyring]
    """Keyrings at hand: bundles that follow each other need the same ones."""
    code: None = None
    derived: bool = True

    @property
    def label(self) -> str:
        """The bundle's name."""
        return payloads_path(self.bundle)

    @property
    def weight(self) -> int:
        """About a page an entry."""
        return 1000 * self.bundle.width

    def look(self, site: str) -> Look:
        """All of it."""
        return read_small(self.tools, site, self.label)

    def judge(self, looks: Looks) -> dict[str, Kind]:
        """Every payload opened with its key and compared; sites that hold the same bytes are judged once."""
        judged: dict[bytes, Kind | None] = {}
        for look in looks.values():
            if look.kind is None and look.content not in judged:
                judged[look.content] = self._judge(look.content)
        kinds = {site: look.kind or judged[look.content] for site, look in looks.items()}
        return {site: kind for site, kind in kinds.items() if kind}

    def _judge(self, found: bytes) -> Kind | None:
        try:
            sealed = open_payloads(found)
        except ValueError:
            return Kind.TRUNCATED
        with self.tools.database.read() as conn:
            made = Bundles(self.tools, conn, self.size, keyrings=self.keyrings)
            lost = {line.entry for line in catalogue.lost_entries(conn)}
            pairs = zip(sealed, made.entries(self.bundle), strict=False)
            kinds = {self._kind(part, entry, made) for part, entry in pairs if entry.index not in lost}
        for kind in (Kind.ALTERED, Kind.UNOPENABLE, Kind.OLD):
            if kind in kinds:
                return kind
        if len(sealed) == self.bundle.width:
            return None
        return Kind.OLD if 0 < len(sealed) < self.bundle.width else Kind.ALTERED

    def _kind(self, sealed: bytes, entry: Entry, made: Bundles) -> Kind | None:
        if entry.payload is None:
            return Kind.OLD if sealed else None  # what was destroyed is back
        try:
            key = made.payload_key(entry)
        except (KeyMissing, CopiesError):
            return Kind.UNOPENABLE
        except StorageError:
            return Kind.ALTERED
        bound = payload_context(entry.index, self.tools.vault.archive_id)
        whole = opens_to(sealed, key, bound, (entry.salt or b"") + entry.payload)
        return None if whole else Kind.ALTERED

    def mend(self, site: str) -> bool:
        """As another site has it, where that is whole; else sealed anew from the database."""
        return replace_file(self.tools, site, self.label, self._elsewhere(site) or self._made())

    def _elsewhere(self, site: str) -> bytes:
        looks = read_elsewhere(self.tools, {site: Look(Kind.MISSING)}, self.label)
        broken = self.judge(looks)
        whole = next((look.content for name, look in looks.items() if name not in broken), b"")
        with self.tools.database.read() as conn:
            return Bundles(self.tools, conn, self.size).with_lost(self.bundle, whole)

    def _made(self) -> bytes:
        with self.tools.database.read() as conn:
            return Bundles(self.tools, conn, self.size).payloads(self.bundle)


def header_of_payload(tools: Tools, entries: Sequence[Entry], size: int) -> tuple[bytes, bytes] | None:
    """How a published payload of one of `entries` begins, with its context: what proves the key it is under.
    None where no site has one.
    """
    for entry in entries:
        number = entry.index // WIDTH
        label = payloads_path(TileName(-1, number, min(WIDTH, size - number * WIDTH)))
        for look in read_elsewhere(tools, {}, label).values():
            try:
                sealed = open_payloads(look.content)[entry.index % WIDTH]
            except (ValueError, IndexError):
                continue
            if sealed:
                return sealed, payload_context(entry.index, tools.vault.archive_id)
    return None
