"""Showing one item, at the depth that is whoever asks's: everything to staff, what is public to all others.

    absent, forbidden       the same refusal, whoever asks; it says the text typed and nothing else
    open to it, granted     `as_public`: public fields without personal identifiers, the code's parts, its
                            files by number; `use: view` where it may only be looked at
    handles its fonds       `as_shown`: everything, with the history; of a destroyed item its tombstone

Not done here: finding (`processes.finding.find`), who may see what (`policies.access`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from archive.catalogue import Record
from archive.codes import canonical_text
from archive.database import Database
from archive.destructions import holds, item_of_code
from archive.entries import Entry
from archive.events import (
    Event,
    HoldLifted,
    HoldPlaced,
    ItemAppraised,
    ItemDescribed,
    ItemDestroyed,
    ItemRecoded,
    ItemRegistered,
    ItemWithdrawn,
    RetrievalGranted,
    RetrievalRevoked,
)
from archive.ledger import Ledger
from archive.model import Component, Item
from archive.visit_events import CertificateIssued, CertificateVoided
from policies.access import PUBLIC_FIELDS, Subject, copying, handles, may, shows_all, view_of
from policies.screening import masked
from processes.destruction.destroyed import stone_of
from processes.errors import NotFound
from processes.finding.kinds import kind_of
from processes.use_copies.kinds import kinds_of, pages_of

_SUFFIX = re.compile(
    r"avi|bmp|bwf|csv|docx?|flac|gif|jfif|jp2|jpe|jpe?g|mkv|mov|mp3|mp4|mpg|ofd|pdf|png|pptx?|tiff?|txt|wav"
    r"|xlsx?|xml|zip"
)
"""What the end of a sender's file name may say to everybody."""


def record_of(database: Database, code: str, subject: Subject | None) -> Record:
    """The item that has or had `code`, for `subject`. Raises `NotFound`: absent or forbidden alike."""
    with database.read() as conn:
        record = catalogue.item_by_code(conn, canonical_text(code), view_of(subject))
    if record is None:
        raise NotFound(f"item {code}")
    return record


def handled(connection: Connection, code: str, subject: Subject | None) -> Record:
    """The item that has or had `code`, for who handles its fonds: for all that changes or tells more than is
    public. Raises `NotFound`: absent, forbidden, or seen by its public side alone.
    """
    record = catalogue.item_by_code(connection, canonical_text(code), view_of(subject).handled)
    if record is None:
        raise NotFound(f"item {code}")
    return record


def show(database: Database, ledger: Ledger, code: str, subject: Subject | None) -> dict[str, Any]:
    """One item, as `subject` may see it. Raises `NotFound`."""
    with database.read() as conn:
        record = catalogue.item_by_code(conn, canonical_text(code), view_of(subject))
        if record is None:
            return _tombstone(conn, ledger, code, subject)
        if not shows_all(view_of(subject), record.standing):
            taken = may(view_of(copying(subject)), record.standing)
            return as_public(record.item) | ({} if taken else {"use": "view"})
        _, former = catalogue.codes_of(conn, record.item.id)
        received = catalogue.batch(conn, record.item.batch)
        entries = ledger.of_item(conn, record.item.id)
        held = holds(conn, [record.item.id]).get(record.item.id)
        since = ledger.entry(conn, held.placed).time if held else ""
    shown = as_shown(record, former, entries, (received.report if received else None) or {})
    return shown | ({"hold": {"reason": held.reason, "since": since}} if held else {})


def _tombstone(conn: Connection, ledger: Ledger, code: str, subject: Subject | None) -> dict[str, Any]:
    """What is known of a destroyed item: that it was there, and its destruction. For handlers alone."""
    item = item_of_code(conn, canonical_text(code)) if view_of(subject).full else ""
    stone = stone_of(ledger, conn, item) if item else None
    if stone is None or not handles(subject, stone.event.fonds):
        raise NotFound(f"item {code}")
    history = [_told(entry, {}) for entry in ledger.of_item(conn, item)]
    now, *former = stone.event.codes
    about = {"time": history[-1]["time"], "reason": stone.event.reason, "entry": stone.entry}
    about |= {"account": stone.event.account, "destruction": stone.event.destruction}
    named = {"code": now, "id": item, "batch": stone.batch, "fonds": stone.event.fonds}
    return named | {"destroyed": about, "former_codes": former, "history": history}


def as_public(item: Item) -> dict[str, Any]:
    """An item as everybody who may see it at all is shown it."""
    fields = {name: masked(value) for name, value in sorted(item.fields.items()) if name in PUBLIC_FIELDS}
    return {
        **_coded(item),
        "title": fields.pop("title", ""),
        **fields,
        "access": item.access,
        "components": [
            {
                "component": number,
                "file": neutral_name(item, number),
                "bytes": part.bytes,
                **part.digests,
                "format": _format(part),
                **_looked_at(part),
            }
            for number, part in enumerate(item.components, 1)
        ],
    }


def neutral_name(item: Item, number: int) -> str:
    """A file name that says no more than the code does: what the sender called it is the sender's."""
    name = item.components[number - 1].file.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    kept = suffix if _SUFFIX.fullmatch(suffix) else "bin"
    return f"{item.code}-{number}.{kept}".replace("/", "_")


def as_shown(
    record: Record, former: Sequence[str], entries: Sequence[Entry], received: Mapping[str, Any]
) -> dict[str, Any]:
    """An item as staff are shown it; `received` is the report of the batch that brought it."""
    item = record.item
    return {
        **_coded(item),
        "id": item.id,
        "batch": item.batch,
        "title": item.fields.get("title", ""),
        **{_shown(name): value for name, value in sorted(item.fields.items()) if name != "title"},
        "access": item.access,
        "appraisal": dict(item.appraisal),
        "secrecy": item.fields.get("secrecy", ""),
        "proposed": list(item.proposed),
        "withdrawn": record.withdrawn,
        "components": [_component(part) for part in item.components],
        "former_codes": list(former),
        "history": [_told(entry, received) for entry in entries],
    }


def _coded(item: Item) -> dict[str, Any]:
    names = ("code", "fonds", "category", "year", "retention", "office")
    return {name: getattr(item, name) for name in names}


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
        "format": _format(part),
        "probe": dict(part.probe),
        **_looked_at(part),
    }


def _looked_at(part: Component) -> dict[str, Any]:
    """What kind of thing it is to look at, its use copies, and how many pages have some of their own."""
    return {"kind": kind_of(part.mime), "copies": list(kinds_of(part)), "pages": pages_of(part)}


def _format(part: Component) -> dict[str, str]:
    return {"puid": part.puid, "name": part.format, "mime": part.mime}


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
    if isinstance(event, ItemAppraised):
        values |= {"field": "access", "new": event.status}
    return told | values | {"changed": _changed(event)}


def _changed(event: Event) -> str:
    match event:
        case ItemRegistered(content=item):
            return item.code
        case ItemDescribed(field=field, old=old, new=new, reason=reason):
            return f"{field}: {old or '—'} → {new or '—'} ({reason})"
        case ItemAppraised(old=old, status=new):
            said = ", ".join(f"{name}: {value}" for name, value in event.said().items() if name != "reason")
            return f"access: {old} → {new} ({event.reason})" + (f", {said}" if said else "")
        case ItemRecoded(old=old, new=new, reason=reason):
            return f"{old} → {new} ({reason})"
        case RetrievalGranted(grantee=grantee, mode=mode, until=until, request=request):
            return f"{grantee}: {mode} until {until}, request {request} ({event.reason})"
        case CertificateIssued(certificate=name):
            return name
        case CertificateVoided(certificate=name, reason=reason):
            return f"{name} ({reason})"
        case RetrievalRevoked(request=request, reason=reason):
            return f"request {request} ({reason})"
        case ItemWithdrawn() | ItemDestroyed() | HoldPlaced() | HoldLifted():
            return event.reason
        case _:
            return ""
