"""Giving codes: the one place that writes them, and that refuses one that any item has or had.

Not here: what a code looks like (`archive.codes`), counting (`archive.numbering`).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from archive import tables
from archive.bulk import Value, insert_rows
from archive.errors import CodeTaken

_CHUNK = 500


def give_codes(tx: Connection, rows: list[tuple[Value, ...]]) -> None:
    """Write new codes. The primary key refuses one that any item has or had: CodeTaken names them."""
    try:
        with tx.begin_nested():
            insert_rows(tx, tables.code, rows)
    except IntegrityError as error:
        raise CodeTaken(_taken(tx, [str(row[0]) for row in rows])) from error


def _taken(tx: Connection, codes: Sequence[str]) -> list[str]:
    """Which of `codes` are given already, or stand twice among themselves."""
    found = {code for code in codes if codes.count(code) > 1} if len(codes) < _CHUNK else set()
    for start in range(0, len(codes), _CHUNK):
        column = tables.code.c.code
        found.update(tx.scalars(select(column).where(column.in_(codes[start : start + _CHUNK]))))
    return sorted(found)
