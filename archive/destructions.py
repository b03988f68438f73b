"""What stands in the database about holds, and working state of destructions that have not ended.

Working state may be lost at any time: what is to be done is found again from the ledger and the sites. Not
here: what a destruction is (`processes.destruction.destroyed`), its events (`archive.destruction_events`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from archive import tables
from archive.destruction_events import HoldPlaced

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing may destroy an item, and the entry that says so."""

    reason: str
    placed: int


def holds(connection: Connection, items: Sequence[str]) -> dict[str, Hold]:
    """Those of `items` that are held."""
    column, found = tables.hold.c, dict[str, Hold]()
    for start in range(0, len(items), _CHUNK):
        query = select(column.item, column.reason, column.placed)
        rows = connection.execute(query.where(column.item.in_(items[start : start + _CHUNK])))
        found.update((item, Hold(reason, int(placed))) for item, reason, placed in rows)
    return found


def place_hold(tx: Connection, index: int, event: HoldPlaced) -> None:
    """Project a hold, which entry `index` placed; it takes the place of an older one."""
    tx.execute(delete(tables.hold).where(tables.hold.c.item == event.item))
    tx.execute(insert(tables.hold).values(item=event.item, reason=event.reason, placed=index))


def lift_hold(tx: Connection, item: str) -> None:
    """Project that nothing holds the item any more."""
    tx.execute(delete(tables.hold).where(tables.hold.c.item == item))


def item_of_code(connection: Connection, code: str) -> str:
    """The item that has or had the canonical `code`, destroyed or not; "" where it was never given."""
    return connection.execute(select(tables.code.c.item).where(tables.code.c.code == code)).scalar() or ""


def put_destruction(tx: Connection, id_: str, started: str, state: str, detail: str) -> None:
    """Write down or renew how far a destruction came."""
    drop_destruction(tx, id_)
    row = {"id": id_, "started": started, "state": state, "detail": detail}
    tx.execute(insert(tables.destruction).values(**row))


def drop_destruction(tx: Connection, id_: str) -> None:
    """Forget a destruction's working state; an absent one is fine."""
    tx.execute(delete(tables.destruction).where(tables.destruction.c.id == id_))


def destruction_detail(connection: Connection, id_: str) -> str | None:
    """The owner's JSON of one, None where nothing is noted."""
    return connection.execute(
        select(tables.destruction.c.detail).where(tables.destruction.c.id == id_)
    ).scalar()


def returned_like(connection: Connection, list_digest: str, source: str) -> list[str]:
    """The batches given back to their sender that came as the same list, or under the same name."""
    column = tables.batch.c
    alike = (column.list_digest == list_digest) | ((column.source == source) & (column.source != ""))
    return list(connection.scalars(select(column.id).where(column.state == "returned", alike)))


def open_destructions(connection: Connection) -> list[str]:
    """The destructions of which working state is noted."""
    return list(connection.scalars(select(tables.destruction.c.id)))
