"""How often signing in failed, by count: working state. What the counts mean is `policies.lockout`'s.

Not here: deciding who has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select

from archive import tables
from policies.lockout import FORGOTTEN, Count


def counts(connection: Connection, names: Iterable[str]) -> dict[str, Count]:
    """Those of the named counts that are known."""
    table = tables.failure
    rows = connection.execute(select(table).where(table.c.name.in_(list(names))))
    return {row.name: Count(int(row.failures), int(row.last)) for row in rows}


def put_counts(tx: Connection, told: Mapping[str, Count]) -> None:
    """Keep these counts in place of what stood there; those without failures are forgotten."""
    table = tables.failure
    tx.execute(delete(table).where(table.c.name.in_(list(told))))
    rows = [
        {"name": name, "failures": count.failures, "last": count.last}
        for name, count in told.items()
        if count.failures > 0
    ]
    if rows:
        tx.execute(insert(table), rows)


def sweep(tx: Connection, now: int) -> None:
    """Forget counts that nobody added to for a day."""
    tx.execute(delete(tables.failure).where(tables.failure.c.last < now - FORGOTTEN))
