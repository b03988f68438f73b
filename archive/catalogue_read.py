"""Reading the catalogue. What a person may not see is not there: absent and forbidden are the same.

Every reader that takes a `View` filters inside the query. Those without one are for the archive's own
work (audit, publishing, indexing) and for operators. Not here: searching, writing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    false,
    or_,
    select,
    true,
)

from archive import tables
from archive.model import Component, Item
from policies.access import Clause, Standing, View

_CHUNK = 500
_VIEWS_KEPT = 256
"""For so many views the statements are kept as they were made: making one takes longer than asking it."""


@dataclass(frozen=True, slots=True)
class Record:
    """An item as it stands now, corrections applied.

    `registered` is the index of the entry that registered it: unique and rising, so it serves as
    rank; `time` is that entry's.
    """

    item: Item
    registered: int
    time: str
    withdrawn: bool

    @property
    def standing(self) -> Standing:
        """What of it decides who sees it."""
        item = self.item
        return Standing(item.id, item.fonds, item.access, item.secrecy, item.holder, self.withdrawn)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch's state (registered, secured, returned), counts of rows, and its report's payload.

    `received` is the index of the entry with the report; `report` is None in a listing.
    """

    id: str
    identity: str
    source: str
    state: str
    time: str
    received: int
    registered: int
    returned: int
    report: dict[str, Any] | None


class StoredObject(NamedTuple):
    """One sealed object and whose it is, for those who check copies."""

    object_id: str
    batch: str
    item: str
    code: str
    sealed_bytes: int
    sealed_blake3: str


def item_by_code(connection: Connection, code: str, view: View) -> Record | None:
    """The item that has, or once had, the canonical `code`; None when absent or not for this view.

    An absent code takes the way of a forbidden one: the item of the next code there is is read and left, so
    that time tells the two apart as little as words do (docs/benchmarks.md). The codes are compared behind
    the item's own columns, or a database would spare itself the reading.
    """
    return next(_records(connection, _of_code(view), {"wanted": code}), None)


@lru_cache(_VIEWS_KEPT)
def _of_code(view: View) -> Select[Any]:
    table, wanted = tables.code.c, bindparam("wanted", type_=String)
    near = select(table.code, table.item).where(table.code >= wanted).order_by(table.code).limit(1).subquery()
    owned = tables.item.c.id + near.c.code == near.c.item + wanted
    return _items(view).join(near, tables.item.c.id == near.c.item).where(owned)


def item_by_id(connection: Connection, item: str, view: View) -> Record | None:
    """The item `item`; None when absent or not for this view."""
    return next(_records(connection, _items(view).where(tables.item.c.id == item)), None)


def ids_of_codes(connection: Connection, codes: Sequence[str], view: View) -> dict[str, str]:
    """The items for this view that have, or once had, these canonical codes: code to item."""
    joined = tables.code.join(tables.item, tables.code.c.item == tables.item.c.id)
    found: dict[str, str] = {}
    for chunk in _chunks(codes):
        query = select(tables.code.c.code, tables.item.c.id).select_from(joined)
        query = query.where(tables.code.c.code.in_(chunk), _visible(view))
        for code, item in connection.execute(query):
            found[code] = item
    return found


def items(connection: Connection, ids: Sequence[str], view: View) -> list[Record]:
    """Those of the items `ids` that are for this view, in the order of `ids`."""
    found: dict[str, Record] = {}
    for chunk in _chunks(ids):
        query = _items(view).where(tables.item.c.id.in_(chunk))
        found.update((record.item.id, record) for record in _records(connection, query))
    return [found[item] for item in ids if item in found]


def items_of_batch(connection: Connection, batch_id: str, view: View) -> list[Record]:
    """The batch's items that are for this view, in row order."""
    query = _items(view).where(tables.item.c.batch == batch_id)
    return list(_records(connection, query.order_by(tables.item.c.row)))


def all_items(connection: Connection, after: int = -1) -> Iterator[Record]:
    """Every item registered by an entry after index `after`, oldest first, withdrawn ones too."""
    query = select(tables.item).where(tables.item.c.registered > after)
    return _records(connection, query.order_by(tables.item.c.registered))


def items_after(
    connection: Connection, after: int, view: View, limit: int, *, fonds: Sequence[str] = (), since: str = ""
) -> list[Record]:
    """The first `limit` items for this view that were registered by an entry after index `after`, oldest
    first, withdrawn ones too; of these `fonds` (all where none are named), not before the time `since`.
    """
    query = _items(view).where(tables.item.c.registered > after)
    if fonds:
        query = query.where(tables.item.c.fonds.in_(sorted(fonds)))
    if since:
        query = query.where(tables.item.c.time >= since)
    return list(_records(connection, query.order_by(tables.item.c.registered).limit(limit)))


def codes_of(connection: Connection, item: str) -> tuple[str, tuple[str, ...]]:
    """The item's code now ("" when destroyed or unknown), and its former codes, oldest first."""
    given = select(tables.code.c.code, tables.code.c.current).where(tables.code.c.item == item)
    rows = connection.execute(given.order_by(tables.code.c.given, tables.code.c.code)).all()
    now = next((code for code, current in rows if current), "")
    return now, tuple(code for code, current in rows if not current)


def components_of(connection: Connection, item: str, view: View) -> tuple[Component, ...]:
    """The item's components in order; none when the item is absent or not for this view."""
    record = item_by_id(connection, item, view)
    return record.item.components if record else ()


def digests_known(connection: Connection, sha256s: Iterable[str], view: View) -> dict[str, str]:
    """Which of these contents stand in an item that is for this view: digest to the oldest one's code."""
    joined = tables.component.join(tables.item, tables.component.c.item == tables.item.c.id)
    known: dict[str, str] = {}
    for chunk in _chunks(list(dict.fromkeys(sha256s))):
        query = select(tables.component.c.sha256, tables.item.c.code).select_from(joined)
        query = query.where(tables.component.c.sha256.in_(chunk), _visible(view))
        for sha256, code in connection.execute(query.order_by(tables.item.c.registered)):
            known.setdefault(sha256, code)
    return known


def all_components(connection: Connection, batch_id: str = "") -> Iterator[StoredObject]:
    """Every sealed object that sites must hold, batch by batch, or one batch's; withdrawn items' too."""
    part, owner = tables.component.c, tables.item.c
    query = select(
        part.object, owner.batch, part.item, owner.code, part.sealed_bytes, part.sealed_blake3
    ).select_from(tables.component.join(tables.item, part.item == owner.id))
    if batch_id:
        query = query.where(owner.batch == batch_id)
    for row in connection.execute(query.order_by(owner.batch, part.object)):
        yield StoredObject(*row)


def batch(connection: Connection, batch_id: str) -> BatchRecord | None:
    """One batch with its report."""
    row = connection.execute(_batches(report=True).where(tables.batch.c.id == batch_id)).one_or_none()
    return _batch(row) if row else None


def batches(connection: Connection) -> list[BatchRecord]:
    """All batches, newest first, without their reports."""
    rows = connection.execute(_batches(report=False).order_by(tables.batch.c.received.desc()))
    return [_batch(row) for row in rows]


def fonds_of_batch(connection: Connection, batch_id: str) -> set[str]:
    """The fonds of the items that a batch brought and that are still there."""
    table = tables.item.c
    return set(connection.scalars(select(table.fonds).where(table.batch == batch_id).distinct()))


def registered_batch(connection: Connection, identity: str) -> BatchRecord | None:
    """The batch that was registered under this identity, if one was."""
    query = _batches(report=True).where(tables.batch.c.registered_identity == identity)
    row = connection.execute(query).one_or_none()
    return _batch(row) if row else None


def batches_of_list(connection: Connection, list_digest: str) -> list[BatchRecord]:
    """The batches that were registered from this very list, newest first, without their reports."""
    query = _batches(report=False).where(tables.batch.c.list_digest == list_digest)
    query = query.where(tables.batch.c.registered_identity.is_not(None))
    return [_batch(row) for row in connection.execute(query.order_by(tables.batch.c.received.desc()))]


def visible(view: View) -> ColumnElement[bool]:
    """The view as a condition on `item`, for readers of other modules."""
    return _visible(view)


@lru_cache(_VIEWS_KEPT)
def _items(view: View) -> Select[Any]:
    return select(tables.item).where(_visible(view))


@lru_cache(_VIEWS_KEPT)
def _visible(view: View) -> ColumnElement[bool]:
    """The view as a condition on `item`: any clause lets a record through, no clause lets none."""
    return or_(false(), *(_clause(clause) for clause in view.clauses))


def _clause(clause: Clause) -> ColumnElement[bool]:
    table = tables.item.c
    asked = (
        (table.fonds, clause.fonds),
        (table.access, clause.access),
        (table.secrecy, clause.secrecy),
        (table.holder, clause.holder),
        (table.id, clause.items),
    )
    conditions = [column.in_(sorted(values)) for column, values in asked if values is not None]
    return and_(true(), *conditions, *([] if clause.withdrawn else [table.withdrawn.is_(False)]))


def _records(
    connection: Connection, query: Select[Any], values: Mapping[str, str] | None = None
) -> Iterator[Record]:
    for row in connection.execute(query, values):
        item = Item.from_payload(json.loads(row.payload))
        yield Record(item, row.registered, row.time, bool(row.withdrawn))


def _batches(*, report: bool) -> Select[Any]:
    shown = tables.batch.c
    columns = [shown.id, shown.identity, shown.source, shown.state, shown.time, shown.received]
    return select(*columns, shown.registered, shown.returned, *([shown.report] if report else []))


def _batch(row: Row[*tuple[Any, ...]]) -> BatchRecord:
    report = json.loads(row[8]) if len(row) > 8 else None
    id_, identity, source, state, time, received, registered, returned = row[:8]
    return BatchRecord(id_, identity, source, state, time, received, registered, returned, report)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs short enough for any database's limit on parameters."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
