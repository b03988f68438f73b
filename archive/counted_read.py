"""Reading what is counted, through a View: what somebody may not see is not counted for them.

What a retrieval grant opens is counted as if it were not granted: a grant is for one item, not for
statistics. Not here: counting (`archive.counted`), what a report makes of it (`processes.reporting`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, distinct, false, func, or_, select, true

from archive import uses
from archive.counted import counted_as, fonds_in
from archive.tables_counted import holding, use_count
from policies.access import Clause, View

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
    """Sums of what the view holds, by the columns `by` (of `tables_counted.HELD`; none: one sum), in the
    order of their values; of `only` these values of other columns. Withdrawn items are not counted.
    """
    table = holding.c
    shown = [table[name] for name in by]
    sums = [func.coalesce(func.sum(table[name]), 0) for name in ("items", "components", "bytes", "pages")]
    query = select(*shown, *sums).where(_visible(view), table.withdrawn.is_(False))
    for name, values in (only or {}).items():
        query = query.where(table[name].in_(list(values)))
    rows = conn.execute(query.group_by(*shown) if shown else query)
    found = [Held(tuple(row[: len(by)]), *map(int, row[len(by) :])) for row in rows]
    return sorted((one for one in found if one.components), key=lambda one: one.values)


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
    """How many different items were viewed, downloaded or exported, by year and fonds."""
    table = use_count.c
    year = func.substr(table.month, 1, 4)
    query = select(year, table.fonds, func.count(distinct(table.code)))
    query = query.where(table.kind.in_(_OF_ITEMS), table.code != "").group_by(year, table.fonds)
    rows = conn.execute(query if fonds is None else query.where(table.fonds.in_(sorted(fonds))))
    found = {(str(when), str(of)): int(number) for when, of, number in rows}
    new = {(month[:4], code) for month, kind, code in _newest(conn) if code and kind in _OF_ITEMS}
    counted = select(year, table.code).where(table.kind.in_(_OF_ITEMS))
    counted = counted.where(table.code.in_(sorted({code for _, code in new})))
    for when, code in new - {(str(when), str(code)) for when, code in conn.execute(counted)}:
        if fonds is None or fonds_in(code) in fonds:
            found[when, fonds_in(code)] = found.get((when, fonds_in(code)), 0) + 1
    return found


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
