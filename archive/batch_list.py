"""The ledger's batches as a list: newest first, some at a time, by state and name, for whom they are.

A batch is for whoever handles the fonds of all of its items that are still there, and for whoever handed it
in. Not here: batches in hand (`archive.working`), reports (`archive.catalogue`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, or_, select, true

from archive import tables
from archive.catalogue_read import BatchRecord
from policies.canonical import canonical

WAITING = "waiting"
_table, _item = tables.batch.c, tables.item.c


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which batches: for whom (`handles` None: every fonds; `account` of whoever asks), `batch` that one
    alone, in a `state`, with `name` in what they are called.

    `published` is how far enough sites have the ledger: what ends beyond it waits for sites.
    """

    account: str
    handles: frozenset[str] | None
    published: int
    batch: str = ""
    state: str = ""
    name: str = ""


def listed(
    conn: Connection, chosen: Chosen, before: int | None = None, most: int | None = None
) -> list[BatchRecord]:
    """Those whose report stands before the entry `before`, newest first, at most so many; without reports."""
    names = (_table.id, _table.identity, _table.source, _state(chosen).label("state"), _table.time)
    query = select(*names, _table.received, _table.registered, _table.returned).where(_matches(chosen))
    if before is not None:
        query = query.where(_table.received < before)
    rows = conn.execute(query.order_by(_table.received.desc()).limit(most))
    return [_record(row) for row in rows]


def counted(conn: Connection, chosen: Chosen) -> int:
    """How many there are."""
    query = select(func.count()).select_from(tables.batch).where(_matches(chosen))
    return int(conn.execute(query).scalar_one())


def _record(row: Row[Any]) -> BatchRecord:
    shown = (row.id, row.identity, row.source, row.state, row.time)
    return BatchRecord(*shown, row.received, row.registered, row.returned, None)


def _state(chosen: Chosen) -> ColumnElement[str]:
    waits = and_(_table.state != "returned", _table.received + 1 + _table.registered > chosen.published)
    return case((waits, WAITING), else_=_table.state)


def _matches(chosen: Chosen) -> ColumnElement[bool]:
    found = [true() if chosen.handles is None else or_(_theirs(chosen.handles), _own(chosen.account))]
    if chosen.batch:
        found.append(_table.id == chosen.batch)
    if chosen.state:
        found.append(_state(chosen) == chosen.state)
    if chosen.name:
        found.append(
            or_(
                _table.source.icontains(chosen.name, autoescape=True),
                _table.id.contains(chosen.name, autoescape=True),
            )
        )
    return and_(*found)


def _theirs(handles: frozenset[str]) -> ColumnElement[bool]:
    of_batch = select(_item.id).where(_item.batch == _table.id)
    return and_(exists(of_batch), ~exists(of_batch.where(_item.fonds.not_in(sorted(handles)))))


def _own(account: str) -> ColumnElement[bool]:
    """By how every report begins, which is canonical JSON: it may be long, and is not read."""
    begins = [canonical({"accept": one, "account": account}).decode()[:-1] for one in ("all", "passing")]
    return or_(*(func.substr(_table.report, 1, len(one) + 1) == f"{one}," for one in begins))
