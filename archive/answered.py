"""What requests were answered with, for when they are sent again: working state of one day.

A request is known by its account and the digest of the key that it was sent with, and held against another
by a digest under that key, which is not kept: what was asked cannot be guessed from here. Not here: which
answers are kept (`lantai.api.repeating`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from archive import tables

RUNNING, NOT_KEPT = 0, 1
"""States in the place of a status: being worked on; worked on, and its answer not kept."""
HOURS = 24

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a request. With `RUNNING` or `NOT_KEPT` as its status it is none."""

    request: str
    time: str
    status: int
    headers: Headers
    body: bytes


def begin(tx: Connection, account: str, key: str, request: str, now: str) -> Answer | None:
    """Note that a request is being worked on; what is known of it where it came before, and is still kept."""
    table = tables.answered.c
    chosen = (table.account == account) & (table.key == key)
    row = tx.execute(select(tables.answered).where(chosen)).one_or_none()
    if row is not None and row.time >= _day_before(now):
        headers = [(name, value) for name, value in json.loads(row.headers)]
        return Answer(row.request, row.time, row.status, headers, bytes(row.body))
    tx.execute(delete(tables.answered).where(chosen))
    told = {"account": account, "key": key, "request": request, "time": now}
    tx.execute(insert(tables.answered).values(status=RUNNING, headers="[]", body=b"", **told))
    return None


def end(
    tx: Connection, account: str, key: str, status: int, headers: Headers = (), body: bytes = b""
) -> None:
    """Keep the answer, or with `NOT_KEPT` that there was one."""
    table = tables.answered.c
    chosen = update(tables.answered).where(table.account == account, table.key == key)
    tx.execute(chosen.values(status=status, headers=json.dumps([list(one) for one in headers]), body=body))


def forget(tx: Connection, account: str, key: str) -> None:
    """As if the request had never come: nothing was done by it."""
    table = tables.answered.c
    tx.execute(delete(tables.answered).where(table.account == account, table.key == key))


def forget_bodies(tx: Connection, account: str | None = None) -> None:
    """Keep of every answer, or of every one of an account, only that there was one: something that stands in
    one of them is destroyed, or not for them any more.
    """
    table = tables.answered.c
    kept = update(tables.answered).where(table.status > NOT_KEPT)
    if account is not None:
        kept = kept.where(table.account == account)
    tx.execute(kept.values(status=NOT_KEPT, headers="[]", body=b""))


def sweep(tx: Connection, now: str) -> None:
    """Forget what is older than a day."""
    tx.execute(delete(tables.answered).where(tables.answered.c.time < _day_before(now)))


def _day_before(now: str) -> str:
    day = datetime.fromisoformat(now) - timedelta(hours=HOURS)
    return day.strftime("%Y-%m-%dT%H:%M:%SZ")
