"""Retrieval (调阅), the officer's side: granting for a time, refusing, revoking, making passcodes.

An officer decides on requests that they see (`processes.desk.retrieval_lists`), and grants items that they
handle. Nobody grants anything to themselves, nothing more than was asked for, nothing for longer than a
year. A passcode is in the answer of the decision that made it and nowhere else. A withdrawn item is granted
to nobody.

Not done here: who may decide at all (`policies.roles`), asking and opening (`processes.desk.retrievals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from archive import accounts, retrievals, visits
from archive.events import Event, RetrievalGranted, RetrievalRefused, RetrievalRevoked
from archive.retrievals import ASKED, GRANTED, Request
from ingest.tools import Tools
from policies.visitors import PREFIX
from processes.desk.passcodes import digest_of, new_passcode
from processes.desk.retrieval_lists import officer_json, seen_item, seen_request
from processes.desk.retrievals import state_of
from processes.entering import PARAGRAPH, enter, kept_text, published
from processes.errors import NotAllowedValue, NotFound, NothingChanges
from processes.finding.show import handled

VIEW, COPY = "view", "copy"

LONGEST = timedelta(days=366)
"""A grant lasts a year at most; who needs an item for longer asks again."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a request is granted: through the day `until` (ISO), as view or copy ("" is as it was
    asked), and why.
    """

    until: str
    reason: str
    mode: str = ""


def grant(tools: Tools, id_: str, terms: Terms) -> dict[str, Any]:
    """Open the item that was asked for to whoever asked. The answer's `passcode` is shown this once.

    Raises `NotFound` for a request that the officer does not see, and for an item that is not there or that
    they do not handle; `NotAllowedValue`, `NothingChanges`.
    """
    reason = kept_text(tools, "the reason", terms.reason, PARAGRAPH)
    until = _last_day(terms.until, tools.clock().date())
    passcode = new_passcode()
    digest = digest_of(passcode)
    with tools.database.write() as tx:
        found = _waiting(tools, tx, id_)
        record = handled(tx, found.code, tools.subject)
        if record.withdrawn:
            raise NotAllowedValue(f"{record.item.code} is withdrawn: nobody can be granted it")
        _need_grantee(tools, tx, found)
        event = RetrievalGranted(
            item=record.item.id,
            request=id_,
            grantee=found.account,
            mode=_mode(found, terms.mode),
            until=until,
            reason=reason,
            account=tools.subject.account,
            os_user=tools.os_user,
        )
        told = _decided(tools, tx, event, id_, digest)
    return told | {"passcode": passcode} | published(tools)


def refuse(tools: Tools, id_: str, reason: str) -> dict[str, Any]:
    """Refuse a request; whoever asked reads the reason. Raises `NotFound`, `NotAllowedValue`,
    `NothingChanges`.
    """
    reason = kept_text(tools, "the reason", reason, PARAGRAPH)
    with tools.database.write() as tx:
        _waiting(tools, tx, id_)
        event = RetrievalRefused(id_, reason, tools.subject.account, tools.os_user)
        told = _decided(tools, tx, event, id_)
    return told | published(tools)


def revoke(tools: Tools, id_: str, reason: str) -> dict[str, Any]:
    """End a grant; it holds for the next thing that anybody asks for. Raises as `refuse`."""
    reason = kept_text(tools, "the reason", reason, PARAGRAPH)
    with tools.database.write() as tx:
        found = _in_force(tools, tx, id_)
        event = RetrievalRevoked(found.item, id_, reason, tools.subject.account, tools.os_user)
        told = _decided(tools, tx, event, id_)
    return told | published(tools)


def renew_passcode(tools: Tools, id_: str) -> dict[str, Any]:
    """Make a grant another passcode; the former one opens nothing any more. Raises `NotFound`,
    `NotAllowedValue`, `NothingChanges`.
    """
    passcode = new_passcode()
    digest = digest_of(passcode)
    with tools.database.write() as tx:
        found = _in_force(tools, tx, id_)
        _need_grantee(tools, tx, found)
        retrievals.put_passcode(tx, id_, digest, tools.now())
        told = officer_json(tools, tx, found)
    return told | {"passcode": passcode}


def _decided(tools: Tools, tx: Connection, event: Event, id_: str, digest: str = "") -> dict[str, Any]:
    """Enter a decision; a grant gets its passcode, whatever else ends one."""
    now = enter(tools, tx, [event])
    if digest:
        retrievals.put_passcode(tx, id_, digest, now)
    else:
        retrievals.drop_passcode(tx, id_)
    found = retrievals.request(tx, id_)
    assert found is not None  # it was decided in this transaction
    return officer_json(tools, tx, found)


def _waiting(tools: Tools, tx: Connection, id_: str) -> Request:
    found = seen_request(tools, tx, id_)
    state = state_of(found, tools.clock().date())
    if state != ASKED:
        raise NothingChanges(f"the request {id_} waits no more: it is {state}")
    return found


def _in_force(tools: Tools, tx: Connection, id_: str) -> Request:
    """A grant of an item that the officer handles."""
    found = seen_request(tools, tx, id_)
    state = state_of(found, tools.clock().date())
    if state != GRANTED:
        raise NothingChanges(f"the request {id_} is not granted: it is {state}")
    if seen_item(tools, tx, found) is None:
        raise NotFound(f"request {id_}")
    return found


def _need_grantee(tools: Tools, tx: Connection, found: Request) -> None:
    """Whoever asked, also in a visitor's name, is somebody else, and still somebody."""
    entered = visits.asked_by(tx, found.account.removeprefix(PREFIX), found.id)
    if tools.subject.account in (found.account, entered):
        raise NotAllowedValue("nobody grants a request of their own")
    asker = accounts.account(tx, found.account)
    if asker is not None and asker.closed:
        raise NotAllowedValue(f"the account {found.account} is closed")


def _mode(found: Request, wanted: str) -> str:
    asked = COPY if found.detail["copy"] else VIEW
    if wanted not in ("", VIEW, COPY):
        raise NotAllowedValue("a grant is for view or copy")
    if wanted == COPY and asked == VIEW:
        raise NotAllowedValue("a copy was not asked for")
    return wanted or asked


def _last_day(text: str, today: date) -> str:
    """The last day of a grant. Raises `NotAllowedValue`."""
    try:
        until = date.fromisoformat(text)
    except ValueError:
        raise NotAllowedValue("the last day of a grant is written 2026-12-31") from None
    if not today <= until <= today + LONGEST:
        raise NotAllowedValue("the last day of a grant lies between today and a year from today")
    return until.isoformat()
