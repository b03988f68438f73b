"""Feeding the index: what the outbox names is read from the catalogue and put into the index.

At least once, never lost: an item leaves the outbox only after the index has it durably, and feeding it twice
leaves one document. An index that is lost, damaged or of another version is made anew by whoever feeds next.

Made anew it is beside the one that answers: read from the catalogue in the order of registering, one large
portion after the other. How far that is, the new generation itself knows; a run that was killed is gone on
with where it was. Whoever feeds meanwhile feeds both, so nothing waits but for one portion, and what is
narrowed is narrowed in both. At its end what waits is fed, the new one answers, and nothing of the former
is left.

One lock (`index.lock`) is held while items are read and put into the index, so that nothing older overwrites
what is newer; another (`index-anew.lock`) by whoever makes it anew, always taken before the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from archive import working
from archive.catalogue_index import IndexLine, findable, indexed, indexed_after
from archive.database import Database
from ingest.locks import only_one, only_one_or_none
from policies.screening import beginning
from search.errors import IndexUnusable
from search.index import Document
from search.living import Filling, LivingIndex

LOCK = "index.lock"
ANEW_LOCK = "index-anew.lock"
AT_ONCE = 5_000
"""So many documents are read and fed together: memory stays flat however long the outbox is."""
ANEW_AT_ONCE = 50_000
"""As many where the index is made anew: a portion takes seconds, and others may feed between two."""
MOST_CHARACTERS = 1_000_000
"""So much of what an item's files say is indexed, all together."""
SOON = 5_000
"""An archive of so many items has its lost index made anew inside a search: that takes no longer than one."""


def feed(database: Database, index: LivingIndex, work: Path) -> int:
    """Bring the index up to the catalogue; how many items were fed. One that is wanting is made anew."""
    if index.wanting:
        return refill(database, index, work)
    with only_one(work / LOCK):
        return _feed(database, index)


def feed_or_leave(database: Database, index: LivingIndex, work: Path) -> None:
    """As `feed`, after something that stands in the ledger: an index that cannot be written now leaves
    it in the outbox, for whoever searches or works next, and what was done is not told as failed.
    """
    with suppress(IndexUnusable):
        feed(database, index, work)


def feed_if_free(database: Database, index: LivingIndex, work: Path) -> None:
    """As `feed`, where something waits and nobody is feeding: whoever searches waits for nobody."""
    if database.read_only:
        return
    with database.read() as conn:
        waits = bool(working.pending(conn, 1))
    if not waits:
        return
    if index.wanting:
        if _is_small(database):
            refill(database, index, work)
        return
    with only_one_or_none(work / LOCK) as mine:
        if mine:
            _feed(database, index)


def refill(database: Database, index: LivingIndex, work: Path, *, afresh: bool = False) -> int:
    """Make the index anew from the catalogue, while the one that stands answers; how many items it holds.

    What a killed run began is gone on with; `afresh` begins again: what was read then may be destroyed now.
    """
    with only_one(work / ANEW_LOCK):
        _refill(database, index, work, afresh)
    return index.count()


def go_on(database: Database, index: LivingIndex, work: Path) -> int:
    """Finish what a killed `refill` left, where nobody else is at it; how many items the index then holds."""
    if not index.unfinished:
        return 0
    with only_one_or_none(work / ANEW_LOCK) as mine:
        if not mine or not index.unfinished:
            return 0
        _refill(database, index, work, afresh=False)
    return index.count()


def rewrite(database: Database, index: LivingIndex, work: Path) -> None:
    """Write the index anew from the catalogue: no word of anything else is left in its files."""
    refill(database, index, work, afresh=True)


def _feed(database: Database, index: LivingIndex, after: int = 0) -> int:
    """Feed what waits, leaving lines of the outbox up to `after` alone."""
    fed = 0
    while True:
        with database.read() as conn:
            lines = working.pending(conn, AT_ONCE, after)
            ids = list(dict.fromkeys(item for _, item in lines))
            found = _documents(indexed(conn, ids))
        if not lines:
            return fed
        gone = set(ids) - {one.id for one in found}
        index.feed(found, sorted(gone))
        with database.write() as tx:
            working.settle(tx, lines[-1][0], after)
        fed += len(ids)


def _refill(database: Database, index: LivingIndex, work: Path, afresh: bool) -> None:
    wanting = index.wanting
    if wanting and (afresh or wanting != "missing" or not index.unfinished):
        _give_up(database, index, work)  # what cannot be used cannot be fed beside the next one either
    with index.anew(afresh=afresh) as filling:
        known = _newest(database) if filling.highest < 0 else 0  # all up to it is read from the catalogue
        after = filling.highest
        while True:
            with only_one(work / LOCK):
                reached = _fill(database, filling, after)
                if reached == after:
                    _feed(database, index, known)
                    reached = _fill(database, filling, after)  # what was registered before that looked
                if reached == after:
                    filling.finish()
                    break
            after = reached
    with database.write() as tx:
        working.settle(tx, known)


def _give_up(database: Database, index: LivingIndex, work: Path) -> None:
    """Throw away what cannot be used. What waits for it is settled at once: whoever is killed now, an index
    that is missing is made anew from the catalogue.
    """
    with only_one(work / LOCK):
        newest = _newest(database)
        index.abandon()
        with database.write() as tx:
            working.settle(tx, newest)


def _newest(database: Database) -> int:
    with database.read() as conn:
        return working.newest(conn)


def _fill(database: Database, filling: Filling, after: int) -> int:
    """Put the next portion in; how far the catalogue was read."""
    with database.read() as conn:
        lines = indexed_after(conn, after, ANEW_AT_ONCE)
    found = _documents(lines)
    if found:
        filling.append(found)
    return lines[-1].registered if lines else after


def _documents(lines: Iterable[IndexLine]) -> list[Document]:
    """Those of the lines that can be found, as the index holds them."""
    return [document(line) for line in lines if not line.withdrawn]


def _is_small(database: Database) -> bool:
    with database.read() as conn:
        return findable(conn) <= SOON


def document(line: IndexLine) -> Document:
    """An item as the index holds it. Its rank is its place in the ledger: unique, and newest first."""
    fields = line.fields
    return Document(
        id=line.id,
        rank=line.registered,
        code=line.code,
        former_codes=line.former,
        fonds=line.fonds,
        category=line.category,
        year=line.year,
        retention=line.retention,
        office=line.office,
        access=line.access,
        secrecy=line.secrecy,
        holder=line.holder,
        date=fields.date,
        title=fields.title,
        author=fields.author,
        keywords=fields.keywords,
        people=fields.people,
        place=fields.place,
        abstract=fields.abstract,
        document_number=fields.document_number,
        genre=fields.genre,
        notes=fields.notes,
        box=fields.box,
        shelf=fields.shelf,
        text=beginning(line.text, MOST_CHARACTERS),
    )
