"""What every package of an item is made from: the item as `show` tells it, its proof, and its content.

Not done here: which items (`export`), the packages' forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

from archive import catalogue
from archive.catalogue import Record
from archive.entries import Entry
from archive.fonds import Fonds, fonds
from archive.model import Component
from archive.notes import Checkpoint
from ingest.tools import Tools
from policies.portable import portable_name
from processes.finding.show import as_shown
from processes.packages.carrier_parts import Contents
from processes.packages.export_places import Place
from processes.proving.prove import item_proof
from storage.site import Buffer

Done = Callable[[str], Iterator[Record]]
"""The records that were exported, of one fonds or ("") of all, in order."""


class Exporter(Protocol):
    """Writes packages of one form into a place."""

    def __init__(self, parcels: Parcels, to: Place) -> None: ...

    def add(self, record: Record) -> int:
        """Write the item's package or its part of one, anew where it stands already; bytes of content.
        Raises `StorageError`: then nothing of the item stays.
        """

    def place(self, record: Record) -> str:
        """Where the item's package or part stands, from the folder on."""

    def finish(self, done: Done, fonds: list[str], items: int, /) -> int:
        """Complete packages that span items; how many packages there are."""


@dataclass
class Parcel:
    """One item about to be packed."""

    parcels: Parcels
    record: Record

    @cached_property
    def entries(self) -> list[Entry]:
        """Its entries in the ledger so far as they are under the head."""
        with self.parcels.tools.database.read() as conn:
            found = self.parcels.tools.ledger.of_item(conn, self.record.item.id)
        return [entry for entry in found if entry.index < self.parcels.head.size]

    @cached_property
    def shown(self) -> dict[str, Any]:
        """The item with its history, as `show --json` tells it."""
        with self.parcels.tools.database.read() as conn:
            _, former = catalogue.codes_of(conn, self.record.item.id)
        report = self.parcels.report(self.record.item.batch)
        return as_shown(self.record, former, self.entries, report)

    def proof(self) -> bytes:
        """The proof file of its entries against the head."""
        with self.parcels.tools.database.read() as conn:
            made = item_proof(self.parcels.tools.ledger, conn, self.entries, self.parcels.head)
        return made.to_bytes()

    def files(self) -> Iterator[tuple[Component, str, Callable[[], Iterator[Buffer]]]]:
        """Each component, a portable name for it, unique in the item, and its content."""
        parts = self.record.item.components
        for number, part in enumerate(parts, 1):
            name = part.file.replace("\\", "/").rpartition("/")[2]
            told = portable_name(f"{number:02}-{name}" if len(parts) > 1 else name)
            yield part, told, partial(self.parcels.contents.pieces, self.record.item.batch, part)


@dataclass
class Parcels:
    """Makes parcels against one head; remembers the report of the batch that is at hand."""

    tools: Tools
    head: Checkpoint
    _reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    _fonds: dict[str, Fonds | None] = field(default_factory=dict)

    @cached_property
    def contents(self) -> Contents:
        """Opens content."""
        return Contents(self.tools)

    def of(self, record: Record) -> Parcel:
        """The parcel of one item."""
        return Parcel(self, record)

    def unit(self, record: Record) -> str:
        """The name that the record's fonds bore when the record was made, as the fonds register has it; its
        code where the register does not have it.
        """
        code = record.item.fonds
        if code not in self._fonds:
            with self.tools.database.read() as conn:
                self._fonds[code] = fonds(conn, code)
        known = self._fonds[code]
        return known.name_on(str(record.item.fields.get("date", ""))) if known else code

    def report(self, batch: str) -> dict[str, Any]:
        """Who handed the batch in; its rows and findings are nobody's business here."""
        if batch not in self._reports:
            with self.tools.database.read() as conn:
                received = catalogue.batch(conn, batch)
            told = (received.report if received else None) or {}
            self._reports = {batch: {name: told.get(name, "") for name in ("account", "os_user")}}
        return self._reports[batch]


def longest(record: Record) -> int:
    """How long the longest of its components is, in bytes."""
    return max((part.bytes for part in record.item.components), default=0)


def folder_of(record: Record) -> str:
    """The folder of an item's package: by fonds, then its code."""
    return f"{portable_name(record.item.fonds or '-')}/{portable_name(record.item.code)}"
