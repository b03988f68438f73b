"""Counting what is held and used while it happens, so that a report adds up some thousand rows.

`moved` stands around whatever changes items that are there: what they counted for before goes, what they
count for afterwards comes. Not here: reading (`archive.counted_read`), what an event
changes (`catalogue_apply`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from archive import tables
from archive.events import UsesSealed
from archive.tables_counted import HELD, holding, use_count

Key = tuple[str | bool, ...]
Counts = tuple[int, int, int, int]
"""Items, components, bytes, pages."""

_COLUMNS = (
    "fonds",
    "category",
    "year",
    "retention",
    "access",
    "secrecy",
    "holder",
    "due",
    "time",
    "withdrawn",
)
_AT_ONCE = 500
COUNTED_USES = frozenset({"search", "view", "download", "list", "export", "opening"})
"""Kinds of use that a statistic of use counts: neither signing in nor what was refused."""


class _Part(msgspec.Struct, frozen=True, gc=False):
    format: str
    bytes: int
    probe: Mapping[str, int | str | bool]


class _Fields(msgspec.Struct, frozen=True, gc=False):
    pages: str = ""
    volume: str = ""
    catalogue: str = ""


class _Held(msgspec.Struct, frozen=True, gc=False):
    """What of an item's payload is counted; the rest is passed over undecoded."""

    fields: _Fields
    components: tuple[_Part, ...]


_held = msgspec.json.Decoder(_Held)


def count_items(tx: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Count items that were registered: their rows, in the order of the table's columns."""
    names = tables.item.columns.keys()
    _write(tx, _tally(dict(zip(names, row, strict=True)) for row in rows))


@contextmanager
def moved(tx: Connection, items: Sequence[str]) -> Iterator[None]:
    """Around a change of these items, whatever it is: their counts follow it."""
    before = _tally(_rows(tx, items))
    yield
    after = _tally(_rows(tx, items))
    for key, counts in before.items():
        there = after.get(key, (0, 0, 0, 0))
        after[key] = _sum(there, counts, -1)
    _write(tx, after)


def count_uses(tx: Connection, event: UsesSealed) -> None:
    """Count the uses of a segment, each by its month, kind and every code that it names."""
    found: Counter[tuple[str, str, str]] = Counter()
    for told in event.uses:
        found.update(counted_as(told))
    rows = [
        {"month": month, "kind": kind, "fonds": fonds_in(code), "code": code, "uses": uses}
        for (month, kind, code), uses in sorted(found.items())
    ]
    _add(tx, use_count, ("month", "kind", "fonds", "code"), ("uses",), rows)


def counted_as(told: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What one use counts for: month, kind and code, once for each code."""
    if told.get("kind", "") in COUNTED_USES:
        for code in told.get("code", "").split("\n"):
            yield told["time"][:7], told["kind"], code


def fonds_in(code: str) -> str:
    """The fonds that a code begins with, whether or not the item is there still."""
    return code.partition("-")[0]


def _rows(tx: Connection, items: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    table = tables.item.c
    for start in range(0, len(items), _AT_ONCE):
        chosen = table.id.in_(items[start : start + _AT_ONCE])
        query = select(*(table[name] for name in _COLUMNS), table.payload).where(chosen)
        for row in tx.execute(query).mappings():
            yield dict(row)


def _tally(rows: Iterable[Mapping[str, Any]]) -> dict[Key, Counts]:
    found: dict[Key, Counts] = {}
    for row in rows:
        for key, counts in _counted(row):
            found[key] = _sum(found.get(key, (0, 0, 0, 0)), counts)
    return found


def _counted(row: Mapping[str, Any]) -> Iterator[tuple[Key, Counts]]:
    held = _held.decode(row["payload"])
    volume = volume_of(held.fields.catalogue, held.fields.volume)
    place = (*(row[name] for name in _COLUMNS[:7]), row["due"][:4], row["time"][:7])
    for number, part in enumerate(held.components):
        first = number == 0
        pages = pages_of(held.fields.pages, (one.probe for one in held.components)) if first else 0
        key = (*place, volume, part.format, bool(row["withdrawn"]))
        yield key, (int(first), 1, part.bytes, pages)


def volume_of(catalogue: str, volume: str) -> str:
    """The volume that an item lies in, behind the number of its catalogue; "" for none."""
    return "-".join(part for part in (catalogue, volume) if part) if volume else ""


def pages_of(written: str, probes: Iterable[Mapping[str, object]]) -> int:
    """The pages of an item: as its list counted them, else as was found in its files."""
    if written.isascii() and written.isdigit() and len(written) <= 6:
        return int(written)
    return sum(number for one in probes if type(number := one.get("pages", 0)) is int)


def _sum(one: Counts, other: Counts, sign: int = 1) -> Counts:
    a, b, c, d = (left + sign * right for left, right in zip(one, other, strict=True))
    return a, b, c, d


def _write(tx: Connection, tally: Mapping[Key, Counts]) -> None:
    names, counts = (*HELD, "withdrawn"), ("items", "components", "bytes", "pages")
    changed = sorted((key, values) for key, values in tally.items() if any(values))
    rows = [dict(zip((*names, *counts), (*key, *values), strict=True)) for key, values in changed]
    _add(tx, holding, names, counts, rows)
    if any(min(values) < 0 for _, values in changed):
        tx.execute(delete(holding).where(holding.c["items"] == 0, holding.c.components == 0))


def _add(
    tx: Connection, table: Any, keys: Sequence[str], counts: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    """Add counts to the rows that there are, and make those that there are not."""
    if not rows:
        return
    made: Any = postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)
    sums = {name: table.c[name] + made.excluded[name] for name in counts}
    tx.execute(made.on_conflict_do_update(index_elements=list(keys), set_=sums), list(rows))
