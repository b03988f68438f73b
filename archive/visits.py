"""Visits to the reading room, as the ledger's entries tell (a projection), and who the visitors are, which is
working state: forgotten when its time has come, and lost where the database is.

Not here: what a visitor may see, what is entered (`processes.reading_room`), certificates
(`archive.certificates`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from archive.tables_visitors import visit, visit_item, visitor
from archive.visit_events import VisitAsked, VisitClosed, VisitEntered, VisitNoted

OPEN, CLOSED = "open", "closed"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who somebody is: `document` is `kind:number`; `detail` has name, unit and contact."""

    id: str
    document: str
    first: str
    last: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `detail` has about, account (who entered it), outcome and closed_by once it is closed, and
    requests: `request` and `by` of each that was entered in the visitor's name.
    """

    id: str
    visitor: str
    purpose: str
    state: str
    entered: int
    time: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NotedItem:
    """An item that was given to a visitor."""

    entry: int
    visit: str
    code: str
    act: str
    pages: int
    time: str


@dataclass(frozen=True, slots=True)
class Which:
    """Which visits are read: of these days (ISO, both included; "" for all), in this state, of one visitor;
    `before` goes on below an entry.
    """

    since: str = ""
    until: str = ""
    state: str = ""
    visitor: str = ""
    before: int | None = None


def visits(connection: Connection, which: Which, limit: int) -> list[Visit]:
    """The newest visits among `which`."""
    query = select(visit).order_by(visit.c.entered.desc()).limit(limit)
    if which.since:
        query = query.where(visit.c.time >= which.since)
    if which.until:
        query = query.where(visit.c.time <= which.until + "T23:59:59Z")
    if which.state:
        query = query.where(visit.c.state == which.state)
    if which.visitor:
        query = query.where(visit.c.visitor == which.visitor)
    if which.before is not None:
        query = query.where(visit.c.entered < which.before)
    return [_visit(row) for row in connection.execute(query)]


def visit_of(connection: Connection, id_: str) -> Visit | None:
    """The visit of this name, whatever is typed as one."""
    if not id_.isprintable():
        return None  # no database takes it
    row = connection.execute(select(visit).where(visit.c.id == id_)).one_or_none()
    return _visit(row) if row else None


def asked_by(connection: Connection, owner: str, request: str) -> str:
    """Which account entered a request in the visitor's name; "" where nobody is known to have."""
    query = select(visit.c.detail).where(visit.c.visitor == owner)
    for text in connection.scalars(query):
        for asked in json.loads(text)["requests"]:
            if asked["request"] == request:
                return str(asked["by"])
    return ""


def noted_items(connection: Connection, ids: Sequence[str]) -> list[NotedItem]:
    """What was given in these visits, oldest first."""
    query = select(visit_item).where(visit_item.c.visit.in_(sorted(ids))).order_by(visit_item.c.entry)
    return [NotedItem(*row) for row in connection.execute(query)]


def enter_visit(tx: Connection, index: int, time: str, event: VisitEntered) -> None:
    """Project a visit."""
    detail = {"about": event.about, "account": event.account, "outcome": "", "closed_by": "", "requests": []}
    row = {"id": event.visit, "visitor": event.visitor, "purpose": event.purpose, "state": OPEN}
    tx.execute(insert(visit).values(**row, entered=index, time=time, detail=_text(detail)))


def note_item(tx: Connection, index: int, time: str, event: VisitNoted) -> None:
    """Project that an item was given to a visitor."""
    row = {"entry": index, "visit": event.visit, "code": event.code, "act": event.act, "pages": event.pages}
    tx.execute(insert(visit_item).values(**row, time=time))


def note_request(tx: Connection, event: VisitAsked) -> None:
    """Project a request that was entered in the visitor's name."""
    if found := visit_of(tx, event.visit):
        requests = [*found.detail["requests"], {"request": event.request, "by": event.account}]
        _put(tx, found, found.state, {**found.detail, "requests": requests})


def close_visit(tx: Connection, event: VisitClosed) -> None:
    """Project what a visit led to."""
    if found := visit_of(tx, event.visit):
        _put(tx, found, CLOSED, {**found.detail, "outcome": event.outcome, "closed_by": event.account})


def visitors(connection: Connection, ids: Collection[str]) -> dict[str, Visitor]:
    """Who these visitors are, as far as it is still known."""
    wanted = sorted(set(ids))
    found: dict[str, Visitor] = {}
    for first in range(0, len(wanted), _CHUNK):
        query = select(visitor).where(visitor.c.id.in_(wanted[first : first + _CHUNK]))
        found |= {row.id: _visitor(row) for row in connection.execute(query)}
    return found


def visitor_with(connection: Connection, document: str) -> Visitor | None:
    """Who showed this document before."""
    row = connection.execute(select(visitor).where(visitor.c.document == document)).one_or_none()
    return _visitor(row) if row else None


def put_visitor(tx: Connection, known: Visitor) -> None:
    """Write down who somebody is, in place of what stood there."""
    tx.execute(delete(visitor).where(visitor.c.id == known.id))
    row = {"id": known.id, "document": known.document, "first": known.first, "last": known.last}
    tx.execute(insert(visitor).values(**row, detail=_text(known.detail)))


def last_before(connection: Connection, day: str, limit: int) -> list[str]:
    """Visitors who came last before `day`."""
    query = select(visitor.c.id).where(visitor.c.last < day).order_by(visitor.c.last, visitor.c.id)
    return list(connection.scalars(query.limit(limit)))


def forget(tx: Connection, ids: Collection[str]) -> None:
    """Forget who these visitors are."""
    tx.execute(delete(visitor).where(visitor.c.id.in_(sorted(ids))))


def count_visitors(connection: Connection) -> int:
    """Of how many visitors is known who they are."""
    return int(connection.execute(select(func.count()).select_from(visitor)).scalar_one())


def _put(tx: Connection, found: Visit, state: str, detail: Mapping[str, Any]) -> None:
    tx.execute(update(visit).where(visit.c.id == found.id).values(state=state, detail=_text(detail)))


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)


def _visit(row: Row[Any]) -> Visit:
    return Visit(
        row.id, row.visitor, row.purpose, row.state, int(row.entered), row.time, json.loads(row.detail)
    )


def _visitor(row: Row[Any]) -> Visitor:
    return Visitor(row.id, row.document, row.first, row.last, json.loads(row.detail))
