"""Working state: audits that were begun and have not ended, each with its owner's JSON.

Not here: what an audit found in the end (an entry of the ledger), how one goes on (`processes.auditing`).
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from archive.tables import audit_run


def put_audit_run(tx: Connection, run: str, started: str, detail: str) -> None:
    """Write down or renew how far an audit came."""
    drop_audit_run(tx, run)
    tx.execute(insert(audit_run).values(id=run, started=started, detail=detail))


def drop_audit_run(tx: Connection, run: str) -> None:
    """Forget an audit; an absent one is fine."""
    tx.execute(delete(audit_run).where(audit_run.c.id == run))


def audit_runs(connection: Connection) -> list[tuple[str, str]]:
    """All of them, newest first: identifier and when it was begun."""
    columns = audit_run.c
    query = select(columns.id, columns.started).order_by(columns.started.desc(), columns.id)
    return [(run, started) for run, started in connection.execute(query)]


def audit_run_detail(connection: Connection, run: str) -> str | None:
    """The owner's JSON of one, None where it has ended."""
    return connection.execute(select(audit_run.c.detail).where(audit_run.c.id == run)).scalar()
