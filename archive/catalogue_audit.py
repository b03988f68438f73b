"""What the catalogue says of holdings as a whole, for those who check copies; page by page, in any dialect.

Not here: what a person may see (`archive.catalogue_read`).
"""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from archive import tables


class Totals(NamedTuple):
    """How much there is: batches (returned ones too), items, sealed objects and their bytes."""

    batches: int
    items: int
    objects: int
    bytes: int


def holdings_totals(connection: Connection, until: int, since: str) -> Totals:
    """What the batches of the first `until` entries hold, of those that came at the time `since` or later."""
    held, owner, part = tables.batch.c, tables.item.c, tables.component.c
    chosen = held.received < until, held.time >= since
    batches = connection.execute(select(func.count()).where(*chosen)).scalar_one()
    joined = tables.batch.join(tables.item, owner.batch == held.id)
    items = connection.execute(select(func.count()).select_from(joined).where(*chosen)).scalar_one()
    counted = select(func.count(), func.coalesce(func.sum(part.sealed_bytes), 0))
    joined = joined.join(tables.component, part.item == owner.id)
    objects, size = connection.execute(counted.select_from(joined).where(*chosen)).one()
    return Totals(int(batches), int(items), int(objects), int(size))


def batch_sizes(
    connection: Connection, after: str, until: int, since: str, limit: int
) -> list[tuple[str, int]]:
    """The first `limit` of those batches behind `after`, by name, each with how many objects it has."""
    held, owner, part = tables.batch.c, tables.item.c, tables.component.c
    chosen = held.id > after, held.received < until, held.time >= since
    page = select(held.id).where(*chosen).order_by(held.id).limit(limit).subquery()
    joined = page.outerjoin(tables.item, owner.batch == page.c.id)
    joined = joined.outerjoin(tables.component, part.item == owner.id)
    counted = select(page.c.id, func.count(part.object)).select_from(joined).group_by(page.c.id)
    return [(batch, int(count)) for batch, count in connection.execute(counted.order_by(page.c.id))]


def roles_of_batch(connection: Connection, batch: str) -> dict[str, str]:
    """The role of each sealed object of a batch: part of what its sealing is bound to."""
    payloads = connection.scalars(select(tables.item.c.payload).where(tables.item.c.batch == batch))
    return {part["object"]: part["role"] for text in payloads for part in json.loads(text)["components"]}


def is_kept(connection: Connection, name: str) -> bool:
    """Whether the sealed object `name` is to be kept: it is no more once its item is destroyed."""
    found = select(tables.component.c.object).where(tables.component.c.object == name)
    return connection.execute(found).first() is not None


def objects_of_digests(connection: Connection, digests: list[str]) -> dict[str, str]:
    """Whose sealed bytes these BLAKE3 digests are: digest to object; unknown ones are left out."""
    part = tables.component.c
    found: dict[str, str] = {}
    for start in range(0, len(digests), 500):
        chosen = part.sealed_blake3.in_(digests[start : start + 500])
        for digest, name in connection.execute(select(part.sealed_blake3, part.object).where(chosen)):
            found[digest] = name
    return found
