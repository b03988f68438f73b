"""Feeding the index: what the outbox names is read from the catalogue and put into the index.

At least once, never lost: an item leaves the outbox only after the index has it durably, and
feeding it twice leaves one document.
"""

from __future__ import annotations

from pathlib import Path

from archive import catalogue, working
from archive.database import Database
from ingest.locks import only_one, only_one_or_none
from policies.access import EVERYTHING
from search.index import Document, Index

LOCK = "index.lock"
AT_ONCE = 5_000
"""So many documents are read and fed together: memory stays flat however long the outbox is."""


def feed(database: Database, index: Index, work: Path) -> int:
    """Bring the index up to the catalogue; how many items were fed."""
    with only_one(work / LOCK):
        return _feed(database, index)


def feed_if_free(database: Database, index: Index, work: Path) -> None:
    """As `feed`, where something waits and nobody is feeding: whoever searches waits for nobody."""
    if database.read_only:
        return
    with database.read() as conn:
        waits = bool(working.pending(conn, 1))
    if waits:
        with only_one_or_none(work / LOCK) as mine:
            if mine:
                _feed(database, index)


def _feed(database: Database, index: Index) -> int:
    fed = 0
    while True:
        with database.read() as conn:
            lines = working.pending(conn, AT_ONCE)
            ids = list(dict.fromkeys(item for _, item in lines))
            records = catalogue.items(conn, ids, EVERYTHING)
            former = {record.item.id: catalogue.codes_of(conn, record.item.id)[1] for record in records}
        if not lines:
            return fed
        kept = [record for record in records if not record.withdrawn]
        gone = set(ids) - {record.item.id for record in kept}
        index.feed([document(record, former[record.item.id]) for record in kept], sorted(gone))
        with database.write() as tx:
            working.settle(tx, lines[-1][0])
        fed += len(ids)


def refill(database: Database, index: Index, work: Path) -> int:
    """Empty the index and feed it every item anew. Queued before it is emptied: a crash loses nothing."""
    with only_one(work / LOCK):
        with database.write() as tx:
            working.enqueue_all(tx)
        index.clear()
    return feed(database, index, work)


def rewrite(database: Database, index: Index, work: Path) -> None:
    """Write the index anew from the catalogue: no word of anything else is left in its files."""
    with only_one(work / LOCK), database.read() as conn:
        lines = working.pending(conn, 1 << 62)
        kept = (record for record in catalogue.all_items(conn) if not record.withdrawn)
        index.rewrite(document(record, catalogue.codes_of(conn, record.item.id)[1]) for record in kept)
    if lines:
        with database.write() as tx:
            working.settle(tx, lines[-1][0])


def document(record: catalogue.Record, former_codes: tuple[str, ...]) -> Document:
    """An item as the index holds it. Its rank is its place in the ledger: unique, and newest first."""
    item, fields = record.item, record.item.fields
    return Document(
        id=item.id,
        rank=record.registered,
        code=item.code,
        former_codes=former_codes,
        fonds=item.fonds,
        category=item.category,
        year=item.year,
        retention=item.retention,
        office=item.office,
        access=item.access,
        date=fields.get("date", ""),
        title=fields.get("title", ""),
        author=fields.get("author", ""),
        keywords=fields.get("keywords", ""),
        people=fields.get("people", ""),
        place=fields.get("place", ""),
        abstract=fields.get("abstract", ""),
        document_number=fields.get("document_number", ""),
        notes=fields.get("notes", ""),
        text="",
    )
