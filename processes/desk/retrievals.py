"""Retrieval (调阅), the asker's side: asking to see what is closed to them, opening what was granted.

What askers are told follows from what they typed, from days, and from what an officer decided: whether
anything has the code they asked for is told by a grant alone. A request that nobody decides lapses by its
day. A grant opens its item to sessions in which its passcode (调阅口令) was given, and on its days; a
passcode that was replaced opens nothing any more, in sessions where it was given either. A day is one of
UTC.

Not done here: deciding (`processes.desk`), lists (`processes.desk.retrieval_lists`), what a
granted item shows (`policies.access`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from archive import retrievals, sessions
from archive.codes import canonical_text
from archive.database import Database
from archive.events import RetrievalAsked
from archive.retrievals import ASKED, GRANTED, Passcode, Request
from ingest.identifiers import new_id
from ingest.tools import Tools
from policies.access import Subject
from processes.desk.passcodes import fits
from processes.entering import PARAGRAPH, enter, kept_text, published
from processes.errors import NotFound, PasscodeRefused, RequestsWaiting

MOST_OPEN = 50
"""So many requests of one account may wait at once."""

LAPSES = timedelta(days=90)
"""A request that was not decided by then waits no more."""

MOST_WRONG = 5
"""So many wrong tries in a row block a passcode until an officer makes another."""

LAPSED, EXPIRED = "lapsed", "expired"

_ID_SIGNS = 11


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to see and why; `copy` where looking at it is not enough."""

    code: str
    purpose: str
    copy: bool = False


def ask(tools: Tools, wanted: Wanted) -> dict[str, Any]:
    """Enter a request. The answer is the same whether anything has the code or not.

    Raises `NotAllowedValue`, and `RequestsWaiting` where the account has `MOST_OPEN` of them waiting.
    """
    account = tools.subject.account
    event = RetrievalAsked(
        request=new_id("r")[:_ID_SIGNS],
        code=canonical_text(kept_text(tools, "the code", wanted.code)),
        purpose=kept_text(tools, "the purpose", wanted.purpose, PARAGRAPH),
        copy=wanted.copy,
        account=account,
        os_user=tools.os_user,
    )
    with tools.database.write() as tx:
        if retrievals.waiting(tx, account, _first_day(tools.clock().date())) >= MOST_OPEN:
            raise RequestsWaiting(MOST_OPEN)
        enter(tools, tx, [event])
        made = retrievals.request(tx, event.request)
    assert made is not None  # it was projected in this transaction
    return own_json(made, tools.clock().date()) | published(tools)


def granted(conn: Connection, subject: Subject, opened: Mapping[str, str], today: date) -> Subject:
    """`subject` with the items that are open to it in a session that opened these requests (`open_request`):
    grants that stand today, whose passcode is still the one that was given.
    """
    if not opened:
        return subject
    standing = [
        one for one in retrievals.grants(conn, subject.account, today.isoformat()) if one.id in opened
    ]
    known = retrievals.passcodes(conn, [one.id for one in standing])
    valid = [one for one in standing if one.id in known and _mark(known[one.id]) == opened[one.id]]
    copied = {one.item for one in valid if one.told("mode") == "copy"}
    items = frozenset(one.item for one in valid)
    return replace(subject, granted=items, viewed=items - copied)


def open_request(database: Database, account: str, id_: str, passcode: str, now: datetime) -> dict[str, str]:
    """Give a grant's passcode; what `granted` wants to know of it as `opened`, for one session.

    Raises `NotFound` for a request that is not the account's own, and `PasscodeRefused`, one text for all
    else: wrong, blocked, not granted, not any more. A try counts before it is looked at, so that many at once
    are no more tries than one after another. `SlowDown` where too many are being looked at.
    """
    today = now.date()
    with database.write() as tx:
        found = retrievals.request(tx, id_)
        if found is None or found.account != account:
            raise NotFound(f"request {id_}")
        known = retrievals.passcodes(tx, [id_]).get(id_)
        if state_of(found, today) != GRANTED or (known and known.failures >= MOST_WRONG):
            known = None
        if known:
            retrievals.set_failures(tx, id_, known.digest, known.failures + 1)
    if not fits(known.digest if known else "", passcode) or known is None:
        raise PasscodeRefused
    with database.write() as tx:
        retrievals.set_failures(tx, id_, known.digest, 0)
    return {id_: _mark(known)}


def open_in_session(
    database: Database, session: str, account: str, id_: str, passcode: str, now: datetime
) -> dict[str, Any]:
    """Open a grant for the rest of a session; the request as the account is told it. Raises as above."""
    opened = open_request(database, account, id_, passcode, now)
    with database.write() as tx:
        sessions.note_opened(tx, session, opened)
        found = retrievals.request(tx, id_)
    assert found is not None  # requests do not vanish
    return own_json(found, now.date())


def subject_opening(database: Database, subject: Subject, id_: str, passcode: str, now: datetime) -> Subject:
    """`subject` with the item of one grant open, for one command. Raises as `open_request`."""
    opened = open_request(database, subject.account, id_, passcode, now)
    with database.read() as conn:
        return granted(conn, subject, opened, now.date())


def state_of(found: Request, today: date) -> str:
    """Where a request stands on a day: what was decided, or lapsed or expired by the day."""
    if found.state == ASKED and found.time < _first_day(today):
        return LAPSED
    if found.state == GRANTED and found.until < today.isoformat():
        return EXPIRED
    return found.state


def own_json(found: Request, today: date) -> dict[str, Any]:
    """A request as whoever asked is told it: their own words, the decision, and its reason where it went
    against them.
    """
    against = found.state not in (ASKED, GRANTED)
    return {
        "request": found.id,
        "account": found.account,
        "code": found.code,
        "purpose": found.told("purpose"),
        "copy": bool(found.detail["copy"]),
        "asked": found.time,
        "state": state_of(found, today),
        "mode": found.told("mode"),
        "until": found.until,
        "reason": found.told("reason") if against else "",
    }


def _first_day(today: date) -> str:
    """Requests asked since then have not lapsed."""
    return (today - LAPSES).isoformat()


def _mark(known: Passcode) -> str:
    """What a session keeps of the passcode that was given in it: it ends with that passcode."""
    return hashlib.sha256(known.digest.encode()).hexdigest()[:32]
