"""Corrections: describe, recode, withdraw. Each is a ledger entry with old value, new value and reason.

A new description never changes the code; a former code resolves for ever and is never given again.
A correction is acknowledged when it is published, as a batch is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archive import catalogue, working
from archive.codes import format_code, item_number, parse, series_of
from archive.events import Event, ItemDescribed, ItemRecoded, ItemWithdrawn
from archive.model import CODED_FIELDS
from ingest.errors import NotForThisFonds
from ingest.publish import publish
from ingest.tools import Tools
from policies.access import handles
from policies.findings import Severity, text
from policies.inspection import has_mark, judge_field
from processes.errors import NotAllowedValue, NothingChanges, UnknownField
from processes.finding.index import feed_or_leave
from processes.finding.show import handled
from search.living import LivingIndex
from storage.errors import TooFewCopies

MOST_DIGITS = 9
NOT_DESCRIBED = CODED_FIELDS | {"access", "file", "role", "sha256"}


def describe(
    tools: Tools, index: LivingIndex, code: str, changes: Mapping[str, str], reason: str
) -> dict[str, Any]:
    """Correct fields of an item's description; "" clears one.

    Field names in English or Chinese, as in the list. Raises `NotFound`, `UnknownField`,
    `NotAllowedValue`, `NothingChanges`.
    """
    _need(tools, reason)
    record = _record(tools, code)
    events: list[Event] = []
    for name, value in changes.items():
        field = _field(tools, name)
        new = _value(tools, field, value)
        old = record.item.fields.get(field, "")
        if old != new:
            events.append(
                ItemDescribed(record.item.id, field, old, new, reason, tools.subject.account, tools.os_user)
            )
    return _enter(tools, index, record, events, record.item.code)


def recode(tools: Tools, index: LivingIndex, code: str, new_code: str, reason: str) -> dict[str, Any]:
    """Give an item another code, of a fonds that the account handles as well: whether a code of another one
    was ever given is not its business. Raises `MalformedCode`, `CodeTaken`, `NotFound`, `NothingChanges`,
    `NotForThisFonds`.
    """
    _need(tools, reason)
    record = _record(tools, code)
    profile = tools.rules.code
    parsed = parse(new_code, profile)
    new = format_code(parsed, profile)
    fonds = dict(parsed.parts).get("fonds", record.item.fonds)
    if not handles(tools.subject, fonds):
        raise NotForThisFonds([fonds], tools.subject.account)
    if new == record.item.code:
        raise NothingChanges(f"{code} has that code already")
    for part, value in parsed.parts:
        if part in CODED_FIELDS:
            _value(tools, part, value)
    if item_number(parsed) >= 10**MOST_DIGITS:
        raise NotAllowedValue(f"{new} has a number that no series reaches")
    parts = {name: value for name, value in dict(parsed.parts).items() if name in CODED_FIELDS}
    event = ItemRecoded(
        item=record.item.id,
        old=record.item.code,
        new=new,
        series=series_of(dict(parsed.parts), profile),
        number=item_number(parsed),
        parts=parts,
        reason=reason,
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    return _enter(tools, index, record, [event], new)


def withdraw(tools: Tools, index: LivingIndex, code: str, reason: str) -> dict[str, Any]:
    """Take an item out of what is found. It stays kept, provable and under its code."""
    _need(tools, reason)
    record = _record(tools, code)
    if record.withdrawn:
        raise NothingChanges(f"{code} is withdrawn already")
    event = ItemWithdrawn(record.item.id, reason, tools.subject.account, tools.os_user)
    return _enter(tools, index, record, [event], record.item.code)


def _record(tools: Tools, code: str) -> catalogue.Record:
    with tools.database.read() as conn:
        return handled(conn, code, tools.subject)


def _need(tools: Tools, reason: str) -> None:
    """A reason there must be, and none that would put a state secret into the ledger."""
    if not reason.strip():
        raise NotAllowedValue("a correction needs a reason")
    if has_mark(reason, tools.rules):
        raise NotAllowedValue("the reason holds a secrecy mark; nothing was entered")


def _field(tools: Tools, name: str) -> str:
    """The field that `name` means, by its English name or any heading of the rule set."""
    for field, headings in tools.rules.list.headings.items():
        if name == field or name in headings:
            if field in NOT_DESCRIBED:
                raise UnknownField(f"{field} is not corrected by describing it")
            return field
    raise UnknownField(f"items have no field {name!r}")


def _value(tools: Tools, field: str, value: str) -> str:
    """The value as the list would have it. Raises `NotAllowedValue` with the finding's sentence."""
    normal, findings = judge_field(field, value, tools.rules, today=tools.clock().date())
    for note in findings:
        if note.severity is Severity.FAIL:
            raise NotAllowedValue(text(note, "en"))
    return normal


def _enter(
    tools: Tools, index: LivingIndex, record: catalogue.Record, events: Sequence[Event], code: str
) -> dict[str, Any]:
    """Enter, project, index, publish; the answer says what changed.

    `waiting` says why it is entered but not yet at enough sites; nothing of it is lost, and the
    next publishing brings it there.
    """
    if not events:
        _publish(tools)
        raise NothingChanges(f"{record.item.code} has these values already")
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, events, tools.now())
        working.enqueue(tx, [record.item.id], narrowed=True)
    feed_or_leave(tools.database, index, tools.work)
    changes = [
        {
            "field": getattr(event, "field", event.type.removeprefix("item.")),
            "old": getattr(event, "old", ""),
            "new": getattr(event, "new", ""),
        }
        for event in events
    ]
    waiting = _publish(tools)
    answer = {"code": code, "id": record.item.id, "changes": changes}
    return answer | ({"waiting": waiting} if waiting else {})


def _publish(tools: Tools) -> str:
    """Publish what is entered; why it has to wait, or nothing."""
    try:
        publish(tools)
    except TooFewCopies as fault:
        return str(fault)
    return ""
