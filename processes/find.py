"""Finding and showing: what a person may see of the catalogue, in the interface's shape.

Search filters inside the engine by the person's view; `show` asks the catalogue through the same
view, so absent and forbidden are one answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import catalogue
from archive.codes import canonical_text
from archive.database import Database
from archive.destructions import holds, item_of_code
from archive.entries import Entry
from archive.events import (
    Event,
    HoldLifted,
    HoldPlaced,
    ItemDescribed,
    ItemDestroyed,
    ItemRecoded,
    ItemRegistered,
    ItemWithdrawn,
)
from archive.ledger import Ledger
from archive.model import Component
from policies.access import Subject, handles, view_of
from processes.destroyed import stone_of
from processes.errors import NotFound
from processes.seen import seen_by
from search.index import Hit, Index, Order, Results
from search.query import parse


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: a query, and how its answer is narrowed, ordered, counted and paged.

    `filters` name fields of `search.index.FACETS` with the values allowed; `facets` as `Index.search`.
    """

    query: str
    filters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    limit: int = 20
    cursor: str = ""
    facets: bool | Sequence[str] = False
    order: Order = Order.RELEVANCE


def search(database: Database, index: Index, work: Path, asked: Asked, subject: Subject) -> dict[str, Any]:
    """One page of what `subject` may see. Raises `QueryMistake` with the place, `IndexLost`."""
    query = parse(asked.query)
    seen = seen_by(subject, database, index, work)
    found = seen.search(
        query,
        filters=asked.filters,
        limit=asked.limit,
        cursor=asked.cursor,
        facets=asked.facets,
        order=asked.order,
    )
    return {
        "total": found.total,
        "hits": [as_hit(hit) for hit in found.hits],
        "facets": counted(found),
        "cursor": found.cursor,
    }


def as_hit(hit: Hit) -> dict[str, str]:
    """A hit in the interface's shape."""
    return {
        "code": hit.code,
        "title": hit.title,
        "author": hit.author,
        "fonds": hit.fonds,
        "year": hit.year,
        "category": hit.category,
        "retention": hit.retention,
        "office": hit.office,
        "date": hit.date,
        "access": hit.access,
        "snippet": hit.snippet,
    }


def counted(found: Results) -> dict[str, list[dict[str, Any]]]:
    """Facets in the interface's shape."""
    return {
        name: [{"value": one.value, "count": one.count} for one in values]
        for name, values in (found.facets or {}).items()
    }


def record_of(database: Database, code: str, subject: Subject) -> catalogue.Record:
    """The item that has or had `code`, for `subject`. Raises `NotFound`: absent or forbidden alike."""
    with database.read() as conn:
        record = catalogue.item_by_code(conn, canonical_text(code), view_of(subject))
    if record is None:
        raise NotFound(f"item {code}")
    return record


def show(database: Database, ledger: Ledger, code: str, subject: Subject) -> dict[str, Any]:
    """One item with its components and history; of a destroyed one its tombstone, for whoever handles its
    fonds. Raises `NotFound`.
    """
    try:
        record = record_of(database, code, subject)
    except NotFound:
        return _tombstone(database, ledger, code, subject)
    with database.read() as conn:
        _, former = catalogue.codes_of(conn, record.item.id)
        received = catalogue.batch(conn, record.item.batch)
        entries = ledger.of_item(conn, record.item.id)
        held = holds(conn, [record.item.id]).get(record.item.id)
        since = ledger.entry(conn, held.placed).time if held else ""
    shown = as_shown(record, former, entries, (received.report if received else None) or {})
    return shown | ({"hold": {"reason": held.reason, "since": since}} if held else {})


def _tombstone(database: Database, ledger: Ledger, code: str, subject: Subject) -> dict[str, Any]:
    """What is known of a destroyed item: that it was there, and its destruction."""
    with database.read() as conn:
        item = item_of_code(conn, canonical_text(code))
        stone = stone_of(ledger, conn, item) if item else None
        if stone is None or not handles(subject, stone.event.fonds):
            raise NotFound(f"item {code}")
        entries = ledger.of_item(conn, item)
    history = [_told(entry, {}) for entry in entries]
    now, *former = stone.event.codes
    about = {"time": history[-1]["time"], "reason": stone.event.reason, "entry": stone.entry}
    about |= {"account": stone.event.account, "destruction": stone.event.destruction}
    named = {"code": now, "id": item, "batch": stone.batch, "fonds": stone.event.fonds}
    return named | {"destroyed": about, "former_codes": former, "history": history}


def as_shown(
    record: catalogue.Record, former: Sequence[str], entries: Sequence[Entry], received: Mapping[str, Any]
) -> dict[str, Any]:
    """An item in the interface's shape; `received` is the report of the batch that brought it."""
    item = record.item
    return {
        "code": item.code,
        "id": item.id,
        "batch": item.batch,
        "fonds": item.fonds,
        "category": item.category,
        "year": item.year,
        "retention": item.retention,
        "office": item.office,
        "title": item.fields.get("title", ""),
        **{_shown(name): value for name, value in sorted(item.fields.items()) if name != "title"},
        "access": item.access,
        "proposed": list(item.proposed),
        "withdrawn": record.withdrawn,
        "components": [_component(part) for part in item.components],
        "former_codes": list(former),
        "history": [_told(entry, received) for entry in entries],
    }


def _shown(field: str) -> str:
    """A list's field as an item shows it: the code that a sender wrote is not the item's code."""
    return "sender_code" if field == "code" else field


def _component(part: Component) -> dict[str, Any]:
    return {
        "file": part.file,
        "role": part.role,
        "bytes": part.bytes,
        **part.digests,
        "cipher": part.cipher,
        "format": {"puid": part.puid, "name": part.format, "mime": part.mime},
        "probe": dict(part.probe),
    }


def _told(entry: Entry, received: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as history tells it; an item was registered by whoever handed in its batch (`received`)."""
    told = {"entry": entry.index, "time": entry.time, "type": entry.type}
    if entry.payload is None:
        return told | dict.fromkeys(("account", "os_user", "field", "old", "new", "reason", "changed"), "")
    event = entry.event()
    by = received if isinstance(event, ItemRegistered) else None
    values = {
        name: str(by.get(name, "") if by is not None else getattr(event, name, ""))
        for name in ("account", "os_user")
    }
    values |= {name: str(getattr(event, name, "")) for name in ("field", "old", "new", "reason")}
    return told | values | {"changed": _changed(event)}


def _changed(event: Event) -> str:
    match event:
        case ItemRegistered(content=item):
            return item.code
        case ItemDescribed(field=field, old=old, new=new, reason=reason):
            return f"{field}: {old or '—'} → {new or '—'} ({reason})"
        case ItemRecoded(old=old, new=new, reason=reason):
            return f"{old} → {new} ({reason})"
        case ItemWithdrawn() | ItemDestroyed() | HoldPlaced() | HoldLifted():
            return event.reason
        case _:
            return ""
