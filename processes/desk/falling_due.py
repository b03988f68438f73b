"""What falls due for a decision on access, with what is proposed for it; and what is held.

The queue has what is 25 years old and was never opened, what an earlier decision said to look at again, and
what was marked secret for a time that is over; all of it is of fonds that the account handles, whose staff
read their marks.
What is proposed is opening, where nothing speaks against it; everything else is for people to write: a
restriction names its clause and its day. Not done here: deciding (`appraise`), the days (`policies.opening`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from archive.catalogue_due import Due, count_held, due_by_fonds, due_items, held_items
from archive.catalogue_read import Record
from ingest.tools import Tools
from policies.access import OPEN, UNKNOWN_MARK
from policies.opening import opening_day
from policies.ruleset import RuleSet
from policies.screening import identifiers
from processes.desk.appraise import handled
from search.errors import CursorMistake

MOST_AHEAD = 3660
"""So many days ahead a list may look."""

_ABOUT = ("title", "author", "date", "pages", "opening_opinion", "disclosure", "secrecy", "secrecy_period")
_TEXTS = ("title", "keywords", "abstract")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the queue: what is due in `within` days, of one fonds or of all that are handled."""

    within: int = 0
    fonds: str = ""
    limit: int = 50
    cursor: str = ""


def falling_due(tools: Tools, asked: Asked) -> dict[str, Any]:
    """How many by fonds, and a page of them with what is proposed for each; with a limit of 0 no page.

    Raises `CursorMistake`.
    """
    until = (tools.clock().date() + timedelta(days=min(asked.within, MOST_AHEAD))).isoformat()
    with tools.database.read() as conn:
        after = _place(conn, tools, asked.cursor)
        wanted = Due(until, asked.fonds, after)
        records = due_items(conn, handled(tools), wanted, asked.limit + 1) if asked.limit else []
        counts = due_by_fonds(conn, handled(tools), until)
    shown = records[: asked.limit]
    return {
        "until": until,
        "total": sum(count for _, count in counts),
        "fonds": [{"fonds": fonds, "count": count} for fonds, count in counts],
        "items": [_told(tools.rules, one) for one in shown],
        "cursor": _cursor(shown[-1]) if shown and len(records) > asked.limit else None,
    }


def cautions(rules: RuleSet, record: Record) -> list[str]:
    """What speaks against opening a record without a second look: `secrecy`, a mark that nobody knows (it is
    never opened so); `marked`, a mark below a state secret; `opinion`, the transferor said otherwise;
    `holder`, the depositor asked for something; `personal`, somebody may be named by a number.
    """
    item = record.item
    opinion = rules.access_of(item.fields.get("opening_opinion", ""))
    found = {
        "secrecy": item.secrecy == UNKNOWN_MARK,
        "marked": item.secrecy not in ("", UNKNOWN_MARK),
        "opinion": opinion not in ("", OPEN),
        "holder": bool(item.holder),
        "personal": any(identifiers(item.fields.get(name, "")) for name in _TEXTS),
    }
    return [name for name, holds in found.items() if holds]


def held(tools: Tools, limit: int, cursor: str) -> dict[str, Any]:
    """A page of what is held, the newest hold first: why and since when, and how many are in all; with a
    `limit` of 0 nothing but that. Raises `CursorMistake`.
    """
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise CursorMistake
    with tools.database.read() as conn:
        found = held_items(conn, handled(tools), limit + 1, int(cursor) if cursor else None) if limit else []
        shown, total = found[:limit], count_held(conn, handled(tools))
        since = {hold.placed: tools.ledger.entry(conn, hold.placed).time for _, hold in shown}
    lines = [
        {
            "code": record.item.code,
            "title": record.item.fields.get("title", ""),
            "reason": hold.reason,
            "since": since[hold.placed],
        }
        for record, hold in shown
    ]
    further = str(shown[-1][1].placed) if shown and len(found) > limit else None
    return {"holds": lines, "total": total, "cursor": further}


def _told(rules: RuleSet, record: Record) -> dict[str, Any]:
    """A record as whoever decides is told it."""
    item = record.item
    against = cautions(rules, record)
    proposed = "" if against else OPEN
    return {
        "code": item.code,
        "fonds": item.fonds,
        "year": item.year,
        "retention": item.retention,
        "access": item.access,
        "due": item.due,
        "opens": opening_day(item.fields.get("date", "")),
        "secrecy_over": item.secrecy_over,
        "ground": _ground(record),
        "appraisal": dict(item.appraisal),
        **{name: item.fields.get(name, "") for name in _ABOUT},
        "cautions": against,
        "proposed": proposed,
    }


def _ground(record: Record) -> str:
    """Why it falls due: `review`, an earlier decision named the day; `secrecy`, the period of its mark ran
    out; `age`, it is 25 years old.
    """
    item = record.item
    if item.appraisal.get("until"):
        return "review"
    return "secrecy" if item.due == item.secrecy_over else "age"


def _cursor(record: Record) -> str:
    return f"{record.item.due}.{record.item.code}"


def _place(conn: Connection, tools: Tools, cursor: str) -> tuple[str, str]:
    """The day and the item after which a page begins. Raises `CursorMistake`."""
    if not cursor:
        return "", ""
    due, dot, code = cursor.partition(".")
    found = catalogue.ids_of_codes(conn, [code], handled(tools))
    if not dot or code not in found:
        raise CursorMistake
    return due, found[code]
