"""Who visitors are: taken down at the desk, known again by their document, shown masked, forgotten in time.

It is personal data: it stands in one working table, bounded to what the register needs, and never in the
ledger, at a site, in a log or in an answer that is not for the desk. What a visitor may see is what the
public sees in the reading room, and what was granted in their name.

Not here: visits (`processes.reading_room.visits`), who keeps the register (`policies.roles`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from archive import retrievals, visits
from archive.visit_events import VisitorsForgotten
from archive.visits import Visit, Visitor
from ingest.identifiers import new_id
from ingest.tools import Tools
from policies.access import Subject
from policies.visitors import (
    PREFIX,
    book,
    erased_before,
    masked_contact,
    masked_number,
    number_fits,
    plain_number,
    visiting,
)
from processes.entering import enter, kept_text, published
from processes.errors import NotAllowedValue, NotFound

_ID_SIGNS = 12
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody says they are: the kind and number of their document, name, unit, how to reach them."""

    document: str
    number: str
    name: str
    unit: str = ""
    contact: str = ""


def taken_down(tools: Tools, tx: Connection, person: Person) -> str:
    """Write down who somebody is, over what they said when they came before; their identifier. Raises
    `NotAllowedValue`.
    """
    checked, today = _checked(tools, person), tools.clock().date().isoformat()
    document = f"{checked.document}:{checked.number}"
    before = visits.visitor_with(tx, document)
    id_ = before.id if before else new_id("w")[:_ID_SIGNS]
    detail = {"name": checked.name, "unit": checked.unit, "contact": checked.contact}
    first = before.first if before else today
    visits.put_visitor(tx, Visitor(id_, document, first, today, detail))
    return id_


def masked_json(id_: str, known: Visitor | None) -> dict[str, Any]:
    """A visitor as the register shows them: the name, and of the number as much as tells two apart."""
    if known is None:
        nothing = dict.fromkeys(("name", "document", "number", "unit", "contact"), "")
        return {"visitor": id_, "forgotten": True, **nothing}
    kind, _, number = known.document.partition(":")
    return {
        "visitor": id_,
        "forgotten": False,
        "name": known.detail["name"],
        "document": kind,
        "number": masked_number(number),
        "unit": known.detail["unit"],
        "contact": masked_contact(known.detail["contact"]),
    }


def whole_json(tools: Tools, id_: str) -> dict[str, Any]:
    """A visitor with the whole number and contact; whoever asks is in the use journal. Raises `NotFound`."""
    with tools.database.read() as conn:
        known = visits.visitors(conn, [id_]).get(id_) if id_.isprintable() else None
    if known is None:
        raise NotFound(f"visitor {id_}")
    told = masked_json(id_, known)
    number = known.document.partition(":")[2]
    return told | {
        "number": number,
        "contact": known.detail["contact"],
        "first": known.first,
        "last": known.last,
    }


def reader_of(conn: Connection, found: Visit, today: date) -> Subject:
    """A visitor as a reader today: what was granted in their name is open to them at the desk, where they
    were seen with their document; no passcode is asked for.
    """
    grants = retrievals.grants(conn, PREFIX + found.visitor, today.isoformat())
    items = frozenset(one.item for one in grants)
    copied = {one.item for one in grants if one.told("mode") == "copy"}
    return visiting(found.visitor, items, items - copied)


def forget(tools: Tools, days: int) -> dict[str, Any]:
    """Forget who came last more than `days` ago (0: nobody); how many that were, and how many are known.

    Nothing is done in a read-only home.
    """
    day = erased_before(tools.clock().date(), days)
    gone = 0
    while day and not tools.database.read_only and (some := _forgotten(tools, day)):
        gone += some
    with tools.database.read() as conn:
        left = visits.count_visitors(conn)
    return {"forgotten": gone, "known": left, "days": days} | (published(tools) if gone else {})


def forgets_next(tools: Tools, days: int) -> str:
    """The day from which on somebody who came today is forgotten; "" for never."""
    return (tools.clock().date() + timedelta(days=days + 1)).isoformat() if days else ""


def _forgotten(tools: Tools, day: str) -> int:
    with tools.database.write() as tx:
        ids = visits.last_before(tx, day, _AT_ONCE)
        if ids:
            visits.forget(tx, ids)
            enter(tools, tx, [VisitorsForgotten(tuple(ids), tools.subject.account, tools.os_user)])
    return len(ids)


def _checked(tools: Tools, person: Person) -> Person:
    """The same in one normal form. Raises `NotAllowedValue`."""
    if person.document not in book().documents:
        raise NotAllowedValue(f"a document is one of {', '.join(book().documents)}")
    number = plain_number(kept_text(tools, "the number", person.number))
    if not number_fits(person.document, number):
        raise NotAllowedValue("the number cannot be one of this kind of document")
    return replace(
        person,
        number=number,
        name=kept_text(tools, "the name", person.name),
        unit=kept_text(tools, "the unit", person.unit, needed=False),
        contact=kept_text(tools, "the contact", person.contact, needed=False),
    )
