"""Numbers of a series: contiguous, and never given twice.

The highest number ever given stands in the projection `series`; it only rises. Not here: what makes
a series and how a number is written (`archive.codes`).
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from archive.tables import series as table

_EVERY = ""
"""The line of the table that holds for every series: so many numbers were skipped in each."""


def allocate(tx: Connection, series: str, count: int) -> int:
    """Take the next `count` numbers of `series` and return the first: highest ever given, plus one.

    `tx` is of `Database.write()`; its lock keeps others out until it commits, and a rollback gives
    the numbers back. Register an item under each of them in the same transaction: only entries
    keep a number from being given again after a rebuild. Raises ValueError for an empty series
    name or a count below one.
    """
    if not series or count < 1:
        raise ValueError("numbers are taken for a named series, one or more")
    highest = highest_of(tx, series)
    _set(tx, series, highest + count, known=_stored(tx, series) > 0)
    return highest + 1


def raise_to(tx: Connection, series: str, number: int) -> None:
    """Let the highest number of `series` be at least `number`; it never falls."""
    stored = _stored(tx, series)
    if number > stored:
        _set(tx, series, number, known=stored > 0)


def skip(tx: Connection, count: int) -> None:
    """Leave out the next `count` numbers of every series, also of those that have none yet.

    For numbers that were given and are not known: of one series they are at most as many, and follow
    the highest that is known.
    """
    if count < 1:
        return
    tx.execute(update(table).values(highest=table.c.highest + count))
    raise_to(tx, _EVERY, _stored(tx, _EVERY) or count)


def highest_of(connection: Connection, series: str) -> int:
    """The highest number ever given or skipped in `series`, 0 where none was."""
    return _stored(connection, series) or _stored(connection, _EVERY)


def _stored(connection: Connection, series: str) -> int:
    return int(connection.execute(select(table.c.highest).where(table.c.series == series)).scalar() or 0)


def _set(tx: Connection, series: str, highest: int, *, known: bool) -> None:
    if known:
        tx.execute(update(table).where(table.c.series == series).values(highest=highest))
    else:
        tx.execute(insert(table).values(series=series, highest=highest))
