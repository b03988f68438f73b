"""Uses that wait in a database which is about to be made again: taken along as far as it can be read.

Whoever can rebuild could else make the newest part of the journal vanish. What later became a segment, which
an older copy of the database does not know, is not entered once more. Not here: rebuilding (`recover`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from archive import tables, uses
from archive.database import Database
from archive.errors import DatabaseError
from archive.events import UsesSealed
from archive.uses import Use


@dataclass(frozen=True, slots=True)
class Waiting:
    """Uses in no segment, oldest first, by a database that knows of so many segments."""

    uses: tuple[Use, ...] = ()
    segments: int = 0


def waiting_in(old: Database | None) -> Waiting:
    """What waits in `old`; nothing where there is none, or it is damaged or of an earlier form."""
    if old is None:
        return Waiting()
    try:
        with old.read() as conn:
            return Waiting(tuple(use for _, use in uses.unsealed(conn)), _segments(conn))
    except (DatabaseError, ValueError):
        return Waiting()
    finally:
        old.close()


def enter_again(database: Database, waiting: Waiting) -> None:
    """Enter them in the database that was made, unless it knows of segments that the old one did not."""
    if not waiting.uses:
        return
    with database.write() as tx:
        if _segments(tx) <= waiting.segments:
            uses.enter(tx, waiting.uses)


def _segments(conn: Connection) -> int:
    sealed = tables.entry.c.type == UsesSealed.type
    return int(conn.execute(select(func.count()).select_from(tables.entry).where(sealed)).scalar_one())
