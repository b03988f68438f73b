"""The projections' tables as a whole: made, dropped, and shown as bytes.

Not here: what is written to them (`archive.catalogue`).
"""

from __future__ import annotations

from operator import itemgetter

from sqlalchemy import Connection, delete, insert, select

from archive.tables import VIEWS, projected, projection
from policies.canonical import canonical


def recreate_projections(tx: Connection) -> None:
    """Drop every projection and make it again, empty, of this program's version."""
    projected.drop_all(tx)
    projected.create_all(tx)
    tx.execute(delete(projection).where(projection.c.name == "catalogue"))
    tx.execute(insert(projection).values(name="catalogue", version=VIEWS))


def dump(connection: Connection) -> bytes:
    """All rows of all projections as canonical JSON: equal dumps mean equal catalogues.

    Holds everything in memory; meant for checks and tests.
    """
    content: dict[str, list[list[object]]] = {}
    for table in projected.sorted_tables:
        keys = [table.columns.keys().index(key.name) for key in table.primary_key.columns]
        rows = connection.execute(select(table)).all()  # sorted here: every database has its own alphabet
        content[str(table.name)] = [list(row) for row in sorted(rows, key=itemgetter(*keys))]
    return canonical(content)
