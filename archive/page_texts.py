"""What page files say, as far as it was read out of them: working state, had again from the objects.

How far the catalogue was looked through for page files stands in a line without an object, so that it is lost
with the texts and never without them. Not here: reading files, indexing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, insert, select

from archive import tables

READ, CUT, NONE, MARKED, FAILED, AWAY = "read", "cut", "none", "marked", "failed", "away"
"""What became of a file: read, read as far as is kept, it says nothing, it holds a secrecy mark (nothing
of it is kept), it cannot be read; or no site had it, so it is tried again."""
_LOOKED = ""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ReadText:
    """What was read out of one object; `text` is "" unless `state` is read or cut."""

    object_id: str
    item: str
    state: str
    text: str = ""


def put_texts(tx: Connection, found: Sequence[ReadText]) -> list[str]:
    """Write down what was read, in place of what stood there; the items that have a text now or had one.

    What belongs to no item any more is left out: it was destroyed while it was read.
    """
    table = tables.page_text
    objects = [one.object_id for one in found]
    living = _chosen(tx, select(tables.component.c.object), tables.component.c.object, objects)
    had = _chosen(tx, select(table.c.object).where(table.c.text != ""), table.c.object, objects)
    kept = [one for one in found if one.object_id in living]
    if found:
        gone = delete(table).where(table.c.object == bindparam("gone"))
        tx.execute(gone, [{"gone": one.object_id} for one in found])
    rows = [{"object": o.object_id, "item": o.item, "state": o.state, "text": o.text} for o in kept]
    if rows:
        tx.execute(insert(table), rows)
    return list(dict.fromkeys(one.item for one in kept if one.text or one.object_id in had))


def drop_texts(tx: Connection, items: Iterable[str]) -> None:
    """Take out all that was read of these items: they are destroyed."""
    rows = [{"gone": item} for item in items]
    if rows:
        tx.execute(delete(tables.page_text).where(tables.page_text.c.item == bindparam("gone")), rows)


def states_of(connection: Connection, objects: Sequence[str]) -> dict[str, str]:
    """What became of these objects, those that were looked at."""
    table = tables.page_text.c
    found: dict[str, str] = {}
    for start in range(0, len(objects), _CHUNK):
        query = select(table.object, table.state).where(table.object.in_(objects[start : start + _CHUNK]))
        found.update((name, state) for name, state in connection.execute(query))
    return found


def counted(connection: Connection) -> Mapping[str, int]:
    """How many files are in each state, those that were looked at."""
    table = tables.page_text.c
    query = select(table.state, func.count()).where(table.object != _LOOKED).group_by(table.state)
    return {state: int(count) for state, count in connection.execute(query)}


def away(connection: Connection, limit: int, after: str = "") -> list[tuple[str, str]]:
    """Files that no site had, as (object, item), by object, behind `after`."""
    table = tables.page_text.c
    query = select(table.object, table.item).where(table.state == AWAY, table.object > after)
    return [(name, item) for name, item in connection.execute(query.order_by(table.object).limit(limit))]


def looked_through(connection: Connection) -> int:
    """The entry that registered the last item whose files were all looked at; -1 at the beginning."""
    query = select(tables.page_text.c.text).where(tables.page_text.c.object == _LOOKED)
    return int(connection.execute(query).scalar() or -1)


def set_looked_through(tx: Connection, registered: int) -> None:
    """Say that the files of all items up to this entry were looked at."""
    tx.execute(delete(tables.page_text).where(tables.page_text.c.object == _LOOKED))
    line = {"object": _LOOKED, "item": "", "state": NONE, "text": str(registered)}
    tx.execute(insert(tables.page_text), [line])


def _chosen(
    tx: Connection, query: Select[Any], column: ColumnElement[str], objects: Sequence[str]
) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(objects), _CHUNK):
        found.update(tx.scalars(query.where(column.in_(objects[start : start + _CHUNK]))))
    return found
