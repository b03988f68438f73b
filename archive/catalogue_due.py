"""Records on which access is to be decided by a day, and records that are held: for whoever handles them.

Both go by an index, so a page of a large archive costs as much as one of a small one. Not here: what falls
due when (`policies.opening`), deciding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, true, tuple_

from archive import tables
from archive.catalogue_read import Record, items, visible
from archive.destructions import Hold
from policies.access import Clause, View


@dataclass(frozen=True, slots=True)
class Due:
    """Which records: those to be decided on by the day `until`, of one `fonds` or of all (""); `after` is the
    day and identifier of the last one that was read.
    """

    until: str
    fonds: str = ""
    after: tuple[str, str] = ("", "")


def due_items(connection: Connection, view: View, asked: Due, limit: int) -> list[Record]:
    """The first `limit` of them, what fell due first first; withdrawn ones are not among them."""
    item = tables.item.c
    query = select(item.id).where(_due(view, asked.until), tuple_(item.due, item.id) > asked.after)
    if asked.fonds:
        query = query.where(_fonds() == asked.fonds)
    ids = connection.scalars(query.order_by(item.due, item.id).limit(limit)).all()
    return items(connection, ids, view)


def due_by_fonds(connection: Connection, view: View, until: str) -> list[tuple[str, int]]:
    """How many there are of each fonds, by its code."""
    item = tables.item.c
    query = select(item.fonds, func.count()).where(_due(view, until)).group_by(item.fonds)
    return [(fonds, int(count)) for fonds, count in connection.execute(query.order_by(item.fonds))]


def _due(view: View, until: str) -> ColumnElement[bool]:
    item = tables.item.c
    return (item.due > "") & (item.due <= until) & item.withdrawn.is_(False) & _within(view)


def _within(view: View) -> ColumnElement[bool]:
    """The view as a condition; where it goes by fonds alone, one that no index on fonds answers."""
    by_fonds = Clause(fonds=frozenset())
    if any(replace(clause, fonds=frozenset()) != by_fonds for clause in view.clauses):
        return visible(view)
    named = [clause.fonds for clause in view.clauses]
    if any(fonds is None for fonds in named):
        return true()
    return _fonds().in_(sorted(frozenset().union(*(fonds or () for fonds in named))))


def _fonds() -> ColumnElement[str]:
    """The fonds, in words that keep a database on the index by day, where what is due comes in order."""
    return tables.item.c.fonds.concat("")


def held_items(
    connection: Connection, view: View, limit: int, before: int | None = None
) -> list[tuple[Record, Hold]]:
    """The first `limit` held records, the newest hold first; of those that entries before `before` placed."""
    hold = tables.hold.c
    joined = tables.hold.join(tables.item, hold.item == tables.item.c.id)
    query: Select[Any] = select(hold.item, hold.reason, hold.placed).select_from(joined)
    query = query.where(visible(view))
    if before is not None:
        query = query.where(hold.placed < before)
    rows = connection.execute(query.order_by(hold.placed.desc()).limit(limit)).all()
    records = {one.item.id: one for one in items(connection, [row[0] for row in rows], view)}
    return [(records[row[0]], Hold(row[1], int(row[2]))) for row in rows if row[0] in records]


def count_held(connection: Connection, view: View) -> int:
    """How many records of the view are held."""
    joined = tables.hold.join(tables.item, tables.hold.c.item == tables.item.c.id)
    query = select(func.count()).select_from(joined).where(visible(view))
    return int(connection.execute(query).scalar_one())
