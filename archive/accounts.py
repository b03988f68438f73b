"""The accounts there are, as the ledger's entries tell: a projection, and its readers.

A name that was closed stays its former bearer's. Not here: what a role may do (`policies.roles`), passwords
and sessions, which are working state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, inspect, select, update

from archive import tables
from archive.people_events import AccountAdded, AccountChanged, AccountClosed, FounderRetired


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who works here. `fonds` None means every fonds; `added` is the entry that says so."""

    name: str
    roles: tuple[str, ...]
    fonds: frozenset[str] | None
    zone: str
    added: int
    closed: bool


def accounts(connection: Connection) -> list[Account]:
    """All accounts, closed ones too, in the order in which they were added."""
    return [
        account_of(*row)
        for row in connection.execute(select(tables.account).order_by(tables.account.c.added))
    ]


def account(connection: Connection, name: str) -> Account | None:
    """The account of this name, closed or not."""
    row = connection.execute(_BY_NAME, {"wanted": name}).one_or_none()
    return account_of(*row) if row else None


def ever_appointed(connection: Connection) -> bool:
    """Whether anybody was ever appointed: then the account that `init` made no longer sees all.

    The ledger's envelopes say so, and not the projection: also while that waits to be made again, and where
    the entry's content is lost.
    """
    appointed = select(tables.entry.c.index).where(tables.entry.c.type == AccountAdded.type).limit(1)
    return connection.execute(appointed).first() is not None


def founder_retired(connection: Connection) -> bool:
    """Whether the account that `init` made has switched itself off; by the envelopes, as `ever_appointed`."""
    retired = select(tables.entry.c.index).where(tables.entry.c.type == FounderRetired.type).limit(1)
    return connection.execute(retired).first() is not None


def known(connection: Connection) -> bool:
    """Whether the projection stands at all; in a home of an older version it is still to be made."""
    return inspect(connection).has_table(tables.account.name)


def add_account(tx: Connection, index: int, event: AccountAdded) -> None:
    """Project an appointment; a name that stands there already stays whose it is."""
    if account(tx, event.name) is None:
        detail = {"roles": event.roles, "fonds": event.fonds, "every": event.every_fonds, "zone": event.zone}
        row = {"name": event.name, "detail": json.dumps(detail, ensure_ascii=False), "added": index}
        tx.execute(insert(tables.account).values(**row, closed=False))


def close_account(tx: Connection, event: AccountClosed) -> None:
    """Project the end of an appointment."""
    tx.execute(update(tables.account).where(tables.account.c.name == event.name).values(closed=True))


def change_account(tx: Connection, event: AccountChanged) -> None:
    """Project that an account's roles, fonds and zone are others from now on."""
    detail = {"roles": event.roles, "fonds": event.fonds, "every": event.every_fonds, "zone": event.zone}
    chosen = update(tables.account).where(tables.account.c.name == event.name)
    tx.execute(chosen.values(detail=json.dumps(detail, ensure_ascii=False)))


def close_every(tx: Connection) -> None:
    """Project that somebody's appointment ended and nobody knows whose: then it may be anybody's."""
    tx.execute(update(tables.account).values(closed=True))


_BY_NAME = select(tables.account).where(tables.account.c.name == bindparam("wanted"))
"""Built once."""


@lru_cache(maxsize=4096)
def account_of(name: str, detail: str, added: int, closed: bool) -> Account:
    """The account of a row's columns, in their order. What was made of the same columns before is given
    again: with every request over HTTP the row is read anew, and seldom is another.
    """
    told: Mapping[str, Any] = json.loads(detail)
    fonds = None if told["every"] else frozenset(told["fonds"])
    return Account(name, tuple(told["roles"]), fonds, told["zone"], int(added), bool(closed))
