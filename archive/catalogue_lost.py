"""What a lost payload leaves in the catalogue: what cannot be known is closed, never open.

An entry is lost where no site had its payload when the database was made again. Its envelope still says
what kind of thing happened to which item, and that is acted on as if it had been the worst:

    registered             the item stays unknown; its code, as the batch's report gave it, is not given again
    recoded, destroyed     as much as is known; the item is closed until it is recoded
    withdrawn              withdrawn
    account added          nobody has it; that somebody was appointed the envelope says (`archive.accounts`)
    account closed         every account appointed until then is closed: one of them was
    account changed        the same: one of them lost rights
    founder retired        it is: the envelope says so (`archive.accounts`)
    retrieval granted      nothing: it opens nothing
    retrieval revoked      every grant of the item is revoked: one of them was
    certificate issued     nothing: its number counts (`archive.certificates`)
    certificate voided     every certificate of the item is in doubt: one of them was voided
    anything else          the item is closed until its access is decided on from there

Where a code may have been given that nobody knows, none is given in this archive before the loss is
accepted (`NumbersUnknown`). Not here: finding payloads (`processes.recovery`), entries whose payload was
destroyed (`archive.catalogue`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from archive import tables
from archive.accounts import close_every
from archive.catalogue_apply import apply_facts, recode_item
from archive.catalogue_payloads import appraise, payload_of, rewrite
from archive.certificates import doubt, forget_texts
from archive.codes import MalformedCode, item_number, parse, series_of
from archive.counted import moved
from archive.entries import Entry
from archive.errors import NumbersUnknown, StaleCorrection
from archive.event import Fact
from archive.events import Event, ItemAppraised, ItemDescribed, ItemRecoded, ItemRegistered
from archive.giving import give_codes
from archive.numbering import raise_to
from archive.retrievals import forget_grants, revoke_every
from policies.errors import LantaiError
from policies.ruleset import builtin

CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LostEntry:
    """A line of what is lost: the entry, its type, its item or ""; whether it may have given a code."""

    entry: int
    type: str
    item: str
    uncounted: bool


def lost_entries(connection: Connection) -> list[LostEntry]:
    """Everything that is lost, in order."""
    table = tables.lost
    if not connection.dialect.has_table(connection, table.name):
        return []  # a catalogue of an earlier version: nothing could be lost then
    return [LostEntry(*row) for row in connection.execute(select(table).order_by(table.c.entry))]


def need_known(tx: Connection, events: Iterable[Event]) -> None:
    """Refuse what must wait while lost entries stand in the way: giving codes where lost ones may have given
    some (NumbersUnknown), opening an item whose recoding is lost (StaleCorrection).
    """
    table, given, opened = tables.lost, False, set()
    for event in events:
        given = given or isinstance(event, ItemRegistered | ItemRecoded)
        if isinstance(event, ItemDescribed | ItemAppraised) and _opens(event):
            opened.add(event.item)
    if given:
        query = select(table.c.entry).where(table.c.uncounted.is_(True)).order_by(table.c.entry)
        if unknown := list(tx.scalars(query)):
            raise NumbersUnknown(unknown)
    if opened:
        recoded = set(tx.scalars(select(table.c.item).where(table.c.type == "item.recoded")))
        for item in sorted(opened & recoded):
            if _in_doubt(tx, item):
                raise StaleCorrection(f"the code of {item} is not known: recode it first")


def apply_lost(tx: Connection, entry: Entry) -> None:
    """Project an entry of which the envelope alone is left."""
    table = tables.lost
    uncounted = _is_uncounted(tx, entry)
    row = {"entry": entry.index, "type": entry.type, "item": entry.item, "uncounted": uncounted}
    tx.execute(insert(table).values(**row))
    if entry.type == "item.withdrawn":
        with moved(tx, [entry.item]):
            tx.execute(update(tables.item).where(tables.item.c.id == entry.item).values(withdrawn=True))
    elif entry.type == "item.destroyed":
        with moved(tx, [entry.item]):
            tx.execute(delete(tables.component).where(tables.component.c.item == entry.item))
            tx.execute(delete(tables.item).where(tables.item.c.id == entry.item))
        tx.execute(update(tables.code).where(tables.code.c.item == entry.item).values(current=False))
        forget_grants(tx, entry.item)
        forget_texts(tx, entry.item)
    elif entry.type == "hold.placed":
        _hold(tx, entry)
    elif entry.type == "retrieval.revoked":
        revoke_every(tx, entry.item)
    elif entry.type == "certificate.voided":
        doubt(tx, entry.item)
    elif entry.type in ("retrieval.granted", "certificate.issued"):
        pass
    elif entry.type in ("account.closed", "account.changed"):
        close_every(tx)
    elif entry.item:
        _close(tx, entry.item)


def apply_after(tx: Connection, fact: Fact) -> None:
    """Project an event that is whole, on an item that lost an entry before it."""
    event = fact.event
    if isinstance(event, ItemDescribed):
        _describe(tx, event)
    elif isinstance(event, ItemAppraised):
        _appraise(tx, event)
    elif isinstance(event, ItemRecoded):
        _recode(tx, fact, event)
    else:
        apply_facts(tx, [fact])


def _is_uncounted(tx: Connection, entry: Entry) -> bool:
    """Whether the entry may have given a code that is not known; protects the one that is."""
    if entry.type in ("item.recoded", "loss.accepted"):
        return True
    if entry.type not in ("item.registered", "item.destroyed"):
        return False
    known = _protect(tx, entry)
    return not known or (entry.type == "item.destroyed" and _was_recoded(tx, entry))


def _was_recoded(tx: Connection, entry: Entry) -> bool:
    column = tables.entry.c
    query = select(column.index).where(column.item == entry.item, column.type == "item.recoded")
    return tx.execute(query.limit(1)).first() is not None


def _protect(tx: Connection, entry: Entry) -> bool:
    """Keep the item's code and number from being given again, where the batch's report has them."""
    batch = tx.execute(
        select(tables.entry.c.batch).where(
            tables.entry.c.item == entry.item, tables.entry.c.type == "item.registered"
        )
    ).scalar()
    text = tx.execute(select(tables.batch.c.report).where(tables.batch.c.id == (batch or ""))).scalar()
    report: dict[str, Any] = json.loads(text) if text else {"rows": ()}
    code = next((row["code"] for row in report["rows"] if row["item"] == entry.item and row["code"]), "")
    if not code:
        return False
    _take(tx, entry.item, code, entry.index)
    try:
        profile = builtin(report["ruleset"]).code
        parsed = parse(code, profile)
        raise_to(tx, series_of(parsed, profile), item_number(parsed))
    except (LantaiError, MalformedCode):
        return False  # a code of rules that this program does not have: its series is not known
    return True


def _take(tx: Connection, item: str, code: str, index: int) -> None:
    """Let `code` be the item's, unless it is somebody's already."""
    taken = tx.execute(select(tables.code.c.item).where(tables.code.c.code == code)).first()
    if taken is None:
        give_codes(tx, [(code, item, False, index)])


def _close(tx: Connection, item: str) -> None:
    payload = payload_of(tx, item)
    if payload is not None:
        payload["access"] = CLOSED
        rewrite(tx, {item: payload})


def _hold(tx: Connection, entry: Entry) -> None:
    """A hold whose reason is lost still holds."""
    maker = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {"item": entry.item, "reason": "", "placed": entry.index}
    tx.execute(maker(tables.hold).values(**row).on_conflict_do_nothing())


def _describe(tx: Connection, event: ItemDescribed) -> None:
    payload = payload_of(tx, event.item)
    if payload is None:
        return
    if event.field == "access":
        # Decided on from what stands here now, and by people who knew whose it is: else it stays closed.
        if event.old == payload["access"] and not (_opens(event) and _in_doubt(tx, event.item)):
            payload["access"] = event.new
    elif event.new:
        payload["fields"][event.field] = event.new
    else:
        payload["fields"].pop(event.field, None)
    rewrite(tx, {event.item: payload})


def _appraise(tx: Connection, event: ItemAppraised) -> None:
    """As `_describe` decides on access."""
    payload = payload_of(tx, event.item)
    if payload is None or event.old != payload["access"]:
        return
    if not (_opens(event) and _in_doubt(tx, event.item)):
        appraise(event, payload)
        rewrite(tx, {event.item: payload})


def _opens(event: ItemDescribed | ItemAppraised) -> bool:
    if isinstance(event, ItemAppraised):
        return event.status != CLOSED
    return event.field == "access" and event.new != CLOSED


def _in_doubt(tx: Connection, item: str) -> bool:
    """Whether a recoding is lost, and no later one says which fonds and code the item has."""
    table, column = tables.lost, tables.entry.c
    query = select(table.c.entry).where(table.c.item == item, table.c.type == "item.recoded")
    newest = tx.execute(query.order_by(table.c.entry.desc()).limit(1)).scalar()
    if newest is None:
        return False
    later = select(column.index).where(
        column.item == item,
        column.type == "item.recoded",
        column.index > newest,
        column.payload.is_not(None),
    )
    return tx.execute(later.limit(1)).first() is None


def _recode(tx: Connection, fact: Fact, event: ItemRecoded) -> None:
    _take(tx, event.item, event.old, fact.index)
    payload = payload_of(tx, event.item)
    if payload is not None:
        recode_item(tx, fact, event, payload)
        return
    _take(tx, event.item, event.new, fact.index)
    if event.series:
        raise_to(tx, event.series, event.number)
