"""What the catalogue holds of an item, as the projections read it and write it again.

Not here: what an event changes of it (`archive.catalogue_apply`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from archive import tables
from archive.counted import moved
from archive.model import Item
from archive.people_events import ItemAppraised
from policies.canonical import canonical

AT_ONCE = 500
"""So many items are read at once, whatever a database's limit on parameters."""

COLUMNS = ("code", "fonds", "category", "year", "retention", "access", "secrecy", "holder", "due")
"""Columns of `item` that repeat what its payload says, for queries."""


def payload_of(tx: Connection, item: str) -> dict[str, Any] | None:
    """What the catalogue holds of an item; None where there is no such item."""
    return payloads_of(tx, [item]).get(item)


def payloads_of(tx: Connection, items: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the catalogue holds of each of these items that there are."""
    table = tables.item.c
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(items), AT_ONCE):
        query = select(table.id, table.payload).where(table.id.in_(items[start : start + AT_ONCE]))
        found.update({item: json.loads(text) for item, text in tx.execute(query)})
    return found


def rewrite(tx: Connection, payloads: Mapping[str, dict[str, Any]]) -> None:
    """Replace what the catalogue holds of items."""
    rows = []
    for item, payload in payloads.items():
        content = Item.from_payload(payload)
        shown = {f"new_{name}": getattr(content, name) for name in COLUMNS}
        rows.append({"which": item, "new_payload": canonical(payload).decode()} | shown)
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*COLUMNS, "payload")}
    if rows:
        with moved(tx, list(payloads)):
            tx.execute(update(tables.item).where(tables.item.c.id == bindparam("which")).values(values), rows)


def appraise(event: ItemAppraised, payload: dict[str, Any]) -> None:
    """Give the registered item whose payload this is the status and restriction that were decided on."""
    payload["access"] = event.status
    payload["appraisal"] = event.said()
