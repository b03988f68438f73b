"""The first step of a destruction, in one transaction: tombstones, and every private payload that told of
the items is gone from the database.

Nothing comes back from here: from the commit on the items are destroyed, and what is left to do is done by
whoever goes on. Not done here: keys, sites, index, the database's free pages (`destroy`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from archive import catalogue, jobs, working
from archive.destructions import holds, put_destruction
from archive.entries import Entry
from archive.events import BatchRedacted, Event, ItemDestroyed, ItemRecoded, ItemRegistered
from archive.model import Item
from archive.page_texts import drop_texts
from archive.proposals import drop_proposal
from ingest.tools import Tools
from policies.access import EVERYTHING, view_of
from policies.inspection import has_mark
from processes.destruction.destroy_redact import drop_searches, redacted
from processes.destruction.supervisors import need_supervisors
from processes.errors import Held, NotAllowedValue, NotForThisAccount
from processes.finding.show import handled
from processes.people.people_errors import ProposalChanged


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be destroyed and why, who supervises it; `proposed` are the items and codes that were
    witnessed, None where nobody proposed it before; `proposal` is that one's name, "" for none.
    """

    codes: Sequence[str]
    reason: str
    supervisors: tuple[str, ...] = ()
    proposed: Sequence[tuple[str, str]] | None = None
    proposal: str = ""

    @property
    def destruction(self) -> str:
        """The destruction's name; that of a proposal follows from it."""
        return named_after(self.proposal) if self.proposal else "d" + secrets.token_hex(10)


def named_after(proposal: str) -> str:
    """The name of the destruction that a proposal becomes."""
    return "d" + proposal[1:]


def judge(tools: Tools, conn: Connection, codes: Sequence[str]) -> list[catalogue.Record]:
    """The items that `codes` name, each once. Raises `NotFound`, and `Held` naming every one that is held:
    then nothing of the list may be destroyed.
    """
    if view_of(tools.subject) != EVERYTHING:
        raise NotForThisAccount("destroying is for an account that handles every fonds")
    found: dict[str, catalogue.Record] = {}
    for code in codes:
        record = handled(conn, code, tools.subject)
        found.setdefault(record.item.id, record)
    held = holds(conn, list(found))
    if held:
        raise Held([found[item].item.code for item in found if item in held])
    return list(found.values())


def order(tools: Tools, wanted: Order) -> str:
    """Enter the tombstones; the destruction's name. Raises like `judge`, `NotAllowedValue` for a reason that
    is none, `SupervisorRefused`, and `ProposalChanged` where these are not the items that were proposed. The
    proposal is no more.
    """
    need_reason(tools, wanted.reason)
    name = wanted.destruction
    with tools.database.write() as tx:
        items = [record.item for record in judge(tools, tx, wanted.codes)]
        if wanted.proposed is not None and list(wanted.proposed) != [(one.id, one.code) for one in items]:
            raise ProposalChanged
        witnesses = need_supervisors(tools, tx, {one.fonds for one in items}, wanted.supervisors)
        stones = [_stone(tools, tx, item, replace(wanted, supervisors=witnesses), name) for item in items]
        reports = list(redacted(tx, items))
        events: list[Event] = [*stones, *reports]
        first, _ = catalogue.record(tx, tools.ledger, events, tools.now())
        for stone in stones:
            tools.ledger.destroy_payloads(tx, stone.item)
        for place, event in enumerate(events, first):
            if isinstance(event, BatchRedacted):
                tools.ledger.destroy_reports(tx, event.batch, place)
        working.enqueue(tx, [item.id for item in items], narrowed=True)
        drop_texts(tx, [item.id for item in items])
        drop_searches(tx, items)
        jobs.wipe(tx)  # results of long works quote titles and findings
        put_destruction(tx, name, tools.now(), "ordered", "{}")
        drop_proposal(tx, wanted.proposal)
    return name


def need_reason(tools: Tools, reason: str) -> None:
    """A reason there must be, and none that would put a state secret into the ledger."""
    if not reason.strip():
        raise NotAllowedValue("a reason is needed")
    if has_mark(reason, tools.rules):
        raise NotAllowedValue("the reason holds a secrecy mark; nothing was entered")


def _stone(tools: Tools, tx: Connection, item: Item, wanted: Order, name: str) -> ItemDestroyed:
    now, former = catalogue.codes_of(tx, item.id)
    entries = tools.ledger.of_item(tx, item.id)
    return ItemDestroyed(
        item=item.id,
        codes=(now, *former),
        numbers=_numbers(item, entries),
        reason=wanted.reason,
        account=tools.subject.account,
        os_user=tools.os_user,
        fonds=item.fonds,
        objects=tuple(part.object_id for part in item.components),
        destruction=name,
        sites=tools.vault.sites,
        supervisors=wanted.supervisors,
    )


def _numbers(item: Item, entries: Sequence[Entry]) -> tuple[tuple[str, int], ...]:
    """Each series and number that was counted for the item, now and before."""
    counted = {(item.series, item.number)}
    for entry in entries:
        event = entry.event() if entry.payload is not None else None
        if isinstance(event, ItemRegistered):
            counted.add((event.content.series, event.content.number))
        elif isinstance(event, ItemRecoded):
            counted.add((event.series, event.number))
    return tuple(sorted((series, number) for series, number in counted if series))
