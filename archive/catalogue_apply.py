"""What each event changes in the projections; the only code that writes them.

Applying the same entries in the same order to empty projections always gives the same rows: nothing
here looks at a clock, a setting or a random number. Not here: appending (`archive.ledger`), reading
(`archive.catalogue_read`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.exc import IntegrityError

from archive import catalogue_visits, certificates, fonds, retrievals, tables
from archive.accounts import add_account, change_account, close_account
from archive.bulk import Value, insert_rows
from archive.catalogue_payloads import AT_ONCE, COLUMNS, appraise, payload_of, payloads_of, rewrite
from archive.counted import count_items, count_uses, moved
from archive.database import engine_reason
from archive.destructions import lift_hold, place_hold
from archive.errors import AlreadyRegistered, LedgerDamaged, StaleCorrection
from archive.event import Fact
from archive.events import (
    AccountAdded,
    AccountChanged,
    AccountClosed,
    BatchReceived,
    BatchRedacted,
    BatchReport,
    BatchReturned,
    BatchSecured,
    Event,
    FondsDescribed,
    FondsEntered,
    FondsFiled,
    FondsLinked,
    FondsNamed,
    HoldLifted,
    HoldPlaced,
    ItemAppraised,
    ItemDescribed,
    ItemDestroyed,
    ItemRecoded,
    ItemRegistered,
    ItemWithdrawn,
    LossAccepted,
    RetrievalAsked,
    RetrievalGranted,
    RetrievalRefused,
    RetrievalRevoked,
    UsesSealed,
)
from archive.giving import give_codes
from archive.model import Item
from archive.numbering import raise_to, skip

Row = tuple[Value, ...]


def apply_facts(tx: Connection, facts: Iterable[Fact]) -> None:
    """Bring the projections up to date with `facts`, in order.

    Raises CodeTaken, AlreadyRegistered or StaleCorrection when they contradict what stands there;
    the transaction must then be given up.
    """
    for event_class, run in groupby(facts, key=lambda fact: type(fact.event)):
        if event_class is ItemRegistered:
            _registered(tx, list(run))
        elif event_class is ItemAppraised:
            while some := list(islice(run, AT_ONCE)):
                _appraised(tx, [fact.event for fact in some if isinstance(fact.event, ItemAppraised)])
        elif event_class in _SINGLE:
            for fact in run:
                _SINGLE[event_class](tx, fact, fact.event)


def _registered(tx: Connection, facts: Sequence[Fact]) -> None:
    items: list[Row] = []
    components: list[Row] = []
    codes: list[Row] = []
    highest: dict[str, int] = {}
    for fact in facts:
        assert isinstance(fact.event, ItemRegistered)  # for the type checker; the dispatch saw to it
        item = fact.event.content
        items.append(_item_row(fact, item))
        codes.append((item.code, item.id, True, fact.index))
        if item.series:
            highest[item.series] = max(item.number, highest.get(item.series, 0))
        components += [
            (part.object_id, item.id, part.sha256, part.sealed_bytes, part.sealed_blake3)
            for part in item.components
        ]
    give_codes(tx, codes)
    _insert(tx, tables.item, items)
    count_items(tx, items)
    _insert(tx, tables.component, components)
    for series, number in sorted(highest.items()):
        raise_to(tx, series, number)


def _item_row(fact: Fact, item: Item) -> Row:
    """In the order of the table's columns."""
    return (
        item.id,
        item.batch,
        item.row,
        *(getattr(item, name) for name in COLUMNS),
        False,
        fact.index,
        fact.time,
        fact.payload.decode(),
    )


def _insert(tx: Connection, table: Table, rows: list[Row]) -> None:
    try:
        insert_rows(tx, table, rows)
    except IntegrityError as error:
        raise AlreadyRegistered(f"{table.name} registered already: {engine_reason(error)}") from error


def _described(tx: Connection, _fact: Fact, event: ItemDescribed) -> None:
    payload = _payload(tx, event.item)
    place = payload if event.field == "access" else payload["fields"]
    if place.get(event.field, "") != event.old:
        raise StaleCorrection(f"{event.field} of {event.item} is no longer what was to be corrected")
    if event.new:
        place[event.field] = event.new
    else:
        place.pop(event.field, None)
    rewrite(tx, {event.item: payload})


def _appraised(tx: Connection, events: Sequence[ItemAppraised]) -> None:
    """Decisions, many at once: whole series are opened in one go."""
    payloads = payloads_of(tx, [event.item for event in events])
    for event in events:
        payload = _there(payloads.get(event.item), event.item)
        if payload["access"] != event.old:
            raise StaleCorrection(f"the access of {event.item} is no longer what was decided on")
        appraise(event, payload)
    rewrite(tx, payloads)


def _recoded(tx: Connection, fact: Fact, event: ItemRecoded) -> None:
    payload = _payload(tx, event.item)
    if payload["code"] != event.old:
        raise StaleCorrection(f"{event.old} is no longer the code of {event.item}")
    recode_item(tx, fact, event, payload)


def recode_item(tx: Connection, fact: Fact, event: ItemRecoded, payload: dict[str, Any]) -> None:
    """Give the registered item whose payload this is the event's code and coded fields."""
    owner = select(tables.code.c.item).where(tables.code.c.code == event.new)
    _set_current(tx, event.item, current=False)
    if tx.execute(owner).scalar() == event.item:  # back to a code of its own
        _set_current(tx, event.item, current=True, code=event.new)
    else:
        give_codes(tx, [(event.new, event.item, True, fact.index)])
    payload.update(event.parts)
    payload.update(code=event.new, series=event.series, number=event.number)
    rewrite(tx, {event.item: payload})
    if event.series:
        raise_to(tx, event.series, event.number)


def _set_current(tx: Connection, item: str, *, current: bool, code: str = "") -> None:
    chosen = update(tables.code).where(tables.code.c.item == item)
    if code:
        chosen = chosen.where(tables.code.c.code == code)
    tx.execute(chosen.values(current=current))


def _withdrawn(tx: Connection, _fact: Fact, event: ItemWithdrawn) -> None:
    with moved(tx, [event.item]):
        tx.execute(update(tables.item).where(tables.item.c.id == event.item).values(withdrawn=True))


def _destroyed(tx: Connection, fact: Fact, event: ItemDestroyed) -> None:
    with moved(tx, [event.item]):
        tx.execute(delete(tables.component).where(tables.component.c.item == event.item))
        tx.execute(delete(tables.item).where(tables.item.c.id == event.item))
    tx.execute(delete(tables.code).where(tables.code.c.item == event.item))
    give_codes(tx, [(code, event.item, False, fact.index) for code in event.codes])
    lift_hold(tx, event.item)
    retrievals.forget_grants(tx, event.item)
    certificates.forget_texts(tx, event.item)
    for series, number in event.numbers:
        raise_to(tx, series, number)


def _reported(tx: Connection, fact: Fact, event: BatchReport) -> None:
    registered = isinstance(event, BatchReceived)
    outcomes = [row.outcome for row in event.rows]
    former = tables.batch.c.id == event.batch, tables.batch.c.state == "returned"
    tx.execute(delete(tables.batch).where(*former))  # a returned batch may be inspected again
    count = outcomes.count("registered")
    row = (
        event.batch,
        event.identity,
        event.identity if registered else None,
        event.list_digest,
        event.source,
        "registered" if registered else "returned",
        fact.time,
        fact.index,
        count,
        len(outcomes) - count,
        fact.payload.decode(),
    )
    _insert(tx, tables.batch, [row])


def _redacted(tx: Connection, fact: Fact, event: BatchRedacted) -> None:
    """The row as it stood, whether it stands there or its reports are gone; only the report is another."""
    outcomes = [row.outcome for row in event.rows]
    count = outcomes.count("registered")
    tx.execute(delete(tables.batch).where(tables.batch.c.id == event.batch))
    row = (
        event.batch,
        event.identity,
        None if event.state == "returned" else event.identity,
        event.list_digest,
        event.source,
        event.state,
        event.reported,
        event.entry,
        count,
        len(outcomes) - count,
        fact.payload.decode(),
    )
    _insert(tx, tables.batch, [row])


def _secured(tx: Connection, _fact: Fact, event: BatchSecured) -> None:
    chosen = update(tables.batch).where(tables.batch.c.id == event.batch)
    tx.execute(chosen.where(tables.batch.c.state == "registered").values(state="secured"))


def _accepted(tx: Connection, _fact: Fact, event: LossAccepted) -> None:
    lost = tables.lost
    for entry in event.entries:
        tx.execute(update(lost).where(lost.c.entry == entry).values(uncounted=False))
    skip(tx, event.skipped)


def _payload(tx: Connection, item: str) -> dict[str, Any]:
    return _there(payload_of(tx, item), item)


def _there(content: dict[str, Any] | None, item: str) -> dict[str, Any]:
    if content is None:
        raise LedgerDamaged(f"an entry changes {item}, which is not registered")
    return content


_SINGLE: dict[type[Event], Callable[[Connection, Fact, Any], None]] = {
    BatchReceived: _reported,
    BatchReturned: _reported,
    BatchSecured: _secured,
    ItemDescribed: _described,
    AccountAdded: lambda tx, fact, event: add_account(tx, fact.index, event),
    AccountClosed: lambda tx, _fact, event: close_account(tx, event),
    AccountChanged: lambda tx, _fact, event: change_account(tx, event),
    ItemRecoded: _recoded,
    ItemWithdrawn: _withdrawn,
    ItemDestroyed: _destroyed,
    HoldPlaced: lambda tx, fact, event: place_hold(tx, fact.index, event),
    HoldLifted: lambda tx, _fact, event: lift_hold(tx, event.item),
    BatchRedacted: _redacted,
    RetrievalAsked: lambda tx, fact, event: retrievals.add_request(tx, fact.index, fact.time, event),
    RetrievalGranted: lambda tx, fact, event: retrievals.grant_request(tx, fact.time, event),
    RetrievalRefused: lambda tx, fact, event: retrievals.refuse_request(tx, fact.time, event),
    RetrievalRevoked: lambda tx, fact, event: retrievals.revoke_request(tx, fact.time, event),
    FondsEntered: lambda tx, fact, event: fonds.enter_fonds(tx, fact.index, event),
    FondsNamed: lambda tx, _fact, event: fonds.name_fonds(tx, event),
    FondsDescribed: lambda tx, _fact, event: fonds.describe_fonds(tx, event),
    FondsLinked: lambda tx, _fact, event: fonds.link_fonds(tx, event),
    FondsFiled: lambda tx, fact, event: fonds.file_paper(tx, fact.index, fact.time, event),
    LossAccepted: _accepted,
    UsesSealed: lambda tx, _fact, event: count_uses(tx, event),
    **catalogue_visits.PROJECTED,
}
"""Events without a line here (archive.created, audit.completed) leave the catalogue as it is."""
