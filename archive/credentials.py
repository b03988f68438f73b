"""What people prove themselves with: working state, lost with the database; a rebuild leaves nobody any.

A password stands here as its argon2id hash, a one-time code as its digest (it has 128 random bits: ASVS 5.0,
6.5.2). The shared secret of TOTP has to stand as it is; the home's directory is its guard, as it is that of
everything else here (decision 36). Not here: hashing and rules (`processes.people`, `policies.passwords`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from archive import sessions, tables


@dataclass(frozen=True, slots=True)
class Credential:
    """What one account has set. "" stands for nothing; `totp_step` is the newest step whose code was used.

    `detail`: `pending`, a TOTP secret that waits for its first code; `device`, the key of its device cookies;
    `drops`, that the one-time code also ends the second factor.
    """

    account: str
    password: str = ""
    totp: str = ""
    totp_step: int = 0
    code: str = ""
    code_until: str = ""
    changed: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def told(self, **news: Any) -> Credential:
        """The same with other details; None takes one away."""
        merged = {name: value for name, value in {**self.detail, **news}.items() if value is not None}
        return replace(self, detail=merged)


def credential(connection: Connection, account: str) -> Credential:
    """What the account has set; an empty one where that is nothing."""
    table = tables.credential
    row = connection.execute(select(table).where(table.c.account == account)).one_or_none()
    if row is None:
        return Credential(account)
    values = dict(row._mapping)
    return Credential(**{**values, "totp_step": int(row.totp_step), "detail": json.loads(row.detail)})


def put(tx: Connection, wanted: Credential) -> None:
    """Keep it in place of what stood there."""
    drop(tx, wanted.account)
    values = asdict(wanted) | {"detail": json.dumps(dict(wanted.detail), ensure_ascii=False)}
    tx.execute(insert(tables.credential).values(**values))


def use_step(tx: Connection, account: str, step: int) -> bool:
    """Take the step of a TOTP code as used; whether it was not yet, nor a later one (RFC 6238, 5.2)."""
    column = tables.credential.c
    later = update(tables.credential).where(column.account == account, column.totp_step < step)
    return tx.execute(later.values(totp_step=step)).rowcount == 1


def drop(tx: Connection, account: str) -> None:
    """The account has nothing any more."""
    tx.execute(delete(tables.credential).where(tables.credential.c.account == account))


def end_everywhere(tx: Connection, account: str, but: str = "") -> None:
    """End every session of the account but one, and every token that it made for programs."""
    sessions.end_all(tx, account, but)
    tx.execute(delete(tables.token).where(tables.token.c.account == account))
