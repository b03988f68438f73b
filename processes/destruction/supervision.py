"""Destructions that are ordered in one place and witnessed in others, as over the network.

    propose   whoever may destroy names the items and the reason; nothing changes yet
    witness   two supervisors, each by their own account and proof, see the very list and say so; with the
              second one it is carried out, as what the first one ordered

What is no longer what was proposed (a code, an item, a hold, the right of whoever ordered it) is refused. A
proposal waits for thirty days. Not done here: proof (the doors), who may supervise (`supervisors`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from archive.model import Item
from archive.proposals import Proposal, drop_proposal, proposals, put_proposal, sweep_proposals
from ingest.tools import Tools
from policies.access import Clause, Subject, View, handles
from policies.roles import ALONE, role_book
from processes.destruction.destroy import Outcome, destroy_ordered, go_on, outcome_of
from processes.destruction.destroy_order import Order, judge, named_after, need_reason
from processes.destruction.destroy_told import DESCRIBED, described
from processes.destruction.destroyed import Destruction, destructions
from processes.destruction.supervisors import NEEDED, can_supervise, subject_of
from processes.errors import NotAllowedValue, NotFound
from processes.people.people_errors import ProposalChanged, SupervisorRefused
from search.living import LivingIndex

KIND, RIGHT = "destruction", "destroy"
DAYS, MOST_OPEN, MOST_ITEMS = 30, 50, 10_000


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What became of a proposal: with the last witness the destruction's outcome, None before. Of the items
    it has the codes alone: who witnessed has seen the list, and what is told here is kept for some days.
    """

    proposal: Mapping[str, Any]
    outcome: Outcome | None


def propose(tools: Tools, codes: Sequence[str], reason: str) -> dict[str, Any]:
    """Order a destruction that two supervisors have still to witness; the proposal as `listed` tells it.

    Raises as `destroy` does, and `SupervisorRefused` while nobody was appointed who could.
    """
    need_reason(tools, reason)
    if ALONE in tools.subject.roles:
        raise SupervisorRefused("nobody was appointed yet, so nobody can supervise: leave out --supervisor")
    with tools.database.write() as tx:
        sweep_proposals(tx, _since(tools))
        if sum(one.account == tools.subject.account for one in proposals(tx, KIND)) >= MOST_OPEN:
            raise NotAllowedValue(f"an account proposes at most {MOST_OPEN} destructions at once")
        records = judge(tools, tx, codes)
        if len(records) > MOST_ITEMS:
            raise NotAllowedValue(f"a destruction is of at most {MOST_ITEMS} items")
        made = Proposal(
            id="p" + secrets.token_hex(10),
            kind=KIND,
            account=tools.subject.account,
            made=tools.now(),
            state="open",
            detail={
                "items": [[one.item.id, one.item.code] for one in records],
                "fonds": sorted({one.item.fonds for one in records}),
                "reason": reason,
                "witnesses": [],
            },
        )
        put_proposal(tx, made)
        return _told(tools, tx, made)


def listed(tools: Tools, items: int | None = None) -> list[dict[str, Any]]:
    """What waits for witnesses, oldest first: one's own orders, and those that one may supervise; of each its
    first `items`, None for all.
    """
    with tools.database.read() as conn:
        return [_told(tools, conn, one, items) for one in _waiting(tools, conn)]


def shown(tools: Tools, name: str) -> dict[str, Any]:
    """One of them with everything that would go. Raises `NotFound`."""
    with tools.database.read() as conn:
        return _told(tools, conn, _found(tools, conn, name))


def withdraw(tools: Tools, name: str) -> None:
    """Take one's own order back. Raises `NotFound`."""
    with tools.database.write() as tx:
        found = _found(tools, tx, name)
        if found.account != tools.subject.account:
            raise NotFound(f"destruction {name}")
        drop_proposal(tx, name)


def witness(tools: Tools, index: LivingIndex, name: str) -> Witnessed:
    """Supervise a proposed destruction as the account at work; the second witness carries it out.

    May be repeated by a witness where the carrying out was interrupted: it goes on. Raises `NotFound` for
    what is not there or not theirs to supervise, `ProposalChanged`, and as `destroy` does.
    """
    if (carried_out := _begun(tools, name)) is not None:
        left = {one.destruction.id: one for one in go_on(tools, index)}
        return Witnessed(
            _told_of(carried_out, name), left.get(carried_out.id) or outcome_of(tools, carried_out.id)
        )
    with tools.database.write() as tx:
        found = _found(tools, tx, name)
        if not can_supervise(tools.subject, found.account, found.detail["fonds"]):
            raise NotFound(f"destruction {name}")
        if not _as_proposed(tx, found):
            raise ProposalChanged
        names = list(dict.fromkeys([*found.detail["witnesses"], tools.subject.account]))[:NEEDED]
        found = replace(found, detail={**found.detail, "witnesses": names})
        put_proposal(tx, found)
        told = _told(tools, tx, found) | {"items": _by_code(code for _, code in found.detail["items"])}
        orderer = subject_of(tx, found.account)
    if len(names) < NEEDED:
        return Witnessed(told, None)
    if orderer is None or not role_book().may(orderer.roles, RIGHT):
        raise ProposalChanged
    return Witnessed(told, _carried_out(replace(tools, subject=orderer), index, found))


def _carried_out(tools: Tools, index: LivingIndex, found: Proposal) -> Outcome:
    """Destroy as whoever ordered it; the proposal goes in the transaction of the tombstones."""
    items = [(item, code) for item, code in found.detail["items"]]
    wanted = Order(
        codes=[code for _, code in items],
        reason=found.detail["reason"],
        supervisors=tuple(found.detail["witnesses"]),
        proposed=items,
        proposal=found.id,
    )
    return destroy_ordered(tools, index, wanted)


def _begun(tools: Tools, name: str) -> Destruction | None:
    """The destruction that this proposal became, for its witnesses."""
    known = (one for one in destructions(tools) if one.id == named_after(name))
    return next((one for one in known if tools.subject.account in one.supervisors), None)


def _found(tools: Tools, conn: Connection, name: str) -> Proposal:
    for one in _waiting(tools, conn):
        if one.id == name:
            return one
    raise NotFound(f"destruction {name}")


def _waiting(tools: Tools, conn: Connection) -> list[Proposal]:
    """What waits for witnesses and concerns the account at work, oldest first."""
    since = _since(tools)
    return [one for one in proposals(conn, KIND) if one.made >= since and _concerns(tools.subject, one)]


def _concerns(subject: Subject, one: Proposal) -> bool:
    """Whether it is theirs to know of: ordered or supervised by them, of records that they handle now."""
    if subject.account == one.account:
        return all(handles(subject, fonds) for fonds in one.detail["fonds"])
    return can_supervise(subject, one.account, one.detail["fonds"])


def _since(tools: Tools) -> str:
    """When the oldest proposal that still waits was made."""
    return (tools.clock() - timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_proposed(conn: Connection, one: Proposal) -> bool:
    """Whether each item still has the code, and stands in the fonds, that were proposed."""
    standing = _standing(conn, one, one.detail["items"])
    return all(item in standing and standing[item].code == code for item, code in one.detail["items"])


def _standing(conn: Connection, one: Proposal, items: Sequence[Sequence[str]]) -> dict[str, Item]:
    """Those of the items that still stand in the fonds that were proposed, by identifier."""
    view = View((Clause(fonds=frozenset(one.detail["fonds"])),))
    ids = [item for item, _ in items]
    return {record.item.id: record.item for record in catalogue.items(conn, ids, view)}


def _told(tools: Tools, conn: Connection, one: Proposal, most: int | None = None) -> dict[str, Any]:
    """A proposal as both doors tell it; an item that is no more what was proposed has a code and no title."""
    listed_ = one.detail["items"][:most]
    standing = _standing(conn, one, listed_)
    items = [
        (described(tools, standing[item]) if item in standing else _by_code([code])[0]) | {"code": code}
        for item, code in listed_
    ]
    return {
        "proposal": one.id,
        "account": one.account,
        "made": one.made,
        "reason": one.detail["reason"],
        "items": items,
        "count": len(one.detail["items"]),
        "supervisors": list(one.detail["witnesses"]),
        "needed": NEEDED,
    }


def _by_code(codes: Iterable[str]) -> list[dict[str, str]]:
    """Items as they are told where nothing of them is described."""
    return [dict.fromkeys([*DESCRIBED, "still_runs"], "") | {"code": code} for code in codes]


def _told_of(done: Destruction, name: str) -> dict[str, Any]:
    """The same of one that was carried out."""
    return {
        "proposal": name,
        "account": done.account,
        "made": done.time,
        "reason": done.reason,
        "items": _by_code(stone.event.codes[0] for stone in done.stones),
        "count": len(done.stones),
        "supervisors": list(done.supervisors),
        "needed": NEEDED,
    }
