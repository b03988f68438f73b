"""The catalogue: projections of the ledger, written by `record` and `rebuild`, read through a View.

This is the module that other rooms use; readers are in `archive.catalogue_read`, what an event
changes in `archive.catalogue_apply`. Not here: searching, who may see what (`policies.access`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection

from archive.catalogue_apply import apply_facts
from archive.catalogue_lost import LostEntry, apply_after, apply_lost, lost_entries, need_known
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
    fonds_of_batch,
    ids_of_codes,
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
from archive.event import Fact
from archive.events import REGISTRY, Event, ItemDestroyed, Registry
from archive.ledger import Ledger
from archive.projections import dump, recreate_projections
from archive.superseded import Superseded, superseded
from policies.canonical import canonical

__all__ = [
    "BatchRecord",
    "LostEntry",
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
    "fonds_of_batch",
    "ids_of_codes",
    "item_by_code",
    "item_by_id",
    "items",
    "items_after",
    "items_of_batch",
    "lost_entries",
    "rebuild",
    "record",
    "registered_batch",
]

_PAGE = 1000
NOTHING = Superseded()


def record(tx: Connection, ledger: Ledger, events: Sequence[Event], time: str) -> tuple[int, int]:
    """Append `events` to the ledger and project them: the way anything is written to an archive.

    `tx` is of `Database.write()`. Returns the entries' indices [first, end). Raises CodeTaken,
    AlreadyRegistered, StaleCorrection, NumbersUnknown or MalformedEvent; leave the transaction by the
    exception and nothing was written.
    """
    need_known(tx, events)
    entries = ledger.append_entries(tx, events, time)
    apply_facts(tx, map(_fact, entries, events))
    return (entries[0].index, entries[-1].index + 1) if entries else (ledger.size(tx),) * 2


def apply(
    tx: Connection,
    entries: Iterable[Entry],
    registry: Registry = REGISTRY,
    lost: Collection[int] = (),
    gone: Superseded = NOTHING,
) -> None:
    """Project entries that stand in the ledger already, in order; for replaying.

    Entries whose payloads were destroyed change nothing: their tombstone says what must stay.
    `lost` are the indices of those that no site had (`archive.catalogue_lost` says what they leave);
    `gone` what later entries say is destroyed. Raises LedgerDamaged for other entries without payload,
    but for those of an item whose tombstone is among `entries`.
    """
    replay = _Replay(registry, frozenset(lost), gone)
    for kind, run in groupby(replay.pieces(entries), key=type):
        if kind is Fact:
            apply_facts(tx, (piece for piece in run if isinstance(piece, Fact)))
            continue
        for piece in run:
            if isinstance(piece, Entry):
                apply_lost(tx, piece)
            elif isinstance(piece, _After):
                apply_after(tx, piece.fact)
    if replay.bare:
        names = ", ".join(sorted(replay.bare)[:5])
        raise LedgerDamaged(f"payloads are gone without a tombstone: {names}")


def rebuild(database: Database, ledger: Ledger, registry: Registry = REGISTRY) -> int:
    """Drop every projection and make it again from the ledger; returns the number of entries read.

    One write transaction: readers see the old catalogue until it is done, and a failure leaves it.
    What was known to be lost stays known. Raises what reading an entry raises (LedgerDamaged,
    UnknownEvent, MalformedEvent).
    """
    with database.write() as tx:
        lost = [line.entry for line in lost_entries(tx)]
        recreate_projections(tx)
        size = ledger.size(tx)
        apply(tx, ledger.entries(tx, 0, size), registry, lost, superseded(ledger, tx))
    return size


@dataclass(frozen=True, slots=True)
class _After:
    """A fact of an item that lost an entry before it."""

    fact: Fact


@dataclass(slots=True)
class _Replay:
    """Tells entries that are whole from those of which the envelope alone is left."""

    registry: Registry
    lost: frozenset[int]
    gone: Superseded
    bare: set[str] = field(default_factory=set)
    maimed: set[str] = field(default_factory=set)

    def pieces(self, entries: Iterable[Entry]) -> Iterator[Fact | Entry | _After]:
        for entry in entries:
            if entry.payload is None and entry.index in self.lost:
                self.maimed |= {entry.item} if entry.item else set()
                yield entry
            elif entry.payload is None and self.gone.covers(entry):
                continue
            elif entry.payload is None and entry.item:
                self.bare.add(entry.item)
            else:
                event = entry.event(self.registry)
                if isinstance(event, ItemDestroyed):
                    self.bare.discard(event.item)
                fact = _fact(entry, event)
                yield _After(fact) if event.item_id in self.maimed else fact


def _fact(entry: Entry, event: Event) -> Fact:
    current = entry.payload is not None and entry.version == event.version
    payload = entry.payload if current and entry.payload is not None else canonical(event.payload())
    return Fact(entry.index, entry.time, event, payload)
