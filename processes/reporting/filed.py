"""What items are filed in: volumes (案卷), and where items lie in none, series.

Told from as much of each item as that needs, in one pass, in whatever order the database has them.

A volume is one row however its items' codes run, one for each retention period in it. Not here: lists and
their columns (`processes.reporting.lists`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from archive import tables
from archive.counted import pages_of, volume_of
from search.segment import code_order

Conditions = Sequence[ColumnElement[bool]]


class _Part(msgspec.Struct, frozen=True, gc=False):
    probe: Mapping[str, int | str | bool]


class _Fields(msgspec.Struct, frozen=True, gc=False):
    title: str = ""
    date: str = ""
    pages: str = ""
    volume: str = ""
    catalogue: str = ""


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What of an item's payload is needed; the rest is passed over undecoded."""

    fields: _Fields
    components: tuple[_Part, ...]


_told = msgspec.json.Decoder(_Told)


@dataclass(slots=True)
class Filed:
    """A volume or series: its `name`, its items of one retention period added up, the first and the last of
    them by their codes, the `title` of the first, the earliest and the latest date and year.
    """

    name: str
    retention: str
    first: str
    last: str
    title: str
    years: tuple[str, str]
    dates: tuple[str, str] = ("", "")
    items: int = 0
    pages: int = 0

    between: tuple[str, str] = ("", "")
    """What its first and its last code are ordered by."""

    def add(self, code: str, year: str, told: _Told) -> None:
        """Count one item."""
        order = ordered_by(code)
        self.items += 1
        self.pages += pages_of(told.fields.pages, (one.probe for one in told.components))
        self.years = min(self.years[0], year), max(self.years[1], year)
        if day := told.fields.date:
            self.dates = min(self.dates[0] or day, day), max(self.dates[1], day)
        if not self.between[0] or order < self.between[0]:
            self.first, self.title, self.between = code, told.fields.title, (order, self.between[1])
        if order > self.between[1]:
            self.last, self.between = code, (self.between[0], order)


def ordered_by(code: str) -> str:
    """What a code is ordered by (`search.segment.code_order`), at a fifth of the price where many share what
    stands before their last number.
    """
    series, _, number = code.rpartition("-")
    return f"{_part_order(series)}-{_part_order(number)}" if series and number else code_order(code)


_part_order = lru_cache(20_000)(code_order)


def place(code: str, catalogue: str, volume: str) -> str:
    """What an item is filed in: its volume, else its series as its code has it."""
    return volume_of(catalogue, volume) or code.rpartition("-")[0]


def filed(conn: Connection, conditions: Conditions, name: str = "") -> list[Filed]:
    """All that the items of these conditions are filed in, by their first codes; of one `name` where it is
    given.
    """
    found: dict[tuple[str, str], Filed] = {}
    for _, code, year, retention, told in _read(conn, conditions):
        where = place(code, told.fields.catalogue, told.fields.volume)
        if name in ("", where):
            new = Filed(where, retention, code, code, told.fields.title, (year, year))
            found.setdefault((where, retention), new).add(code, year, told)
    return sorted(found.values(), key=lambda one: one.between)


def filed_in(conn: Connection, conditions: Conditions, name: str) -> Iterator[tuple[str, str]]:
    """Code and identifier of each item that is filed in `name`."""
    for item, code, _, _, told in _read(conn, conditions):
        if place(code, told.fields.catalogue, told.fields.volume) == name:
            yield code, item


def _read(conn: Connection, conditions: Conditions) -> Iterator[tuple[str, str, str, str, _Told]]:
    table = tables.item.c
    query = select(table.id, table.code, table.year, table.retention, table.payload).where(*conditions)
    for item, code, year, retention, payload in conn.execute(query):
        yield item, code, year, retention, _told.decode(payload)
