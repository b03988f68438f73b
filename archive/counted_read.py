"""Reading what is counted, through a View: what somebody may not see is not counted for them.

What a retrieval grant opens is counted as if it were not granted: a grant is for one item, not for
statistics. Not here: counting (`archive.counted`), what a report makes of it (`processes.reporting`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    and_,
    false,
    func,
    or_,
    select,
    true,
    union,
)

from archive import tables, uses
from archive.counted import counted_as, fonds_in
from archive.tables_counted import holding, use_count
from archive.tables_visitors import visit_item
from policies.access import Clause, View

RECEIVED = "received"
"""By the year of registration, of which `holding` has the months."""
QUIET = (
    "uses.sealed", "visit.entered", "visit.noted", "visit.asked", "visit.closed", "visitors.forgotten",
    "certificate.issued", "certificate.voided", "retrieval.asked", "retrieval.granted", "retrieval.refused",
    "retrieval.revoked", "account.added", "account.closed", "account.changed", "account.code-given",
    "carrier.written", "carrier.checked", "carrier.lost", "fonds.entered", "fonds.named", "fonds.linked",
    "fonds.described", "fonds.filed", "audit.completed", "drill.completed", "hold.placed", "hold.lifted",
    "batch.received", "batch.returned", "batch.secured",
)  # fmt: skip
"""Entries that leave what is held as it was counted; any other kind may have changed it."""
_OF_ITEMS = ("view", "download", "export", "opening")


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of one set of values: `values` in the order asked for, and the sums."""

    values: tuple[str, ...]
    items: int
    components: int
    bytes: int
    pages: int


def held_by(
    conn: Connection, view: View, by: Sequence[str], only: Mapping[str, Sequence[str]] | None = None
) -> list[Held]:
    """Sums of what the view holds, by the columns `by` (of `tables_counted.HELD`, and RECEIVED; none: one
    sum), in the order of their values; of `only` these values of other columns. Withdrawn items are not
    counted.
    """
    table = holding.c
    year = func.substr(table.month, 1, 4).label(RECEIVED)
    shown = [year if name == RECEIVED else table[name] for name in by]
    sums = [func.coalesce(func.sum(table[name]), 0) for name in ("items", "components", "bytes", "pages")]
    query = select(*shown, *sums).where(_visible(view), table.withdrawn.is_(False))
    for name, values in (only or {}).items():
        query = query.where(table[name].in_(list(values)))
    rows = conn.execute(query.group_by(*shown) if shown else query)
    found = [Held(tuple(row[: len(by)]), *map(int, row[len(by) :])) for row in rows]
    return sorted((one for one in found if one.components), key=lambda one: one.values)


def summed(found: Iterable[Held], place: int) -> list[Held]:
    """The same added up by one of their values, in the order of these."""
    sums: dict[str, list[int]] = {}
    for one in found:
        own = sums.setdefault(one.values[place], [0, 0, 0, 0])
        for at, number in enumerate((one.items, one.components, one.bytes, one.pages)):
            own[at] += number
    return [Held((value,), *own) for value, own in sorted(sums.items())]


def stands_since(conn: Connection, size: int) -> bool:
    """Whether what is held counts as it did when the ledger had `size` entries."""
    entry = tables.entry.c
    changed = select(entry.index).where(entry.index >= size, entry.type.not_in(QUIET)).limit(1)
    return conn.execute(changed).first() is None


def volumes_received(conn: Connection, view: View) -> dict[tuple[str, str], int]:
    """Of how many volumes (案卷) the view holds something that was registered in a year, by that year and
    fonds; a volume is one of its fonds, category and year, in however many months it came.
    """
    table = holding.c
    received = func.substr(table.month, 1, 4)
    query = select(received, table.fonds, table.category, table.year, table.volume).distinct()
    query = query.where(_visible(view), table.withdrawn.is_(False), table.volume != "")
    return dict(Counter((str(row[0]), str(row[1])) for row in conn.execute(query)))


def uses_by(conn: Connection, fonds: frozenset[str] | None) -> dict[tuple[str, str, str], int]:
    """Uses by month, kind and fonds ("" for what names no item): of these fonds, or of all for None. The
    newest, which are in no segment yet, are among them.
    """
    table = use_count.c
    query = select(table.month, table.kind, table.fonds, func.sum(table.uses))
    query = query.group_by(table.month, table.kind, table.fonds)
    rows = conn.execute(query if fonds is None else query.where(table.fonds.in_(sorted(fonds))))
    found = {(month, kind, of): int(number) for month, kind, of, number in rows}
    for month, kind, code in _newest(conn):
        of = fonds_in(code)
        if fonds is None or of in fonds:
            found[month, kind, of] = found.get((month, kind, of), 0) + 1
    return found


def used_items(conn: Connection, fonds: frozenset[str] | None) -> dict[tuple[str, str], int]:
    """How many different items were viewed, downloaded, exported, or given in the reading room, by year and
    fonds.
    """
    both = _used(conn).subquery().c
    query = select(both.year, both.fonds, func.count()).group_by(both.year, both.fonds)
    rows = conn.execute(query if fonds is None else query.where(both.fonds.in_(sorted(fonds))))
    found = {(str(when), str(of)): int(number) for when, of, number in rows}
    new = {(month[:4], code) for month, kind, code in _newest(conn) if code and kind in _OF_ITEMS}
    counted = select(both.year, both.code).where(both.code.in_(sorted({code for _, code in new})))
    for when, code in new - {(str(when), str(code)) for when, code in conn.execute(counted)}:
        if fonds is None or fonds_in(code) in fonds:
            found[when, fonds_in(code)] = found.get((when, fonds_in(code)), 0) + 1
    return found


def fonds_of(conn: Connection, code: ColumnElement[str]) -> ColumnElement[str]:
    """The fonds that a canonical code begins with, as this database cuts it off (`counted.fonds_in`)."""
    if conn.dialect.name == "postgresql":
        return func.split_part(code, "-", 1)
    return func.substr(code, 1, func.instr(code, "-") - 1)


def _used(conn: Connection) -> CompoundSelect[Any]:
    """Year, fonds and code of what was used, each once."""
    table, given = use_count.c, visit_item.c
    sealed = select(func.substr(table.month, 1, 4).label("year"), table.fonds, table.code)
    sealed = sealed.where(table.kind.in_(_OF_ITEMS), table.code != "")
    at_desk = select(func.substr(given.time, 1, 4), fonds_of(conn, given.code), given.code)
    return union(sealed, at_desk)


def _newest(conn: Connection) -> Iterable[tuple[str, str, str]]:
    for _, use in uses.unsealed(conn):
        yield from counted_as(use.told())


def _visible(view: View) -> ColumnElement[bool]:
    clauses = [_clause(clause) for clause in view.clauses if clause.items is None]
    return or_(false(), *clauses)


def _clause(clause: Clause) -> ColumnElement[bool]:
    table = holding.c
    asked = (
        (table.fonds, clause.fonds),
        (table.access, clause.access),
        (table.secrecy, clause.secrecy),
        (table.holder, clause.holder),
    )
    conditions = [column.in_(sorted(values)) for column, values in asked if values is not None]
    return and_(true(), *conditions)
