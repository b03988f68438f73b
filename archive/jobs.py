"""Long works that were asked for over the network: working state, which may be lost. The rows are the queue.

    waiting ─ taken ─ running ─ ended ─ done | failed
                         └── put back: the server went away, and somebody begins it again

Identifiers are in the order of asking. What a job told is wiped when records are destroyed. Not here: what
a kind of work does, who begins it (`lantai.jobs`).
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from archive import tables

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One work: who asked, for what (`asked`, without secrets), and what of it is known.

    `begun` and `ended` are UTC as the ledger writes them, "" until then. `told` holds what the runner keeps:
    `progress`, and at the end `result` or `problem`.
    """

    id: str
    account: str
    kind: str
    state: str
    begun: str
    ended: str
    asked: Mapping[str, Any]
    told: Mapping[str, Any]


def add(tx: Connection, account: str, kind: str, asked: Mapping[str, Any]) -> str:
    """Note a work that waits; its identifier."""
    job_id = f"{time.time_ns():016x}{secrets.token_hex(8)}"
    row = {"account": account, "kind": kind, "state": WAITING, "begun": "", "ended": ""}
    tx.execute(insert(tables.job).values(id=job_id, detail=_text(asked, {}), **row))
    return job_id


def job(connection: Connection, job_id: str, account: str) -> Job | None:
    """A work of this account; None where there is none, or it is another's."""
    table = tables.job.c
    query = select(tables.job).where(table.id == job_id, table.account == account)
    row = connection.execute(query).one_or_none()
    return _job(row) if row else None


def of_account(connection: Connection, account: str) -> list[Job]:
    """All works of an account that are still known, newest first, without what they were asked and told."""
    table = tables.job.c
    columns = (table.id, table.account, table.kind, table.state, table.begun, table.ended)
    query = select(*columns).where(table.account == account).order_by(table.id.desc())
    return [Job(*row, {}, {}) for row in connection.execute(query)]


def in_state(connection: Connection, state: str) -> list[Job]:
    """The works of everybody in this state, in the order of asking."""
    query = select(tables.job).where(tables.job.c.state == state).order_by(tables.job.c.id)
    return [_job(row) for row in connection.execute(query)]


def unended(connection: Connection, account: str) -> int:
    """How many works of an account wait or run."""
    table = tables.job.c
    query = select(func.count()).where(table.account == account, table.state.in_((WAITING, RUNNING)))
    return int(connection.execute(query).scalar_one())


def take(tx: Connection, job_id: str, now: str) -> bool:
    """Begin a work that waits; whether it was still waiting."""
    table = tables.job.c
    chosen = update(tables.job).where(table.id == job_id, table.state == WAITING)
    return tx.execute(chosen.values(state=RUNNING, begun=now)).rowcount == 1


def put_back(tx: Connection, job_id: str) -> None:
    """Let a work that ran wait again: whoever ran it has gone."""
    chosen = update(tables.job).where(tables.job.c.id == job_id, tables.job.c.state == RUNNING)
    tx.execute(chosen.values(state=WAITING))


def tell(tx: Connection, one: Job, told: Mapping[str, Any], state: str = RUNNING, ended: str = "") -> None:
    """Keep what is known of a work by now, and that it ended if so."""
    chosen = update(tables.job).where(tables.job.c.id == one.id)
    tx.execute(chosen.values(state=state, ended=ended, detail=_text(one.asked, told)))


def wipe(tx: Connection, account: str | None = None) -> None:
    """Forget the works that have ended, anybody's or one account's: what they told may be of records that go,
    or are not for that account any more.
    """
    gone = delete(tables.job).where(tables.job.c.state.in_((DONE, FAILED)))
    tx.execute(gone if account is None else gone.where(tables.job.c.account == account))


def sweep(tx: Connection, before: str) -> None:
    """Forget works that ended before this time."""
    table = tables.job.c
    tx.execute(delete(tables.job).where(table.ended != "", table.ended < before))


def _job(row: Row[Any]) -> Job:
    detail = json.loads(row.detail)
    return Job(
        row.id, row.account, row.kind, row.state, row.begun, row.ended, detail["asked"], detail["told"]
    )


def _text(asked: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    return json.dumps({"asked": dict(asked), "told": dict(told)}, ensure_ascii=False, sort_keys=True)
