"""Many rows into one table, quickly, on any dialect.

SQLAlchemy compiles the statement; the rows then go to the driver as they are, because preparing
10,000 rows parameter by parameter costs more than writing them. So values must be what both drivers
take: str, int, bool, bytes, None. Not here: what the rows mean, what a refusal means.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, insert

Value = str | int | bool | bytes | None


def insert_rows(tx: Connection, table: Table, rows: Sequence[tuple[Value, ...]]) -> None:
    """Insert `rows`, each with a value for every column of `table` in the table's order.

    Raises sqlalchemy's IntegrityError when a key or unique column refuses one; none is then kept
    if the caller rolls back. Nothing to do for no rows.
    """
    if not rows:
        return
    names = [column.name for column in table.columns]
    compiled = insert(table).compile(dialect=tx.dialect, column_keys=names)
    if compiled.positional:
        tx.exec_driver_sql(str(compiled), list(rows))
    else:
        tx.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])
