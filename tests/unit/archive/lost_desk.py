"""A ledger in which some payloads are lost, and what may happen to its items."""

from __future__ import annotations

from dataclasses import replace

from archive_samples import SERIES, TIME, report
from sqlalchemy import update

from archive import catalogue, numbering, tables
from archive.catalogue import Record
from archive.database import Database
from archive.events import (
    BatchReceived,
    Event,
    ItemDescribed,
    ItemRecoded,
)
from archive.ledger import Ledger
from archive.superseded import superseded
from policies.access import EVERYTHING

BY = ("because", "owner", "archivist")
OTHER = "A014-ZP·2016-Y-BGS-0009"


def code(number: int) -> str:
    return f"{SERIES}-{number:04d}"


def received(*, count: int = 3) -> BatchReceived:
    told = report("b1", "sha256:22", count)
    rows = tuple(replace(row, code=code(n)) for n, row in enumerate(told.rows, start=1))
    return BatchReceived(**{**told.payload(), "findings": told.findings, "rows": rows})


def access(number: int, old: str, new: str) -> ItemDescribed:
    return ItemDescribed(f"i{number}", "access", old, new, *BY)


def recoded(number: int, old: str, new: str, to: int) -> ItemRecoded:
    return ItemRecoded(f"i{number}", old, new, SERIES, to, {"fonds": "A014"}, *BY)


class Desk:
    """A ledger in which some payloads are lost, and its catalogue made again."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database, self.ledger = database, ledger

    def enter(self, *events: Event) -> None:
        with self.database.write() as tx:
            catalogue.record(tx, self.ledger, events, TIME)

    def lose(self, *entries: int) -> None:
        """As after a rebuild from sites that have everything but these payloads."""
        column = tables.entry.c
        with self.database.write() as tx:
            tx.execute(update(tables.entry).where(column.index.in_(entries)).values(payload=None, salt=None))
            for table in reversed(tables.projected.sorted_tables):
                tx.execute(table.delete())
            every = self.ledger.entries(tx, 0, self.ledger.size(tx))
            catalogue.apply(tx, every, lost=entries, gone=superseded(self.ledger, tx))

    def item(self, number: int) -> Record | None:
        with self.database.read() as conn:
            return catalogue.item_by_id(conn, f"i{number}", EVERYTHING)

    def access(self, number: int) -> str:
        record = self.item(number)
        assert record is not None
        return record.item.access

    def next_number(self, series: str = SERIES) -> int:
        with self.database.read() as conn:
            return numbering.highest_of(conn, series) + 1

    def again(self) -> bool:
        """Whether a rebuild of the views gives the same."""
        with self.database.read() as conn:
            before = catalogue.dump(conn)
        catalogue.rebuild(self.database, self.ledger)
        with self.database.read() as conn:
            return catalogue.dump(conn) == before
