"""Keeping the fonds register (全宗名册) and fonds files (全宗卷): each change is a ledger entry with its
reason.

Whoever keeps the register does so for the fonds they handle. A fonds is entered once; another name is added
to the former ones; a successor is linked, and the codes of what was registered stay what they are. Links
make no circle. The fonds file takes papers under the sections of the rule set, as text or as records that
hold them.

Not done here: what the register shows to whom (`processes.desk`), who keeps it (`policies.roles`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from archive import fonds as register
from archive.events import Event, FondsDescribed, FondsEntered, FondsFiled, FondsLinked, FondsNamed
from archive.fonds import DESCRIBED, Fonds
from ingest.errors import NotForThisFonds
from ingest.identifiers import new_id
from ingest.tools import Tools
from policies.access import handles
from policies.dates import read_date
from policies.findings import Severity, text
from policies.inspection import judge_field
from processes.desk.fonds_shown import as_json
from processes.entering import PAPER, PARAGRAPH, enter, kept_text, published
from processes.errors import NotAllowedValue, NotFound, NothingChanges, UnknownField
from processes.finding.show import handled

_DATES = ("since", "until")
_MOST_ITEMS = 100
_PAPER_SIGNS = 11


@dataclass(frozen=True, slots=True)
class NewFonds:
    """A fonds to be entered, with its first known name and its dates as far as they are known."""

    code: str
    name: str
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper for the fonds file: its whole text, or the codes of records that hold it, or both."""

    section: str
    title: str
    date: str = ""
    text: str = ""
    items: Sequence[str] = ()


def enter_fonds(tools: Tools, wanted: NewFonds, reason: str) -> dict[str, Any]:
    """Enter a fonds. Raises `NotAllowedValue`, `NotForThisFonds`, `NothingChanges`."""
    code = _own(tools, wanted.code)
    event = FondsEntered(
        fonds=code,
        name=kept_text(tools, "the name", wanted.name),
        since=_date(wanted.since),
        until=_date(wanted.until),
        reason=_reason(tools, reason),
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    _need_order(event.since, event.until)
    with tools.database.write() as tx:
        if register.fonds(tx, code) is not None:
            raise NothingChanges(f"the fonds {code} is in the register already")
        enter(tools, tx, [event])
    return _done(tools, code)


def rename(tools: Tools, code: str, name: str, since: str, reason: str) -> dict[str, Any]:
    """Say that the unit has another name since a day; former names stay. Raises `NotFound`,
    `NotAllowedValue`, `NotForThisFonds`, `NothingChanges`.
    """
    code, since = _own(tools, code), _date(since)
    name = kept_text(tools, "the name", name)
    if not since:
        raise NotAllowedValue("since when it bears another name must be said")
    reason = _reason(tools, reason)
    with tools.database.write() as tx:
        known = _there(tx, code).names
        if any((one["name"], one["since"]) == (name, since) for one in known):
            raise NothingChanges(f"the fonds {code} has this name already")
        enter(tools, tx, [FondsNamed(code, name, since, reason, tools.subject.account, tools.os_user)])
    return _done(tools, code)


def describe(tools: Tools, code: str, changes: Mapping[str, str], reason: str) -> dict[str, Any]:
    """Set fields of `DESCRIBED`; "" clears one. Raises `NotFound`, `UnknownField`, `NotAllowedValue`,
    `NotForThisFonds`, `NothingChanges`.
    """
    code, reason = _own(tools, code), _reason(tools, reason)
    if unknown := sorted(set(changes) - set(DESCRIBED)):
        raise UnknownField(f"a fonds has no field {unknown[0]}; it has {', '.join(DESCRIBED)}")
    new = {name: _field(tools, name, value) for name, value in changes.items()}
    with tools.database.write() as tx:
        old = _there(tx, code).described
        dates = {**old, **new}
        _need_order(dates.get("since", ""), dates.get("until", ""))
        by = reason, tools.subject.account, tools.os_user
        events: list[Event] = [
            FondsDescribed(code, name, old.get(name, ""), value, *by)
            for name, value in sorted(new.items())
            if old.get(name, "") != value
        ]
        if not events:
            raise NothingChanges(f"the fonds {code} has these values already")
        enter(tools, tx, events)
    return _done(tools, code)


def link(
    tools: Tools, code: str, successor: str, since: str, reason: str, *, undo: bool = False
) -> dict[str, Any]:
    """Say that a fonds goes on in another one, or that a link was a mistake. Raises as `rename`."""
    code, successor, since = _own(tools, code), _own(tools, successor), _date(since)
    reason = _reason(tools, reason)
    with tools.database.write() as tx:
        linked = any(one["fonds"] == successor for one in _there(tx, code).successors)
        _there(tx, successor)
        if linked != undo:
            raise NothingChanges(f"{code} is {'already' if linked else 'not'} linked to {successor}")
        if not undo and (code == successor or _leads(tx, successor, code)):
            raise NotAllowedValue(f"{successor} goes on in {code}: links make no circle")
        by = reason, tools.subject.account, tools.os_user
        enter(tools, tx, [FondsLinked(code, successor, since, undo, *by)])
    return _done(tools, code)


def file_paper(tools: Tools, code: str, paper: Paper) -> dict[str, Any]:
    """Put a paper into the fonds file. Raises `NotFound` also for a record that is not there or not handled;
    `NotAllowedValue`, `NotForThisFonds`.
    """
    code = _own(tools, code)
    sections = [one.name for one in tools.rules.fonds_file]
    if paper.section not in sections:
        raise NotAllowedValue(f"there is no section {paper.section!r}; there are: {', '.join(sections)}")
    body = kept_text(tools, "the text", paper.text, PAPER, needed=False)
    if not body and not paper.items:
        raise NotAllowedValue("a paper is a text, or records that hold it")
    if len(paper.items) > _MOST_ITEMS:
        raise NotAllowedValue(f"a paper names at most {_MOST_ITEMS} records")
    title, day = kept_text(tools, "the title", paper.title), _date(paper.date)
    name = new_id("p")[:_PAPER_SIGNS]
    with tools.database.write() as tx:
        _there(tx, code)
        items = tuple(dict.fromkeys(handled(tx, one, tools.subject).item.code for one in paper.items))
        by = tools.subject.account, tools.os_user
        enter(tools, tx, [FondsFiled(code, name, paper.section, title, day, body, items, *by)])
    return _done(tools, code) | {"paper": name}


def _own(tools: Tools, code: str) -> str:
    """The code of a fonds that the account handles. Raises `NotAllowedValue`, `NotForThisFonds`."""
    normal, findings = judge_field("fonds", code, tools.rules, today=tools.clock().date())
    for note in findings:
        if note.severity is Severity.FAIL:
            raise NotAllowedValue(text(note, "en"))
    if not normal:
        raise NotAllowedValue("the code is needed")
    if not handles(tools.subject, normal):
        raise NotForThisFonds([normal], tools.subject.account)
    return normal


def _there(tx: Connection, code: str) -> Fonds:
    found = register.fonds(tx, code)
    if found is None:
        raise NotFound(f"fonds {code}")
    return found


def _leads(tx: Connection, start: str, end: str) -> bool:
    """Whether successors lead from one fonds to another."""
    following = {one.code: [link["fonds"] for link in one.successors] for one in register.register(tx)}
    seen, ahead = {start}, [start]
    while ahead:
        fresh = set(following.get(ahead.pop(), ())) - seen
        seen |= fresh
        ahead += sorted(fresh)
    return end in seen


def _reason(tools: Tools, reason: str) -> str:
    return kept_text(tools, "the reason", reason, PARAGRAPH)


def _field(tools: Tools, name: str, value: str) -> str:
    if name in _DATES:
        return _date(value)
    most = PAPER if name == "guide" else PARAGRAPH
    return kept_text(tools, f"the {name}", value, most, needed=False)


def _date(written: str) -> str:
    """A date as lists write them, in its normal form; "" for none. Raises `NotAllowedValue`."""
    if not written.strip():
        return ""
    found = read_date(written)
    if found is None or not found.exists():
        raise NotAllowedValue("a date is written 1983, 1983-05 or 1983-05-01")
    return str(found)


def _need_order(since: str, until: str) -> None:
    if since and until and until < since[: len(until)]:
        raise NotAllowedValue("a fonds does not end before it begins")


def _done(tools: Tools, code: str) -> dict[str, Any]:
    """The fonds as it stands now, published."""
    with tools.database.read() as conn:
        told = as_json(tools, conn, _there(conn, code))
    return told | published(tools)
