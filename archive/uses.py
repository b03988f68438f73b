"""The use journal as it is kept: newest uses as rows, all others in segments that are entries of the ledger.

A row is one use; the oldest become a segment (`UsesSealed`) and go, in one transaction. A use's number is its
place in the journal: that of a row follows from how many were sealed before. Not here: what is written of a
use (`policies.uses`), when a segment is made (`processes.using.uses`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from archive import tables
from archive.entries import Entry
from archive.events import UsesSealed
from archive.ledger import Ledger
from archive.tiles import TileReader

_OWN = ("time", "account", "kind")
_ENCODED = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Use:
    """One use: when (UTC, as the ledger writes it), by whom ("" for nobody known), its kind, and the rest."""

    time: str
    account: str
    kind: str
    detail: Mapping[str, str]

    def told(self) -> dict[str, str]:
        """As a segment holds it."""
        return {"time": self.time, "account": self.account, "kind": self.kind, **self.detail}

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Use:
        """The use that `told` gave. Raises KeyError for what is none."""
        rest = {name: str(value) for name, value in told.items() if name not in _OWN}
        return cls(str(told["time"]), str(told["account"]), str(told["kind"]), rest)


def enter(tx: Connection, uses: Sequence[Use]) -> None:
    """Write uses behind all others; they are durable when the transaction is."""
    rows = [
        {"time": use.time, "account": use.account, "kind": use.kind, "detail": _text(use.detail)}
        for use in uses
    ]
    if rows:
        tx.execute(insert(tables.use), rows)


def _text(detail: Mapping[str, str]) -> str:
    return _ENCODED(dict(detail))


def unsealed(connection: Connection, limit: int = -1) -> list[tuple[int, Use]]:
    """Rows that are in no segment yet, oldest first, with what they are removed by."""
    table = tables.use
    query = select(table).order_by(table.c.seq)
    rows = connection.execute(query.limit(limit) if limit >= 0 else query)
    return [(row.seq, Use(row.time, row.account, row.kind, json.loads(row.detail))) for row in rows]


def waiting(connection: Connection) -> tuple[int, str]:
    """How many uses are in no segment yet, and when the oldest was; 0 and "" for none."""
    table = tables.use.c
    count, oldest = connection.execute(select(func.count(), func.min(table.time))).one()
    return int(count), oldest or ""


def remove(tx: Connection, rows: Iterable[int]) -> None:
    """Take rows away that a segment of this transaction holds."""
    numbers = sorted(rows)
    for first in range(0, len(numbers), 500):
        tx.execute(delete(tables.use).where(tables.use.c.seq.in_(numbers[first : first + 500])))


def segments(connection: Connection, ledger: Ledger, before: int = -1) -> Iterator[Entry]:
    """Entries of segments, newest first; with `before`, from that entry on backwards, itself included."""
    table = tables.entry.c
    while True:
        query = select(table.index).where(table.type == UsesSealed.type)
        query = query.where(table.index <= before) if before >= 0 else query
        index = connection.execute(query.order_by(table.index.desc()).limit(1)).scalar()
        if index is None:
            return
        yield ledger.entry(connection, int(index))
        if index == 0:
            return
        before = int(index) - 1


def holds(connection: Connection, entry: Entry) -> bool:
    """Whether a segment is the one that stands in the ledger's tree, payload and all."""
    node = TileReader(connection).node
    return entry.columns_hold() and entry.commitment_holds() and node(0, entry.index) == entry.leaf_hash()


def sealed(connection: Connection, ledger: Ledger) -> int:
    """How many uses are in segments: where the next one begins. A segment that is lost counts as the newest
    whole one behind which it stands: its number is not known, and the next begins no lower.
    """
    for entry in segments(connection, ledger):
        if entry.payload is not None:
            event = entry.event()
            assert isinstance(event, UsesSealed)  # its type says so
            return event.first + event.count
    return 0


def rewrite(tx: Connection, row: int, detail: Mapping[str, str]) -> None:
    """Tell one use that is in no segment yet otherwise; `row` is as `unsealed` gave it."""
    tx.execute(update(tables.use).where(tables.use.c.seq == row).values(detail=_text(detail)))
