"""Deciding access, the plain way: who may see which items, one by one, by a list, or all that a query finds.

Each decision is a ledger entry with account and reason, all of one call in one transaction, and holds for
the next request. A list and a query are previewed first: the preview's token names the very set and the
decision, and what it does not name is refused. Not done here: how a set is chosen (`appraise_set`), the
panels' process, what a status means (`policies.access`).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from archive import catalogue, working
from archive.catalogue import Record
from archive.events import ItemAppraised
from ingest.publish import publish
from ingest.tools import Tools
from policies.access import HOLDERS, OPEN, STATUSES, UNKNOWN_MARK, View, holder_kind, view_of
from policies.canonical import canonical
from policies.folding import hidden_in
from policies.inspection import has_mark
from processes.errors import NotAllowedValue, NothingChanges, SetChanged
from processes.finding.index import feed_or_leave
from search.living import LivingIndex
from storage.errors import TooFewCopies

DECIDED = tuple(status for status in STATUSES if status != "unreviewed")
NEED_ALL = ("restricted", "postponed")
NO_HOLDER = "none"
MOST_CLAUSE = 200
SHOWN = 20
_SAME = "that is decided already, of every one of them"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided. `holder` None leaves what the depositor asked for as it stands; "" lifts it."""

    status: str
    reason: str
    clause: str = ""
    until: str = ""
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One item that the decision changes, as it stands and as it will."""

    record: Record
    decision: Decision

    @property
    def holder(self) -> str:
        """What the depositor asked for, from now on."""
        asked = self.decision.holder
        return self.record.item.appraisal.get("holder", "") if asked is None else asked

    @property
    def said(self) -> dict[str, str]:
        """What will stand with the item."""
        one = self.decision
        told = {"clause": one.clause, "reason": one.reason, "until": one.until, "holder": self.holder}
        return {name: value for name, value in told.items() if value}

    @property
    def real(self) -> bool:
        """Whether anything of it is new."""
        item = self.record.item
        return item.access != self.decision.status or dict(item.appraisal) != self.said

    @property
    def narrows(self) -> bool:
        """Whether anybody may see less of the item than before."""
        item = self.record.item
        wider = self.decision.status == OPEN and holder_kind(self.holder) in ("", item.holder)
        return item.access == OPEN and not wider

    def event(self, tools: Tools) -> ItemAppraised:
        """The entry."""
        one = self.decision
        return ItemAppraised(
            item=self.record.item.id,
            old=self.record.item.access,
            status=one.status,
            clause=one.clause,
            reason=one.reason,
            until=one.until,
            holder=self.holder,
            account=tools.subject.account,
            os_user=tools.os_user,
        )


def handled(tools: Tools) -> View:
    """What the account may decide on: the items of the fonds that it handles, and of no other."""
    return view_of(tools.subject).handled


def need_sense(tools: Tools, decision: Decision) -> None:
    """The decision by itself can be meant. Raises `NotAllowedValue` with the sentence."""
    if decision.status not in DECIDED:
        raise NotAllowedValue(f"a decision is one of: {', '.join(DECIDED)}")
    if not decision.reason.strip():
        raise NotAllowedValue("a decision on access needs a reason")
    if decision.status in NEED_ALL and not (decision.clause.strip() and decision.until):
        raise NotAllowedValue(f"{decision.status} needs a clause, and the day on which it is reviewed")
    if decision.holder is not None and decision.holder not in HOLDERS:
        raise NotAllowedValue(f"there is no holder's restriction {decision.holder}")
    if has_mark(decision.reason, tools.rules) or has_mark(decision.clause, tools.rules):
        raise NotAllowedValue("the reason or the clause holds a secrecy mark; nothing was entered")
    if hidden_in(decision.clause) or len(decision.clause) > MOST_CLAUSE:
        raise NotAllowedValue(f"a clause has at most {MOST_CLAUSE} characters, all of them visible")
    _need_day(tools, decision)


def _need_day(tools: Tools, decision: Decision) -> None:
    if not decision.until:
        return
    if decision.status == OPEN:
        raise NotAllowedValue("what is open is not reviewed again: leave out the day")
    day = _day(decision.until)
    if day is None or day <= tools.clock().date():
        raise NotAllowedValue(f"{decision.until!r} is no day to come; write it as YYYY-MM-DD")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None


def preview(tools: Tools, ids: Sequence[str], decision: Decision) -> dict[str, Any]:
    """What the decision would change of these items, and the token that confirms just that.

    Raises `NotAllowedValue`, and `NothingChanges` where it is what stands there.
    """
    need_sense(tools, decision)
    with tools.database.read() as conn:
        changes, same = _changes(conn, tools, ids, decision)
    return _told(changes, same, decision, shown=SHOWN) | {"decided": 0, "token": _token(changes, decision)}


def decide(
    tools: Tools, index: LivingIndex, ids: Sequence[str], decision: Decision, token: str | None = None
) -> dict[str, Any]:
    """Decide on all these items or on none; `token`, where one is given, must be that of their preview.

    Raises like `preview`, and `SetChanged`. `waiting` says why the entries are not at enough sites yet.
    """
    changes, same = enter(tools, ids, decision, token)
    feed_or_leave(tools.database, index, tools.work)
    done = _told(changes, same, decision, shown=len(changes) if token is None else SHOWN)
    try:
        publish(tools)
    except TooFewCopies as fault:
        return done | {"decided": len(changes), "waiting": str(fault)}
    return done | {"decided": len(changes)}


def enter(
    tools: Tools, ids: Sequence[str], decision: Decision, token: str | None = None
) -> tuple[list[Change], int]:
    """The decision's one transaction: from its commit on it holds for every request. What it changed, and
    how many items it left as they were. Raises like `decide`.
    """
    need_sense(tools, decision)
    with tools.database.write() as tx:
        changes, same = _changes(tx, tools, ids, decision)
        if token is not None and token != _token(changes, decision):
            raise SetChanged
        catalogue.record(tx, tools.ledger, [change.event(tools) for change in changes], tools.now())
        narrowed = [change.record.item.id for change in changes if change.narrows]
        working.enqueue(tx, narrowed, narrowed=True)
        working.enqueue(tx, [change.record.item.id for change in changes if not change.narrows])
    return changes, same


def _changes(
    conn: Connection, tools: Tools, ids: Sequence[str], decision: Decision
) -> tuple[list[Change], int]:
    """The items that the decision changes, oldest first, and how many it leaves as they are."""
    records = catalogue.items(conn, list(dict.fromkeys(ids)), handled(tools))
    records.sort(key=lambda record: record.registered)
    unknown = [record.item.code for record in records if record.item.secrecy == UNKNOWN_MARK]
    if decision.status == OPEN and unknown:
        named = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
        raise NotAllowedValue(f"not opened, because nobody knows what their secrecy marks mean: {named}")
    changes = [change for record in records if (change := Change(record, decision)).real]
    if not changes:
        raise NothingChanges(_SAME if records else "nothing to decide on was found")
    return changes, len(records) - len(changes)


def _token(changes: Sequence[Change], decision: Decision) -> str:
    """The name of a set of items as they stand, and of what is decided on them."""
    items = [[c.record.item.id, c.record.item.access, dict(c.record.item.appraisal)] for c in changes]
    holder = NO_HOLDER if decision.holder == "" else decision.holder or ""
    what = [decision.status, decision.clause, decision.reason, decision.until, holder]
    return hashlib.sha256(canonical({"items": items, "decision": what})).hexdigest()[:20]


def _told(changes: Sequence[Change], same: int, decision: Decision, shown: int) -> dict[str, Any]:
    counts = Counter(change.record.item.access for change in changes)
    return {
        "status": decision.status,
        "clause": decision.clause,
        "until": decision.until,
        "reason": decision.reason,
        "changes": len(changes),
        "unchanged": same,
        "from": [{"access": access, "count": count} for access, count in sorted(counts.items())],
        "items": [
            {
                "code": change.record.item.code,
                "title": change.record.item.fields.get("title", ""),
                "access": change.record.item.access,
            }
            for change in changes[:shown]
        ],
    }
