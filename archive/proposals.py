"""Acts that wait for others to witness them: working state. What one means is its process's own.

Not here: who may propose or witness (`processes.destruction.supervision`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from archive import tables


@dataclass(frozen=True, slots=True)
class Proposal:
    """One of them, as it stands."""

    id: str
    kind: str
    account: str
    made: str
    state: str
    detail: Mapping[str, Any]


def proposals(connection: Connection, kind: str) -> list[Proposal]:
    """All of a kind, oldest first."""
    table = tables.proposal
    rows = connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.made, table.c.id))
    return [
        Proposal(row.id, row.kind, row.account, row.made, row.state, json.loads(row.detail)) for row in rows
    ]


def put_proposal(tx: Connection, wanted: Proposal) -> None:
    """Keep it in place of what stood there under its name."""
    drop_proposal(tx, wanted.id)
    row = {"id": wanted.id, "kind": wanted.kind, "account": wanted.account, "made": wanted.made}
    detail = json.dumps(dict(wanted.detail), ensure_ascii=False)
    tx.execute(insert(tables.proposal).values(**row, state=wanted.state, detail=detail))


def drop_proposal(tx: Connection, proposal_id: str) -> None:
    """Forget it."""
    tx.execute(delete(tables.proposal).where(tables.proposal.c.id == proposal_id))


def sweep_proposals(tx: Connection, before: str) -> None:
    """Forget those that were made before then."""
    tx.execute(delete(tables.proposal).where(tables.proposal.c.made < before))
