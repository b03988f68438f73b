"""The catalogue: projections of the ledger, written by `record` and `rebuild`, read through a View.

This is the module that other rooms use; readers are in `archive.catalogue_read`, what an event
changes in `archive.catalogue_apply`. Not here: searching, who may see what (`policies.access`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from archive.catalogue_apply import Fact, apply_facts
from archive.catalogue_read import (
    BatchRecord,
    Record,
    StoredObject,
    all_components,
    all_items,
    batch,
    batches,
    batches_of_list,
    codes_of,
    components_of,
    digests_known,
    item_by_code,
    item_by_id,
    items,
    items_after,
    items_of_batch,
    registered_batch,
)
from archive.database import Database
from archive.entries import Entry
from archive.errors import LedgerDamaged
from archive.events import REGISTRY, Event, ItemDestroyed, Registry
from archive.ledger import Ledger
from archive.projections import dump, recreate_projections
from policies.canonical import canonical

__all__ = [
    "BatchRecord",
    "Record",
    "StoredObject",
    "all_components",
    "all_items",
    "apply",
    "batch",
    "batches",
    "batches_of_list",
    "codes_of",
    "components_of",
    "digests_known",
    "dump",
    "item_by_code",
    "item_by_id",
    "items",
    "items_after",
    "items_of_batch",
    "rebuild",
    "record",
    "registered_batch",
]

_PAGE = 1000


def record(tx: Connection, ledger: Ledger, events: Sequence[Event], time: str) -> tuple[int, int]:
    """Append `events` to the ledger and project them: the way anything is written to an archive.

    `tx` is of `Database.write()`. Returns the entries' indices [first, end). Raises CodeTaken,
    AlreadyRegistered, StaleCorrection or MalformedEvent; leave the transaction by the exception
    and nothing was written.
    """
    entries = ledger.append_entries(tx, events, time)
    apply_facts(tx, map(_fact, entries, events))
    return (entries[0].index, entries[-1].index + 1) if entries else (ledger.size(tx),) * 2


def apply(tx: Connection, entries: Iterable[Entry], registry: Registry = REGISTRY) -> None:
    """Project entries that stand in the ledger already, in order; for replaying.

    Entries whose payloads were destroyed change nothing: their tombstone says what must stay.
    Raises LedgerDamaged when there are such entries of an item without a tombstone among `entries`.
    """
    bare: set[str] = set()
    apply_facts(tx, _facts(entries, registry, bare))
    if bare:
        raise LedgerDamaged(f"payloads are gone without a tombstone: {', '.join(sorted(bare)[:5])}")


def rebuild(database: Database, ledger: Ledger, registry: Registry = REGISTRY) -> int:
    """Drop every projection and make it again from the ledger; returns the number of entries read.

    One write transaction: readers see the old catalogue until it is done, and a failure leaves it.
    Raises what reading an entry raises (LedgerDamaged, UnknownEvent, MalformedEvent).
    """
    with database.write() as tx:
        recreate_projections(tx)
        size = ledger.size(tx)
        apply(tx, ledger.entries(tx, 0, size), registry)
    return size


def _facts(entries: Iterable[Entry], registry: Registry, bare: set[str]) -> Iterator[Fact]:
    for entry in entries:
        if entry.payload is None and entry.item:
            bare.add(entry.item)
            continue
        event = entry.event(registry)
        if isinstance(event, ItemDestroyed):
            bare.discard(event.item)
        yield _fact(entry, event)


def _fact(entry: Entry, event: Event) -> Fact:
    current = entry.payload is not None and entry.version == event.version
    payload = entry.payload if current and entry.payload is not None else canonical(event.payload())
    return Fact(entry.index, entry.time, event, payload)
