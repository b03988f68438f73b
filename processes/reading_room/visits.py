"""Visits (到馆利用登记): somebody comes, is given items, takes copies, and says what it led to.

A visitor is given what is open to them in the reading room, and what was granted in their name: all else is
as if it were not there, the same words either way. A request for what is closed is entered in the visitor's
name and decided on like every other; whoever entered it does not decide on it.

Not here: who visitors are (`processes.reading_room.visitors`), certificates (`.certificates`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from archive import catalogue, certificates, retrievals, visits
from archive.catalogue import Record
from archive.codes import canonical_text
from archive.events import Event, RetrievalAsked
from archive.visit_events import VisitAsked, VisitClosed, VisitEntered, VisitNoted
from archive.visits import Visit, Which
from ingest.identifiers import new_id
from ingest.tools import Tools
from policies.access import Subject, copying, view_of
from policies.screening import masked
from policies.visitors import ACTS, COPIED, PREFIX, SEEN, book
from processes.desk.retrievals import own_json
from processes.entering import PARAGRAPH, enter, kept_text, published
from processes.errors import NotAllowedValue, NotFound
from processes.reading_room.visitors import Person, masked_json, reader_of, taken_down
from search.errors import CursorMistake

MOST_ITEMS = 500
"""So many items are noted in one visit at most."""
MOST_PAGES = 100_000
_ID_SIGNS = 12


@dataclass(frozen=True, slots=True)
class Page:
    """Which visits are listed, newest first: of these days (ISO, both included), in this state."""

    since: str = ""
    until: str = ""
    state: str = ""
    visitor: str = ""
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An item that is given: "seen" or "copied", and how many pages were copied."""

    code: str
    act: str = SEEN
    pages: int = 0


def begin(
    tools: Tools, person: Person, purpose: str, about: str, items: Sequence[str] = ()
) -> dict[str, Any]:
    """Enter a visit, with the items that are given at once. Raises `NotAllowedValue`, and `NotFound` for an
    item that the visitor may not see: then nothing is entered.
    """
    if purpose not in book().purposes:
        raise NotAllowedValue(f"a purpose is one of {', '.join(book().purposes)}")
    about = kept_text(tools, "what the visit is about", about, PARAGRAPH, needed=False)
    by = tools.subject.account, tools.os_user
    with tools.database.write() as tx:
        visitor = taken_down(tools, tx, person)
        visit = new_id("v")[:_ID_SIGNS]
        enter(tools, tx, [VisitEntered(visit, visitor, purpose, about, *by)])
        if items:
            _give(tools, tx, the_visit(tx, visit), [Given(code) for code in items])
    return _done(tools, visit)


def note(tools: Tools, visit: str, given: Sequence[Given]) -> dict[str, Any]:
    """Note that the visitor was given items, or took copies. Raises `NotFound`, `NotAllowedValue`."""
    with tools.database.write() as tx:
        _give(tools, tx, the_visit(tx, visit), given)
    return _done(tools, visit)


def ask(tools: Tools, visit: str, code: str, purpose: str, *, copy: bool = False) -> dict[str, Any]:
    """Ask in the visitor's name to see what is closed; the answer is the same whether it is there. Raises
    `NotFound`, `NotAllowedValue`.
    """
    by = tools.subject.account, tools.os_user
    with tools.database.write() as tx:
        found = the_visit(tx, visit)
        asked = RetrievalAsked(
            request=new_id("r")[:_ID_SIGNS],
            code=canonical_text(kept_text(tools, "the code", code)),
            purpose=kept_text(tools, "the purpose", purpose, PARAGRAPH),
            copy=copy,
            account=PREFIX + found.visitor,
            os_user=tools.os_user,
        )
        enter(tools, tx, [asked, VisitAsked(visit, asked.request, *by)])
    return _done(tools, visit)


def close(tools: Tools, visit: str, outcome: str) -> dict[str, Any]:
    """Say what the visit led to (利用效果); said again, the newest counts. Raises `NotFound`,
    `NotAllowedValue`.
    """
    outcome = kept_text(tools, "the outcome", outcome, PARAGRAPH)
    with tools.database.write() as tx:
        the_visit(tx, visit)
        enter(tools, tx, [VisitClosed(visit, outcome, tools.subject.account, tools.os_user)])
    return _done(tools, visit)


def listed(tools: Tools, page: Page) -> dict[str, Any]:
    """Visits, newest first, with who came; `cursor` is where the rest begins. Raises `CursorMistake`."""
    with tools.database.read() as conn:
        before = None
        if page.cursor:
            at = visits.visit_of(conn, page.cursor)
            if at is None:
                raise CursorMistake
            before = at.entered
        which = Which(page.since, page.until, page.state, page.visitor, before)
        some = visits.visits(conn, which, page.limit + 1)
        shown = some[: page.limit]
        known = visits.visitors(conn, [one.visitor for one in shown])
        noted = visits.noted_items(conn, [one.id for one in shown])
    rows = []
    for one in shown:
        own = [item for item in noted if item.visit == one.id]
        used = {"items": len({item.code for item in own}), "pages": sum(item.pages for item in own)}
        rows.append(_head(one) | {"visitor": masked_json(one.visitor, known.get(one.visitor))} | used)
    return {"visits": rows, "cursor": shown[-1].id if len(some) > page.limit else None}


def shown(tools: Tools, visit: str) -> dict[str, Any]:
    """One visit: who, what for, what was given, asked for and certified, and what it led to. Titles stand
    there as far as whoever reads the register sees the item today. Raises `NotFound`.
    """
    today = tools.clock().date()
    with tools.database.read() as conn:
        found = the_visit(conn, visit)
        known = visits.visitors(conn, [found.visitor]).get(found.visitor)
        noted = visits.noted_items(conn, [visit])
        titles = {code: _title(tools, conn, code) for code in {one.code for one in noted}}
        asked = [retrievals.request(conn, one["request"]) for one in found.detail["requests"]]
        issued = certificates.of_visits(conn, [visit])
    given = [
        {
            "code": one.code,
            "title": titles[one.code],
            "act": one.act,
            "pages": one.pages,
            "time": one.time,
        }
        for one in noted
    ]
    return _head(found) | {
        "visitor": masked_json(found.visitor, known),
        "items": given,
        "requests": [own_json(one, today) for one in asked if one is not None],
        "certificates": [{"certificate": one.id, "state": one.state, "time": one.time} for one in issued],
    }


def seen_by_visitor(conn: Connection, reader: Subject, code: str, *, copy: bool) -> Record:
    """The item that has this code, as far as the visitor (`reader_of`) may see it, or have a copy of it.
    Raises `NotFound`: absent and forbidden alike.
    """
    subject = copying(reader) if copy else reader
    record = catalogue.item_by_code(conn, canonical_text(code), view_of(subject))
    if record is None:
        raise NotFound(f"item {code}")
    return record


def the_visit(conn: Connection, visit: str) -> Visit:
    """The visit of this name. Raises `NotFound`."""
    found = visits.visit_of(conn, visit)
    if found is None:
        raise NotFound(f"visit {visit}")
    return found


def _give(tools: Tools, tx: Connection, found: Visit, given: Sequence[Given]) -> None:
    if not given:
        raise NotAllowedValue("name the items that were given")
    if len(visits.noted_items(tx, [found.id])) + len(given) > MOST_ITEMS:
        raise NotAllowedValue(f"a visit has at most {MOST_ITEMS} items")
    by, reader = (tools.subject.account, tools.os_user), reader_of(tx, found, tools.clock().date())
    events: list[Event] = []
    for one in given:
        _need_sound(one)
        record = seen_by_visitor(tx, reader, one.code, copy=one.act == COPIED)
        events.append(VisitNoted(found.id, record.item.code, one.act, one.pages, *by))
    enter(tools, tx, events)


def _need_sound(given: Given) -> None:
    if given.act not in ACTS:
        raise NotAllowedValue(f"an item was one of {', '.join(ACTS)}")
    if not 0 <= given.pages <= MOST_PAGES:
        raise NotAllowedValue(f"the pages that were copied are 0 to {MOST_PAGES}")
    if given.pages and given.act == SEEN:
        raise NotAllowedValue("pages are of what was copied")


def _title(tools: Tools, conn: Connection, code: str) -> str:
    record = catalogue.item_by_code(conn, code, view_of(tools.subject))
    return masked(str(record.item.fields.get("title", ""))) if record else ""


def _head(one: Visit) -> dict[str, Any]:
    told = {name: one.detail[name] for name in ("about", "account", "outcome", "closed_by")}
    return {"visit": one.id, "time": one.time, "purpose": one.purpose, "state": one.state, **told}


def _done(tools: Tools, visit: str) -> dict[str, Any]:
    return shown(tools, visit) | published(tools)
