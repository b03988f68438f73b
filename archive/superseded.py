"""Entries whose payload is destroyed, or is to be, as later entries say in public: tombstones and redactions.

Not here: destroying payloads (`archive.ledger`), what a payload that is lost without this means
(`archive.catalogue_lost`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from archive.destruction_events import REPORT_TYPES, BatchRedacted
from archive.entries import Entry
from archive.events import ItemDestroyed
from archive.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Superseded:
    """`items` have a tombstone; the reports of a batch before the index in `reports` were redacted."""

    items: frozenset[str] = frozenset()
    reports: Mapping[str, int] = field(default_factory=dict)

    def covers(self, entry: Entry) -> bool:
        """Whether the entry's payload must not be there any more."""
        if entry.item:
            return entry.type != ItemDestroyed.type and entry.item in self.items
        return entry.type in REPORT_TYPES and entry.index < self.reports.get(entry.batch, 0)


def superseded(ledger: Ledger, connection: Connection) -> Superseded:
    """What the ledger's envelopes say; no payload is needed."""
    items: set[str] = set()
    reports: dict[str, int] = {}
    for entry in ledger.of_type(connection, ItemDestroyed.type, BatchRedacted.type):
        if entry.item:
            items.add(entry.item)
        else:
            reports[entry.batch] = entry.index
    return Superseded(frozenset(items), reports)
