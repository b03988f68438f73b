"""How somebody who came by a session or a token stands now: one question for each request, in one snapshot.

The session or token, the account behind it and whether a second factor is enrolled are read together, each
time anew. Not here: what follows from it (`lantai.api.door`), the account that `init` made, opened grants.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Label, bindparam, select

from archive import tables
from archive.accounts import Account, account_of
from archive.asking import Answer, Ask, Question
from archive.sessions import Session, digest, session_of
from archive.tokens import Token, token_of


@dataclass(frozen=True, slots=True)
class Standing:
    """By what somebody came (`own`, ended by its time or not), the account it names, closed or not and None
    where nobody was appointed by that name, and whether that has a second factor.
    """

    own: Session | Token
    account: Account | None
    enrolled: bool


def by_session(ask: Ask, secret: str) -> Standing | None:
    """Whoever holds a cookie of this secret; None where there is no such session."""
    row = ask(_BY_SESSION, {"wanted": digest(secret)})
    return None if row is None else Standing(session_of(*row[:_SESSION]), *_behind(row[_SESSION:]))


def by_token(ask: Ask, secret: str) -> Standing | None:
    """Whoever holds the token of this secret; None where there is none."""
    row = ask(_BY_TOKEN, {"wanted": digest(secret)})
    return None if row is None else Standing(token_of(*row[:_TOKEN]), *_behind(row[_TOKEN:]))


def _behind(row: Answer) -> tuple[Account | None, bool]:
    name, detail, added, closed, totp = row
    return None if name is None else account_of(name, detail, added, closed), bool(totp)


def _question(table: FromClause, columns: list[ColumnElement[str]], key: ColumnElement[str]) -> Question:
    account, credential = tables.account, tables.credential
    own: list[Label[str]] = [column.label(f"own_{place}") for place, column in enumerate(columns)]
    behind = (account.c.name, account.c.detail, account.c.added, account.c.closed, credential.c.totp)
    known = table.outerjoin(account, account.c.name == table.c.account)
    known = known.outerjoin(credential, credential.c.account == table.c.account)
    return Question(select(*own, *behind).select_from(known).where(key == bindparam("wanted")))


_S, _T = tables.session, tables.token
_OF_SESSION: list[ColumnElement[str]] = [
    _S.c.id, _S.c.account, _S.c.started, _S.c.seen, _S.c.until, _S.c.detail,
]  # fmt: skip
_OF_TOKEN: list[ColumnElement[str]] = [
    _T.c.id, _T.c.account, _T.c.name, _T.c.made, _T.c.seen, _T.c.until, _T.c.detail,
]  # fmt: skip
_SESSION, _TOKEN = len(_OF_SESSION), len(_OF_TOKEN)
_BY_SESSION = _question(_S, _OF_SESSION, _S.c.id)
_BY_TOKEN = _question(_T, _OF_TOKEN, _T.c.digest)
