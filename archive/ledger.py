"""The ledger: entries in order, the Merkle tree over them, and its signed heads.

Everything that happens to a record is an entry here; the catalogue is a view of it. Not here: what
entries mean to the catalogue (`archive.catalogue`: use its `record` to append and project in one
step), publishing to sites, keys.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from archive import tables
from archive.bulk import Value, insert_rows
from archive.database import Database
from archive.destruction_events import REPORT_TYPES
from archive.entries import SALT_BYTES, Entry, check_time, make_entry
from archive.errors import LedgerDamaged
from archive.events import Event
from archive.merkle import consistency_proof, inclusion_proof, tree_root
from archive.notes import Checkpoint, Signer, checkpoint_text, sign_note, unverified_checkpoint
from archive.proofs import Proof
from archive.tiles import WIDTH, TileName, TileReader, append_leaves

_PAGE = 1000
_NEWEST = select(func.max(tables.entry.c.index)).where(
    tables.entry.c.item == bindparam("wanted")
)  # made once


class Ledger:
    """The ledger named `origin` in `database`. Holds no state of its own: any number may be made."""

    def __init__(self, database: Database, origin: str) -> None:
        self._database = database
        self.origin = origin

    def append(self, tx: Connection, events: Sequence[Event], time: str) -> tuple[int, int]:
        """Append `events`, all at `time`, and return their entries' indices as [first, end).

        `tx` is of `Database.write()`: nothing is there until it commits. Projects nothing.
        Raises MalformedEvent, or what canonical JSON raises, before anything is written.
        """
        entries = self.append_entries(tx, events, time)
        first = entries[0].index if entries else self.size(tx)
        return first, first + len(entries)

    def append_entries(self, tx: Connection, events: Sequence[Event], time: str) -> list[Entry]:
        """As `append`, returning the entries themselves."""
        check_time(time)
        if not events:
            return []
        size = self.size(tx)
        salts = os.urandom(SALT_BYTES * len(events))
        entries = [
            make_entry(size + n, event, time, salts[n * SALT_BYTES : (n + 1) * SALT_BYTES])
            for n, event in enumerate(events)
        ]
        insert_rows(tx, tables.entry, [_row(entry) for entry in entries])
        append_leaves(tx, size, [entry.leaf_hash() for entry in entries])
        return entries

    def adopt(self, tx: Connection, entries: Sequence[Entry]) -> None:
        """Put entries that were had back from a site behind those that are there, as they are.

        Verifies nothing: whoever got them has held them against a signed head. Projects nothing.
        """
        if entries:
            insert_rows(tx, tables.entry, [_row(entry) for entry in entries])
            append_leaves(tx, entries[0].index, [entry.leaf_hash() for entry in entries])

    def give_payloads(self, tx: Connection, entries: Sequence[Entry]) -> None:
        """Put payload and salt beside adopted entries, as they are."""
        rows = [{"at": entry.index, "given": entry.payload, "salted": entry.salt} for entry in entries]
        if rows:
            chosen = update(tables.entry).where(tables.entry.c.index == bindparam("at"))
            tx.execute(chosen.values(payload=bindparam("given"), salt=bindparam("salted")), rows)

    def adopt_head(self, tx: Connection, head: Checkpoint, time: str) -> None:
        """Remember a signed head that was had back; the size must have none yet."""
        values = {"size": head.size, "root": head.root, "note": head.note, "time": time}
        tx.execute(insert(tables.checkpoint).values(**values))

    def size(self, connection: Connection) -> int:
        """How many entries there are."""
        newest = connection.execute(select(func.max(tables.entry.c.index))).scalar()
        return 0 if newest is None else int(newest) + 1

    def root(self, connection: Connection, size: int) -> bytes:
        """The root of the tree over the first `size` entries. Raises LedgerDamaged beyond the end."""
        return tree_root(size, TileReader(connection).node)

    def inclusion(self, connection: Connection, index: int, size: int) -> tuple[bytes, ...]:
        """The audit path of entry `index` in the tree of `size`; ValueError when it is not in it."""
        return inclusion_proof(index, size, TileReader(connection).node)

    def consistency(self, connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
        """That the tree of `new` continues that of `old`; ValueError unless 0 < old <= new."""
        return consistency_proof(old, new, TileReader(connection).node)

    def proofs(self, connection: Connection, indices: Iterable[int], head: Checkpoint) -> list[Proof]:
        """Proof files for entries, against `head`; each carries its envelope as extra data."""
        node = TileReader(connection).node
        found = []
        for index in indices:
            entry = self.entry(connection, index)
            hashes = inclusion_proof(index, head.size, node)
            found.append(Proof(index, hashes, head.note, entry.envelope))
        return found

    def entry(self, connection: Connection, index: int) -> Entry:
        """One entry. Raises LedgerDamaged when it is not there."""
        row = connection.execute(select(tables.entry).where(tables.entry.c.index == index)).one_or_none()
        if row is None:
            raise LedgerDamaged(f"entry {index} is missing")
        return _entry(row)

    def entries(self, connection: Connection, start: int, end: int) -> Iterator[Entry]:
        """Entries [start, end) in order. Raises LedgerDamaged where one is missing."""
        column = tables.entry.c.index
        for first in range(start, end, _PAGE):
            page = select(tables.entry).where(column >= first, column < min(first + _PAGE, end))
            rows = connection.execute(page.order_by(column)).all()
            if len(rows) != min(first + _PAGE, end) - first:
                raise LedgerDamaged(f"entries are missing between {first} and {min(first + _PAGE, end)}")
            yield from map(_entry, rows)

    def of_item(self, connection: Connection, item: str) -> list[Entry]:
        """All entries that name the item, oldest first."""
        return _all(connection, select(tables.entry).where(tables.entry.c.item == item))

    def newest_of(self, connection: Connection, item: str) -> int:
        """The newest entry that names the item, -1 for none."""
        newest = connection.execute(_NEWEST, {"wanted": item}).scalar()
        return -1 if newest is None else int(newest)

    def batch_of(self, connection: Connection, item: str) -> str:
        """The batch that brought the item, "" for an unknown one; public, so it outlives destruction."""
        return self.registration(connection, item)[1]

    def registration(self, connection: Connection, item: str) -> tuple[int, str]:
        """The entry that registered the item, and the batch that brought it; -1 and "" for an unknown one."""
        column = tables.entry.c
        query = select(column.index, column.batch)
        row = connection.execute(query.where(column.item == item, column.type == "item.registered")).first()
        return (int(row[0]), row[1] or "") if row else (-1, "")

    def of_batch(self, connection: Connection, batch: str) -> list[Entry]:
        """All entries that name the batch, oldest first: its report and the items it brought."""
        return _all(connection, select(tables.entry).where(tables.entry.c.batch == batch))

    def of_type(self, connection: Connection, *types: str) -> Iterator[Entry]:
        """All entries of these types, oldest first, read page by page: history without a table of its own."""
        column, after = tables.entry.c, -1
        while True:
            page = select(tables.entry).where(column.type.in_(types), column.index > after)
            rows = connection.execute(page.order_by(column.index).limit(_PAGE)).all()
            yield from map(_entry, rows)
            if len(rows) < _PAGE:
                return
            after = int(rows[-1][0])

    def weight(self, connection: Connection, size: int) -> int:
        """About how many bytes the first `size` entries take as they are published, payloads sealed."""
        column = tables.entry.c
        parts = func.sum(func.length(column.envelope)), func.sum(func.length(column.payload))
        envelopes, payloads = connection.execute(select(*parts).where(column.index < size)).one()
        return int(envelopes or 0) + int(payloads or 0) + 256 * size

    def bundle(self, connection: Connection, name: TileName) -> bytes:
        """An entry bundle as published: envelopes, each after its length in 16 bits, big-endian.

        Raises LedgerDamaged where an entry is not what its leaf in the tree says.
        """
        start, node = name.number * WIDTH, TileReader(connection).node
        pieces = []
        for entry in self.entries(connection, start, start + name.width):
            if node(0, entry.index) != entry.leaf_hash():
                raise LedgerDamaged(f"entry {entry.index} in the database is not the one in the tree")
            pieces.append(len(entry.envelope).to_bytes(2, "big") + entry.envelope)
        return b"".join(pieces)

    def sign_head(self, signer: Signer, time: str) -> Checkpoint:
        """The signed head of the ledger as it stands; signed and stored unless this size has one.

        One size is signed once, also when several processes race, and it is durable before it is
        returned. Safe to repeat; never inside a `write()` of the caller. Raises LedgerDamaged when
        the tree does not continue the newest head that was signed.
        """
        check_time(time)
        with self._database.read() as connection:
            newest = self.newest_head(connection)
            if newest is not None and newest.size == self.size(connection):
                return newest
        with self._database.write() as tx:
            return self.sign_head_within(tx, [signer], time)

    def sign_head_within(self, tx: Connection, signers: Sequence[Signer], time: str) -> Checkpoint:
        """As `sign_head` with all of `signers`, within a `write()` of the caller: durable when that is."""
        check_time(time)
        size, newest = self.size(tx), self.newest_head(tx)
        if newest is not None and newest.size == size:
            return newest
        if newest is not None and (newest.size > size or self.root(tx, newest.size) != newest.root):
            raise LedgerDamaged(f"the ledger does not continue the head signed at {newest.size}")
        root = self.root(tx, size)
        note = sign_note(checkpoint_text(self.origin, size, root), signers)
        tx.execute(insert(tables.checkpoint).values(size=size, root=root, note=note, time=time))
        return Checkpoint(self.origin, size, root, note)

    def newest_head(self, connection: Connection) -> Checkpoint | None:
        """The newest head that was signed, None before the first."""
        column = tables.checkpoint.c
        note = connection.execute(select(column.note).order_by(column.size.desc()).limit(1)).scalar()
        return None if note is None else unverified_checkpoint(note)

    def head_at(self, connection: Connection, size: int) -> Checkpoint | None:
        """The head that was signed at `size`, None when none was."""
        column = tables.checkpoint.c
        note = connection.execute(select(column.note).where(column.size == size)).scalar()
        return None if note is None else unverified_checkpoint(note)

    def newest_first(self, connection: Connection, before: int, limit: int, kind: str = "") -> list[Entry]:
        """At most `limit` entries below number `before`, of one type where `kind` names it, newest first."""
        column = tables.entry.c
        page = select(tables.entry).where(column.index < before)
        page = page.where(column.type == kind) if kind else page
        return [_entry(row) for row in connection.execute(page.order_by(column.index.desc()).limit(limit))]

    def heads(self, connection: Connection, below: int, limit: int) -> list[tuple[int, str, bytes, str]]:
        """Size, time, root and note of at most `limit` signed heads smaller than `below`, largest first."""
        column = tables.checkpoint.c
        page = select(column.size, column.time, column.root, column.note).where(column.size < below)
        rows = connection.execute(page.order_by(column.size.desc()).limit(limit))
        return [(int(size), time, root, note) for size, time, root, note in rows]

    def damaged_entries(self, connection: Connection, start: int, end: int) -> Iterator[int]:
        """Indices in [start, end) of entries that are not what the tree and their envelope say.

        A destroyed payload is no damage. Compares with level 0 of the tiles; compare the root with
        a signed head to know that those are the right ones.
        """
        node = TileReader(connection).node
        for entry in self.entries(connection, start, end):
            gone = entry.payload is None and entry.salt is None
            whole = node(0, entry.index) == entry.leaf_hash() and entry.columns_hold()
            if not (whole and (gone or entry.commitment_holds())):
                yield entry.index

    def destroy_payloads(self, tx: Connection, item: str) -> int:
        """Take payload and salt out of all entries of an item, but for its tombstone; returns how many.

        Record `ItemDestroyed` first, in the same transaction: without it a rebuild refuses.
        """
        column = tables.entry.c
        chosen = update(tables.entry).where(column.item == item, column.type != "item.destroyed")
        return tx.execute(chosen.values(payload=None, salt=None)).rowcount

    def destroy_reports(self, tx: Connection, batch: str, before: int) -> int:
        """Take payload and salt out of the batch's reports before the entry `before`; returns how many.

        That entry is a `BatchRedacted`, in the same transaction: without it a rebuild refuses.
        """
        column = tables.entry.c
        chosen = update(tables.entry).where(column.batch == batch, column.type.in_(REPORT_TYPES))
        return tx.execute(chosen.where(column.index < before).values(payload=None, salt=None)).rowcount


def _all(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Entry]:
    return [_entry(row) for row in connection.execute(query.order_by(tables.entry.c.index))]


def _row(entry: Entry) -> tuple[Value, ...]:
    """In the order of the table's columns."""
    return (
        entry.index,
        entry.time,
        entry.type,
        entry.version,
        entry.batch or None,
        entry.item or None,
        entry.envelope,
        entry.salt,
        entry.payload,
    )


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    index, time, kind, version, batch, item, envelope, salt, payload = row
    return Entry(index, time, kind, version, batch or "", item or "", envelope, salt, payload)
