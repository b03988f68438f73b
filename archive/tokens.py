"""Tokens for programs: working state. A token is known by the digest of its secret, as a session is.

Not here: who may make one, for how long and for what (`processes.people.tokens`); what a token opens
(`policies.roles.RouteBook.by_token`); how it travels (`lantai.api`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from archive import tables
from archive.sessions import digest

PREFIX = "lantai_"
"""What every secret begins with, so that whoever finds one in a file or a log knows what it is."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a program shows in an account's name. Times are UTC as the ledger writes them, `seen` "" until it
    is used; `may` None is whatever the account may, else these actions of it alone.
    """

    id: str
    account: str
    name: str
    made: str
    seen: str
    until: str
    may: frozenset[str] | None


def make(tx: Connection, account: str, name: str, now: str, until: str, may: Iterable[str] | None) -> str:
    """Make a token; its secret of 256 random bits, which nobody can be told again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    detail = json.dumps({"may": None if may is None else sorted(set(may))})
    row = {"account": account, "name": name, "made": now, "seen": "", "until": until, "detail": detail}
    tx.execute(insert(tables.token).values(id=secrets.token_hex(8), digest=digest(secret), **row))
    return secret


def find(connection: Connection, secret: str) -> Token | None:
    """The token of this secret, ended by time (`until`) or not."""
    row = connection.execute(_BY_DIGEST, {"wanted": digest(secret)}).one_or_none()
    return _of_row(row) if row else None


def of_account(connection: Connection, account: str) -> list[Token]:
    """All tokens of an account, the oldest first, ended ones too; nobody else's."""
    table = tables.token.c
    query = select(tables.token).where(table.account == account).order_by(table.made, table.id)
    return [_of_row(row) for row in connection.execute(query)]


def count(connection: Connection, account: str) -> int:
    """How many tokens an account has."""
    query = select(func.count()).select_from(tables.token).where(tables.token.c.account == account)
    return int(connection.execute(query).scalar_one())


def used(tx: Connection, token_id: str, now: str) -> None:
    """Note when it was last used. The door does so now and then, not each time: reading writes nothing."""
    tx.execute(update(tables.token).where(tables.token.c.id == token_id).values(seen=now))


def revoke(tx: Connection, account: str, token_id: str) -> bool:
    """End one of an account's own; whether there was one. Another's is as if it were not there."""
    table = tables.token.c
    done = tx.execute(delete(tables.token).where(table.account == account, table.id == token_id))
    return done.rowcount > 0


def end_all(tx: Connection, account: str) -> None:
    """End every token of an account."""
    tx.execute(delete(tables.token).where(tables.token.c.account == account))


def sweep(tx: Connection, now: str) -> None:
    """Forget tokens whose time has passed."""
    tx.execute(delete(tables.token).where(tables.token.c.until < now))


_BY_DIGEST = select(tables.token).where(tables.token.c.digest == bindparam("wanted"))
"""Built once."""


def token_of(id_: str, account: str, name: str, made: str, seen: str, until: str, detail: str) -> Token:
    """The token of a row's columns but for its digest."""
    may = json.loads(detail)["may"]
    return Token(id_, account, name, made, seen, until, None if may is None else frozenset(may))


def _of_row(row: Row[Any]) -> Token:
    return token_of(row.id, row.account, row.name, row.made, row.seen, row.until, row.detail)
