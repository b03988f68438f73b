"""Who is signed in: working state. A session is known by the digest of what its cookie holds, so that whoever
reads the database cannot take one over.

Not here: who may sign in, how long (`processes.people.sign_in`), cookies (`lantai.api`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from archive import tables


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. Times are UTC as the ledger writes them; `detail` is the door's own."""

    id: str
    account: str
    started: str
    seen: str
    until: str
    detail: Mapping[str, Any]


def begin(tx: Connection, account: str, now: str, until: str, detail: Mapping[str, Any]) -> str:
    """Sign `account` in; what its cookie is to hold."""
    secret = secrets.token_urlsafe(32)
    row = {"account": account, "started": now, "seen": now, "until": until}
    tx.execute(insert(tables.session).values(id=digest(secret), detail=_text(detail), **row))
    return secret


def session(connection: Connection, secret: str) -> Session | None:
    """The session whose cookie holds `secret`, ended by time or not."""
    row = connection.execute(_BY_ID, {"digest": digest(secret)}).one_or_none()
    return session_of(*row) if row else None


def of_account(connection: Connection, account: str) -> list[Session]:
    """Where an account is signed in, what was seen last first; ended by time or not."""
    table = tables.session.c
    query = select(tables.session).where(table.account == account).order_by(table.seen.desc(), table.id)
    return [session_of(*row) for row in connection.execute(query)]


def renew(tx: Connection, session_id: str, seen: str, detail: Mapping[str, Any]) -> None:
    """Note when it was last seen, and what the door keeps of it."""
    chosen = update(tables.session).where(tables.session.c.id == session_id)
    tx.execute(chosen.values(seen=seen, detail=_text(detail)))


def note_opened(tx: Connection, session_id: str, opened: Mapping[str, str]) -> None:
    """Note that grants were opened in it (`processes.desk.retrievals`), beside those that were before."""
    row = tx.execute(select(tables.session.c.detail).where(tables.session.c.id == session_id)).scalar()
    if row is None:
        return  # signed out meanwhile
    detail = json.loads(row)
    detail["opened"] = {**detail.get("opened", {}), **opened}
    tx.execute(update(tables.session).where(tables.session.c.id == session_id).values(detail=_text(detail)))


def saw(tx: Connection, session_id: str, seen: str) -> None:
    """Note when it was last used, and nothing else of it."""
    tx.execute(update(tables.session).where(tables.session.c.id == session_id).values(seen=seen))


def end(tx: Connection, session_id: str) -> None:
    """Sign one out; an ended one is fine."""
    tx.execute(delete(tables.session).where(tables.session.c.id == session_id))


def end_all(tx: Connection, account: str, but: str = "") -> None:
    """Sign an account out wherever it is signed in, but for the session `but`."""
    table = tables.session.c
    tx.execute(delete(tables.session).where(table.account == account, table.id != but))


def sweep(tx: Connection, now: str) -> None:
    """Forget sessions whose time has passed."""
    tx.execute(delete(tables.session).where(tables.session.c.until < now))


def digest(secret: str) -> str:
    """How a secret of 256 random bits is known again: no salt and no stretching are needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def session_of(id_: str, account: str, started: str, seen: str, until: str, detail: str) -> Session:
    """The session of a row's columns, in their order."""
    return Session(id_, account, started, seen, until, json.loads(detail))


_BY_ID = select(tables.session).where(tables.session.c.id == bindparam("digest"))
"""Built once."""


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)
