"""The published ledger at a site: its public files and its sealed payloads must be what the database says.

Not done here: which files there are (`holdings`), publishing (`ingest.publish`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from archive.entries import Entry
from archive.tiles import TileName
from ingest.payloads import Bundles, open_payloads, payload_context, payloads_path
from ingest.tools import Tools
from processes.copies import Look, held_file, replace_file
from storage.errors import StorageError
from storage.sealing import Opener


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the public ledger: `content` makes it again from the database."""

    tools: Tools
    label: str
    length: int
    content: Callable[[Connection], bytes]
    code: None = None
    derived: bool = True

    def look(self, site: str) -> Look:
        """It must be, byte for byte, what the database says."""
        return held_file(self.tools, site, self.label, self._equals)

    def _equals(self, found: bytes) -> bool:
        with self.tools.database.read() as conn:
            return found == self.content(conn)

    def mend(self, site: str) -> bool:
        """From the database."""
        with self.tools.database.read() as conn:
            return replace_file(self.tools, site, self.label, self.content(conn))


@dataclass(frozen=True, slots=True)
class KeptPayloads:
    """A bundle of sealed payloads: each must open to what the database holds."""

    tools: Tools
    bundle: TileName
    size: int
    code: None = None
    derived: bool = True

    @property
    def label(self) -> str:
        """The bundle's name."""
        return payloads_path(self.bundle)

    @property
    def length(self) -> int:
        """About a page an entry."""
        return 1000 * self.bundle.width

    def look(self, site: str) -> Look:
        """Every payload opened with its key and compared."""
        return held_file(self.tools, site, self.label, self._all_open)

    def _all_open(self, found: bytes) -> bool:
        with self.tools.database.read() as conn:
            made = Bundles(self.tools, conn, self.size)
            try:
                pairs = zip(open_payloads(found), made.entries(self.bundle), strict=True)
                return all(self._opens(sealed, entry, made) for sealed, entry in pairs)
            except (ValueError, StorageError):  # cut, not to be opened, or without a key anywhere
                return False

    def mend(self, site: str) -> bool:
        """Sealed anew from the database."""
        with self.tools.database.read() as conn:
            content = Bundles(self.tools, conn, self.size).payloads(self.bundle)
        return replace_file(self.tools, site, self.label, content)

    def _opens(self, sealed: bytes, entry: Entry, made: Bundles) -> bool:
        if entry.payload is None:
            return not sealed
        opener = Opener(made.payload_key(entry), payload_context(entry.index, self.tools.vault.archive_id))
        return opener.update(sealed) + opener.finalize() == (entry.salt or b"") + entry.payload
