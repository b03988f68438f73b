"""What a site has not been seen to hold, counted in the database: batches, items, bytes, since when.

Working state and catalogue together; where the first is lost everything is behind until it is read back.
Not here: looking at a site (`processes.replicating`), how far it has the ledger (`archive.working`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from archive import tables, working
from archive.batch_events import BatchSecured
from archive.ledger import Ledger
from archive.site_events import SiteRetired


@dataclass(frozen=True, slots=True)
class Lag:
    """What a site is behind: so many batches with so many items and sealed bytes. `oldest` is the time of
    the entry that registered the oldest of them, "" where there is none.
    """

    batches: int
    items: int
    bytes: int
    oldest: str


def lag(connection: Connection, site: str) -> Lag:
    """What of the archive `site` was not seen to hold whole."""
    part, owner = tables.component, tables.item
    held = select(tables.held.c.batch).where(tables.held.c.site == site, tables.held.c.time != "")
    joined = part.join(owner, part.c.item == owner.c.id)
    counted = select(func.count(owner.c.id.distinct()), func.coalesce(func.sum(part.c.sealed_bytes), 0))
    items, size = connection.execute(counted.select_from(joined).where(owner.c.batch.not_in(held))).one()
    listed = select(func.count(), func.min(tables.batch.c.time)).where(_entered())
    batches, oldest = connection.execute(listed.where(tables.batch.c.id.not_in(held))).one()
    return Lag(int(batches), int(items), int(size), oldest or "")


def is_behind(connection: Connection, site: str) -> bool:
    """Whether there is any batch that `site` was not seen to hold: cheap enough to be asked all the time."""
    held = select(tables.held.c.batch).where(tables.held.c.site == site, tables.held.c.time != "")
    query = select(tables.batch.c.id).where(_entered(), tables.batch.c.id.not_in(held)).limit(1)
    return connection.execute(query).first() is not None


def entered_batches(connection: Connection) -> list[str]:
    """Every batch of which something was registered, oldest first."""
    query = select(tables.batch.c.id).where(_entered()).order_by(tables.batch.c.received)
    return list(connection.scalars(query))


def had(connection: Connection, ledger: Ledger, site: str) -> frozenset[str]:
    """The batches that `site` is known to have held: as was noted, and by the ledger where that was lost."""
    by_ledger: set[str] = set()
    told = ledger.of_type(connection, BatchSecured.type, SiteRetired.type)
    for event in (entry.event() for entry in told if entry.payload is not None):
        if isinstance(event, BatchSecured) and site in event.sites:
            by_ledger.add(event.batch)
        elif isinstance(event, SiteRetired) and event.site == site:
            by_ledger.clear()  # another place bears the name now
    return working.once_held(connection, site) | by_ledger


def sizes(connection: Connection) -> dict[str, tuple[int, int]]:
    """How many sealed objects each batch has, and their bytes; batches without any are left out."""
    part, owner = tables.component, tables.item
    counted = select(owner.c.batch, func.count(), func.sum(part.c.sealed_bytes))
    rows = connection.execute(
        counted.select_from(part.join(owner, part.c.item == owner.c.id)).group_by(owner.c.batch)
    )
    return {batch: (int(count), int(size)) for batch, count, size in rows}


def _entered() -> ColumnElement[bool]:
    return tables.batch.c.registered_identity.is_not(None)
