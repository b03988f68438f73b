"""How many requests wait, for whoever opens the desk: counted where they are, told with a few codes.

Not done here: listing them (`retrieval_lists`), deciding.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from archive import retrievals
from archive.retrievals import ASKED, GRANTED, Request
from ingest.tools import Tools
from processes.desk.retrieval_lists import concerned, may_decide
from processes.desk.retrievals import state_of

NAMED = 3
"""So many codes are told of each, the newest."""

_PAGE = 500


def counted(tools: Tools) -> dict[str, Any]:
    """`waiting`: of one's own requests those that are `granted` today and those still `asked`, and for an
    officer those `to_decide`, each with its `count` and the newest `codes`. The shape of a list, without one.
    """
    with tools.database.read() as conn:
        own = _standing(tools, _pages(conn, (ASKED, GRANTED), tools.subject.account))
        waiting = {
            "granted": _told(one for one in own if one.state == GRANTED),
            "asked": _told(one for one in own if one.state == ASKED),
        }
        if may_decide(tools):
            waiting["to_decide"] = _told(_to_decide(tools, conn))
    return {"requests": [], "cursor": None, "waiting": waiting}


def _to_decide(tools: Tools, conn: Connection) -> Iterable[Request]:
    """What others asked for and this officer decides on."""
    asked = _standing(tools, _pages(conn, (ASKED,), ""))
    return concerned(tools, conn, [one for one in asked if one.account != tools.subject.account])


def _standing(tools: Tools, some: Iterable[Request]) -> list[Request]:
    """Those that did not lapse, and whose last day is not over."""
    today = tools.clock().date()
    return [one for one in some if state_of(one, today) in (ASKED, GRANTED)]


def _pages(conn: Connection, states: tuple[str, ...], account: str) -> Iterable[Request]:
    before = None
    while True:
        some = retrievals.requests(conn, _PAGE, before=before, account=account, states=states)
        yield from some
        if len(some) < _PAGE:
            return
        before = some[-1].asked


def _told(some: Iterable[Request]) -> dict[str, Any]:
    found = list(some)
    return {"count": len(found), "codes": [one.code for one in found[:NAMED]]}
