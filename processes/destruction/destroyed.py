"""Destructions as the ledger tells them: what was destroyed, which sites have confirmed, which have not.

Read anew each time: no table has to know it. A destruction is what `lantai destroy` was told at once; its
name stands in each tombstone. Not done here: carrying one out (`destroy`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from archive.entries import Entry
from archive.events import DestructionConfirmed, ItemDestroyed, SiteRetired
from archive.ledger import Ledger
from ingest.tools import Tools
from policies.access import Subject, handles
from storage.vault import object_name


@dataclass(frozen=True, slots=True)
class Stone:
    """A destroyed item: the entry of its tombstone, that of its registration, the batch that brought it."""

    entry: int
    registered: int
    batch: str
    event: ItemDestroyed

    @property
    def keys(self) -> tuple[str, ...]:
        """What must have no key any more: the item and its objects."""
        return (self.event.item, *self.event.objects)

    @property
    def objects(self) -> Iterator[str]:
        """Where its sealed objects stood at a site."""
        return (object_name(self.batch, one) for one in self.event.objects)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a site said: `kept` objects it has to keep `until` then, 0 where all is gone."""

    entry: int
    time: str
    kept: int = 0
    until: str = ""


@dataclass(slots=True)
class Destruction:
    """One destruction; `confirmed` by site. Sites that were given up since have nothing to confirm."""

    id: str
    time: str
    reason: str
    account: str
    os_user: str
    sites: tuple[str, ...]
    supervisors: tuple[str, ...] = ()
    stones: list[Stone] = field(default_factory=list)
    confirmed: dict[str, Confirmation] = field(default_factory=dict)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The sites that have not confirmed at all."""
        return tuple(name for name in self.sites if name not in self.confirmed)

    def concerns(self, subject: Subject) -> bool:
        """Whether `subject` may be told what went: it handles the fonds of every item."""
        return all(handles(subject, stone.event.fonds) for stone in self.stones)

    @property
    def locked(self) -> Mapping[str, Confirmation]:
        """The sites that have, but must keep objects for a time."""
        return {name: one for name, one in self.confirmed.items() if one.kept}

    @property
    def done(self) -> bool:
        """Whether nothing is left to do at any site."""
        return not (self.waiting or self.locked)

    @property
    def last(self) -> int:
        """The entry of its last tombstone."""
        return self.stones[-1].entry

    def by_batch(self) -> dict[str, list[Stone]]:
        """The destroyed items of each batch."""
        found: dict[str, list[Stone]] = {}
        for stone in self.stones:
            found.setdefault(stone.batch, []).append(stone)
        return found


def destructions(tools: Tools) -> list[Destruction]:
    """Every destruction, oldest first."""
    with tools.database.read() as conn:
        return list(_read(tools.ledger, conn).values())


def stone_of(ledger: Ledger, conn: Connection, item: str) -> Stone | None:
    """The tombstone of one item, None where it has none that can be read."""
    stones = _whole(ledger.of_item(conn, item))
    return next((_stone(ledger, conn, entry) for entry in stones), None)


def objects_gone(tools: Tools) -> dict[str, str]:
    """Where objects of destroyed items stood, with the code that each item had."""
    stones = [stone for one in destructions(tools) for stone in one.stones]
    return {name: stone.event.codes[0] for stone in stones for name in stone.objects}


def _read(ledger: Ledger, conn: Connection) -> dict[str, Destruction]:
    found: dict[str, Destruction] = {}
    types = ItemDestroyed.type, DestructionConfirmed.type, SiteRetired.type
    for entry in ledger.of_type(conn, *types):
        if entry.payload is None:
            continue
        event = entry.event()
        if isinstance(event, ItemDestroyed) and event.destruction:
            known = found.setdefault(event.destruction, _new(event, entry.time))
            known.stones.append(_stone(ledger, conn, entry))
        elif isinstance(event, DestructionConfirmed) and event.destruction in found:
            told = Confirmation(entry.index, entry.time, event.kept, event.until)
            found[event.destruction].confirmed[event.site] = told
        elif isinstance(event, SiteRetired):
            for one in found.values():
                if event.site in one.sites and event.site not in one.confirmed and not event.kept:
                    one.confirmed[event.site] = Confirmation(entry.index, entry.time)
    return found


def _new(event: ItemDestroyed, time: str) -> Destruction:
    who = event.account, event.os_user, event.sites, event.supervisors
    return Destruction(event.destruction, time, event.reason, *who)


def _whole(entries: Iterable[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.type == ItemDestroyed.type and entry.payload is not None)


def _stone(ledger: Ledger, conn: Connection, entry: Entry) -> Stone:
    event = entry.event()
    assert isinstance(event, ItemDestroyed)  # it was asked for by its type
    brought = ledger.registration(conn, event.item)
    return Stone(entry.index, brought[0], brought[1], event)
