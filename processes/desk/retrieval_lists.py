"""Requests as they are listed: everybody's own, and to officers those that concern the fonds they handle.

An officer sees a request whose code, as it was typed, names a fonds that they handle, whether anything has
that code or not, and one that means an item they handle. Else a refusal would tell askers that something is
there: what is not there can be refused as well. Of a decision on an item of other fonds an officer is told
that there was one.

Not done here: asking (`processes.desk.retrievals`), deciding (`processes.desk.retrieval_decisions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from archive import catalogue, retrievals
from archive.catalogue import Record
from archive.retrievals import ASKED, GRANTED, REFUSED, Request
from ingest.tools import Tools
from policies.access import view_of
from policies.roles import role_book
from policies.ruleset import RuleSet
from processes.desk.retrievals import EXPIRED, LAPSED, MOST_WRONG, own_json, state_of
from processes.errors import NotFound
from search.errors import CursorMistake

DECIDED = "decided"
"""What an officer is told of a request that another one decided on, for an item of other fonds."""

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Which requests are listed, newest first: those that wait or are in force, or `every` one."""

    every: bool = False
    limit: int = 50
    cursor: str = ""


def listed(tools: Tools, page: Page) -> dict[str, Any]:
    """The requests that the account sees. `cursor` is where the rest begins, None where there is none.

    Raises `CursorMistake`.
    """
    officer = may_decide(tools)
    whose = "" if officer else tools.subject.account
    states = () if page.every else (ASKED, GRANTED)
    rows: list[dict[str, Any]] = []
    with tools.database.read() as conn:
        before = _place(tools, conn, page.cursor)
        while True:
            some = retrievals.requests(conn, _PAGE, before=before, account=whose, states=states)
            seen = _seen(tools, conn, some) if officer else {}
            for one in some:
                if not _is_listed(tools, one, page, one.id in seen):
                    continue
                if len(rows) == page.limit:
                    return {"requests": rows, "cursor": rows[-1]["request"]}
                rows.append(_row(tools, conn, one, one.id in seen, seen.get(one.id)))
            if len(some) < _PAGE:
                return {"requests": rows, "cursor": None}
            before = some[-1].asked


def one(tools: Tools, id_: str) -> dict[str, Any]:
    """One request, as the account is told it. Raises `NotFound`: not its own, and none that it decides on."""
    with tools.database.read() as conn:
        found = retrievals.request(conn, id_)
        seen = _seen(tools, conn, [found]) if found and may_decide(tools) else {}
        if found is None or (found.account != tools.subject.account and id_ not in seen):
            raise NotFound(f"request {id_}")
        return _row(tools, conn, found, id_ in seen, seen.get(id_))


def _is_listed(tools: Tools, one: Request, page: Page, seen: bool) -> bool:
    over = state_of(one, tools.clock().date()) in (LAPSED, EXPIRED)
    return (seen or one.account == tools.subject.account) and (page.every or not over)


def may_decide(tools: Tools) -> bool:
    """Whether the account decides on requests at all, from where it works."""
    return role_book().may(tools.subject.roles, "grant")


def concerned(tools: Tools, conn: Connection, some: Iterable[Request]) -> list[Request]:
    """Those of the requests that the officer sees, in their order."""
    some = list(some)
    named = {one.id for one in some if _is_named(tools, one)}
    seen = named | set(_seen(tools, conn, [one for one in some if one.id not in named]))
    return [one for one in some if one.id in seen]


def seen_request(tools: Tools, conn: Connection, id_: str) -> Request:
    """A request that the officer sees. Raises `NotFound`."""
    found = retrievals.request(conn, id_)
    if found is None or found.id not in _seen(tools, conn, [found]):
        raise NotFound(f"request {id_}")
    return found


def seen_item(tools: Tools, conn: Connection, found: Request) -> Record | None:
    """The item that a request means, where the officer handles it: the granted one, or what has the code."""
    return _seen(tools, conn, [found]).get(found.id)


def officer_json(tools: Tools, conn: Connection, found: Request) -> dict[str, Any]:
    """A request as an officer is told it."""
    return _row(tools, conn, found, True, seen_item(tools, conn, found))


def fonds_named(code: str, rules: RuleSet) -> str:
    """The fonds that a code names as it is written, whatever follows; "" for none."""
    first = code.partition("-")[0]
    level = rules.code.level("fonds")
    return first if level is not None and re.fullmatch(level.pattern, first) else ""


def _seen(tools: Tools, conn: Connection, some: Iterable[Request]) -> dict[str, Record | None]:
    """Those of the requests that the officer sees, with the item where they handle it."""
    some, subject = list(some), tools.subject
    view = view_of(subject).handled
    by_code = catalogue.ids_of_codes(conn, [one.code for one in some if not one.item], view)
    ids = {one.id: one.item or by_code.get(one.code, "") for one in some}
    records = {one.item.id: one for one in catalogue.items(conn, sorted(set(ids.values())), view)}
    seen = {one.id: records.get(ids[one.id]) for one in some}
    named = {one.id for one in some if _is_named(tools, one)}
    return {id_: record for id_, record in seen.items() if record is not None or id_ in named}


def _is_named(tools: Tools, one: Request) -> bool:
    """Whether the code, as it was typed, names a fonds that the officer handles."""
    fonds = tools.subject.handles
    return fonds is None or fonds_named(one.code, tools.rules) in fonds


def _row(
    tools: Tools, conn: Connection, one: Request, as_officer: bool, record: Record | None
) -> dict[str, Any]:
    told = own_json(one, tools.clock().date())
    if not as_officer:
        return told
    decision = {name: one.told(name) for name in ("reason", "by", "decided")}
    told |= {"item": _item(record), "passcode_state": "", **decision}
    if one.state not in (ASKED, REFUSED) and record is None and not _all(tools):
        return told | {"state": DECIDED, **dict.fromkeys(("mode", "until", "reason", "by", "decided"), "")}
    if told["state"] == GRANTED:
        told["passcode_state"] = _passcode(conn, one.id)
    return told


def _all(tools: Tools) -> bool:
    return tools.subject.handles is None


def _item(record: Record | None) -> dict[str, Any] | None:
    """What of the item helps to decide."""
    if record is None:
        return None
    item = record.item
    shown = {"code": item.code, "title": item.fields.get("title", ""), "access": item.access}
    return shown | {"withdrawn": record.withdrawn, "components": len(item.components)}


def _passcode(conn: Connection, id_: str) -> str:
    """How a grant's passcode stands: ready, blocked, or none."""
    known = retrievals.passcodes(conn, [id_]).get(id_)
    if known is None:
        return "none"
    return "blocked" if known.failures >= MOST_WRONG else "ready"


def _place(tools: Tools, conn: Connection, cursor: str) -> int | None:
    """The entry below which a list goes on. A cursor is the last request that was listed: it says nothing of
    the ledger's length. Raises `CursorMistake`.
    """
    if not cursor:
        return None
    found = retrievals.request(conn, cursor)
    own = found is not None and found.account == tools.subject.account
    if found is None or not (own or (may_decide(tools) and _seen(tools, conn, [found]))):
        raise CursorMistake
    return found.asked
