"""Working state: what is still to be indexed, begun, published, or brought to a site. All may be lost.

Not here: anything that must survive a rebuild (`archive.ledger`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, bindparam, delete, exists, func, insert, select, update

from archive import tables
from archive.asking import Question


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch that was begun and is not registered or returned yet. `detail` is the owner's JSON."""

    batch: str
    list_digest: str
    source: str
    state: str
    started: str
    detail: str


def enqueue(tx: Connection, items: Iterable[str], *, narrowed: bool = False) -> None:
    """Say that these items changed and the index must follow. Repeating is harmless.

    `narrowed` where fewer may see them now than before: whoever searches looks at those first.
    """
    rows = [{"item": item, "narrowed": narrowed} for item in items]
    if rows:
        tx.execute(insert(tables.outbox), rows)


def enqueue_all(tx: Connection) -> int:
    """Say that every item of the catalogue changed; how many there are."""
    chosen = select(tables.item.c.id).order_by(tables.item.c.registered)
    tx.execute(insert(tables.outbox).from_select(["item"], chosen))
    return int(tx.execute(select(func.count()).select_from(tables.item)).scalar() or 0)


_PENDING = (
    select(tables.outbox.c.seq, tables.outbox.c.item)
    .where(tables.outbox.c.seq > bindparam("after", type_=Integer))
    .order_by(tables.outbox.c.seq)
    .limit(bindparam("most", type_=Integer))
)


ANYTHING_WAITS = Question(select(exists(select(tables.outbox.c.seq))))
"""Whether a line of the outbox waits; for `archive.database.Database.asked`, with every search."""


def pending(connection: Connection, limit: int, after: int = 0) -> list[tuple[int, str]]:
    """The oldest `limit` lines of the outbox behind `after`: (sequence number, item); an item may recur."""
    found = connection.execute(_PENDING, {"after": after, "most": limit})
    return [(int(seq), item) for seq, item in found]


def newest(connection: Connection) -> int:
    """The newest line's sequence number, 0 where none waits."""
    return int(connection.execute(select(func.max(tables.outbox.c.seq))).scalar() or 0)


def waiting(connection: Connection) -> int:
    """How many items wait to be indexed."""
    return int(connection.execute(select(func.count(tables.outbox.c.item.distinct()))).scalar() or 0)


_NARROWED = (
    select(tables.outbox.c.item).where(tables.outbox.c.narrowed.is_(True)).order_by(tables.outbox.c.seq)
)
_SOME_NARROWED = _NARROWED.limit(bindparam("most", type_=Integer))  # asked with every question: made once


def narrowed(connection: Connection, limit: int) -> list[str]:
    """The oldest `limit` lines of the outbox about items that fewer may see than the index knows (a negative
    limit for all of them); an item may stand twice.
    """
    query = _NARROWED if limit < 0 else _SOME_NARROWED
    return list(connection.scalars(query, {} if limit < 0 else {"most": limit}))


def settle(tx: Connection, through: int, after: int = 0) -> None:
    """Take the lines behind `after` up to sequence number `through` out: the index has them durably."""
    tx.execute(delete(tables.outbox).where(tables.outbox.c.seq > after, tables.outbox.c.seq <= through))


def put_intent(tx: Connection, intent: Intent) -> None:
    """Write down or renew an intent; what is noted of its files stays."""
    tx.execute(delete(tables.intent).where(tables.intent.c.batch == intent.batch))
    tx.execute(
        insert(tables.intent).values(
            batch=intent.batch,
            list_digest=intent.list_digest,
            source=intent.source,
            state=intent.state,
            started=intent.started,
            detail=intent.detail,
        )
    )


def intent(connection: Connection, batch: str) -> Intent | None:
    """The intent of a batch, None when there is none."""
    row = connection.execute(select(tables.intent).where(tables.intent.c.batch == batch)).one_or_none()
    return Intent(*row) if row else None


def intents(connection: Connection, list_digest: str = "") -> list[Intent]:
    """All intents, oldest first; only those of one list when its digest is given."""
    query = select(tables.intent).order_by(tables.intent.c.started, tables.intent.c.batch)
    if list_digest:
        query = query.where(tables.intent.c.list_digest == list_digest)
    return [Intent(*row) for row in connection.execute(query)]


def drop_intent(tx: Connection, batch: str) -> None:
    """Forget the intent of a batch and what it had sealed; an absent one is fine."""
    tx.execute(delete(tables.sealed_file).where(tables.sealed_file.c.batch == batch))
    tx.execute(delete(tables.intent).where(tables.intent.c.batch == batch))


def note_sealed(tx: Connection, batch: str, files: Mapping[str, str]) -> None:
    """Note files of a batch in hand that lie sealed and durable: object to the owner's JSON."""
    rows = [{"object": name, "batch": batch, "detail": detail} for name, detail in files.items()]
    if rows:
        gone = delete(tables.sealed_file).where(tables.sealed_file.c.object == bindparam("gone"))
        tx.execute(gone, [{"gone": name} for name in files])
        tx.execute(insert(tables.sealed_file), rows)


def sealed_files(connection: Connection, batch: str) -> list[str]:
    """What was noted of a batch in hand, in no order."""
    query = select(tables.sealed_file.c.detail).where(tables.sealed_file.c.batch == batch)
    return [detail for (detail,) in connection.execute(query)]


def published(connection: Connection) -> dict[str, int]:
    """How far each site has the ledger, by its name: the size that stands there durably."""
    query = select(tables.publication.c.site, tables.publication.c.size)
    return {site: int(size) for site, size in connection.execute(query)}


def published_at(connection: Connection, copies: int) -> int:
    """How far at least `copies` sites have the ledger, 0 where fewer have any of it."""
    sizes = sorted(published(connection).values(), reverse=True)
    return sizes[copies - 1] if 0 < copies <= len(sizes) else 0


def set_published(tx: Connection, site: str, size: int, time: str) -> None:
    """Say that `site` has the ledger up to `size` durably."""
    tx.execute(delete(tables.publication).where(tables.publication.c.site == site))
    tx.execute(insert(tables.publication).values(site=site, size=size, time=time))


def hold_at(tx: Connection, site: str, batch: str, time: str) -> None:
    """Say that every copy of the batch was read back whole at `site`. Repeating renews the time."""
    tx.execute(delete(tables.held).where(tables.held.c.site == site, tables.held.c.batch == batch))
    tx.execute(insert(tables.held).values(site=site, batch=batch, time=time))


def release(tx: Connection, site: str, batches: Iterable[str] | None = None) -> None:
    """Say that nobody knows any more whether these batches (default: all) are whole at `site`.

    That the site once held them stays noted: it tells a loss from what never came.
    """
    doubted = update(tables.held).where(tables.held.c.site == site).values(time="")
    if batches is None:
        tx.execute(doubted)
    elif rows := [{"doubted": batch} for batch in batches]:
        tx.execute(doubted.where(tables.held.c.batch == bindparam("doubted")), rows)


def held_at(connection: Connection, site: str) -> dict[str, str]:
    """The batches whose every copy was read back whole at `site`, each with the time of that."""
    query = select(tables.held.c.batch, tables.held.c.time).where(tables.held.c.site == site)
    return {row.batch: row.time for row in connection.execute(query.where(tables.held.c.time != ""))}


def holders(connection: Connection, batch: str) -> frozenset[str]:
    """The sites at which every copy of the batch was read back whole."""
    query = select(tables.held.c.site).where(tables.held.c.batch == batch, tables.held.c.time != "")
    return frozenset(connection.scalars(query))


def held_of(connection: Connection, batch: str) -> dict[str, str]:
    """The sites that were seen to hold the batch, each with the time when it was last read back whole there,
    "" where nobody knows any more.
    """
    query = select(tables.held.c.site, tables.held.c.time).where(tables.held.c.batch == batch)
    return {row.site: row.time for row in connection.execute(query)}


def once_held(connection: Connection, site: str) -> frozenset[str]:
    """The batches that `site` was seen to hold at any time, also where nobody knows it any more."""
    return frozenset(connection.scalars(select(tables.held.c.batch).where(tables.held.c.site == site)))


def forget_site(tx: Connection, site: str) -> None:
    """Forget all that was noted of a site: what it holds and how far it has the ledger."""
    tx.execute(delete(tables.held).where(tables.held.c.site == site))
    tx.execute(delete(tables.publication).where(tables.publication.c.site == site))
