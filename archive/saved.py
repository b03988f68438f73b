"""Saved searches: what an account wants to ask again, under a name. Working state; may be lost.

Not here: what a saved search means (`processes.finding.saved`); `detail` is its owner's JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from archive import tables


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that an account saved, and when."""

    account: str
    name: str
    saved: str
    detail: str


def put_search(tx: Connection, search: SavedSearch) -> None:
    """Save a search, in place of what the account saved under this name."""
    drop_search(tx, search.account, search.name)
    tx.execute(
        insert(tables.saved_search).values(
            account=search.account, name=search.name, saved=search.saved, detail=search.detail
        )
    )


def saved_search(connection: Connection, account: str, name: str) -> SavedSearch | None:
    """What the account saved under `name`; None where it saved nothing so."""
    table = tables.saved_search.c
    query = select(tables.saved_search).where(table.account == account, table.name == name)
    row = connection.execute(query).one_or_none()
    return SavedSearch(*row) if row else None


def saved_searches(connection: Connection, account: str) -> list[SavedSearch]:
    """All that the account saved, by name; nobody else's."""
    table = tables.saved_search.c
    query = select(tables.saved_search).where(table.account == account).order_by(table.name)
    return [SavedSearch(*row) for row in connection.execute(query)]


def every_search(connection: Connection) -> list[SavedSearch]:
    """All that anybody saved: for the archive's own work."""
    return [SavedSearch(*row) for row in connection.execute(select(tables.saved_search))]


def drop_search(tx: Connection, account: str, name: str) -> bool:
    """Forget a saved search; whether there was one."""
    table = tables.saved_search.c
    done = tx.execute(delete(tables.saved_search).where(table.account == account, table.name == name))
    return done.rowcount > 0
