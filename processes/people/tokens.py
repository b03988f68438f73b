"""Tokens for programs: an account makes them for itself, sees them by name and last use, and ends them.

A token never does more than its account may at that moment; it may be narrowed to some of that. It makes no
tokens, sets no passwords and proves nothing: what is proved at that moment stays with people. Not done
here: asking for the account's own proof (the doors do), which route a token opens (`policies.roles`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from archive import tokens
from archive.tokens import Token
from ingest.tools import Tools
from policies.access import Subject
from policies.folding import hidden_in, private_in
from policies.inspection import has_mark
from policies.matrix import opened_by_token
from policies.roles import role_book, route_book
from processes.errors import NotAllowedValue, NotFound

LONGEST_NAME, MOST_TOKENS = 64, 50
LONGEST_DAYS, USUAL_DAYS = 365, 90


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token that is to be. `may` are the actions it is narrowed to; None is all that its account may."""

    name: str
    days: int = USUAL_DAYS
    may: Sequence[str] | None = None


def make(tools: Tools, wanted: Wanted) -> dict[str, Any]:
    """Make a token of the account at work; the answer's `token` is its secret, told this once.

    Raises `NotAllowedValue` for a name that cannot be or is taken, more than 365 days, an action that no
    token of this account does, one token too many; `ReadOnly`.
    """
    name, may = _name(tools, wanted.name), _narrowed(tools.subject, wanted.may)
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise NotAllowedValue(f"a token is good for 1 to {LONGEST_DAYS} days")
    now, account = tools.now(), tools.subject.account
    until = (tools.clock() + timedelta(days=wanted.days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with tools.database.write() as tx:
        tokens.sweep(tx, now)
        there = tokens.of_account(tx, account)
        if any(one.name == name for one in there):
            raise NotAllowedValue(f"there is a token {name} already")
        if len(there) >= MOST_TOKENS:
            raise NotAllowedValue(f"an account has at most {MOST_TOKENS} tokens; revoke one first")
        secret = tokens.make(tx, account, name, now, until, may)
        made = tokens.find(tx, secret)
    assert made is not None  # it was made in this transaction
    return {"token": secret} | as_json(made)


def listed(tools: Tools) -> list[dict[str, Any]]:
    """The account's tokens, the oldest first, without those whose time has passed."""
    now = tools.now()
    with tools.database.read() as conn:
        found = tokens.of_account(conn, tools.subject.account)
    return [as_json(one) for one in found if one.until >= now]


def revoke(tools: Tools, which: str) -> dict[str, Any]:
    """End one of the account's own, by its identifier or its name. Raises `NotFound`, `ReadOnly`."""
    with tools.database.write() as tx:
        own = tokens.of_account(tx, tools.subject.account)
        found = next((one for one in own if which in (one.id, one.name)), None)
        if found is None:
            raise NotFound("token")
        tokens.revoke(tx, found.account, found.id)
    return {"id": found.id, "name": found.name, "revoked": True}


def as_json(token: Token) -> dict[str, Any]:
    """A token as its account sees it. `seen` is "" until it was used; `may` null is all that it may."""
    return {
        "id": token.id,
        "name": token.name,
        "made": token.made,
        "seen": token.seen,
        "until": token.until,
        "may": None if token.may is None else sorted(token.may),
    }


def _name(tools: Tools, name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    unseen = hidden_in(name) or private_in(name) or not all(c.isprintable() for c in name)
    if unseen or name != name.strip() or not 1 <= len(name) <= LONGEST_NAME:
        raise NotAllowedValue(f"a token has a name of 1 to {LONGEST_NAME} characters that can be seen")
    if has_mark(name, tools.rules):
        raise NotAllowedValue("the name holds a secrecy mark; nothing was made")
    return name


def _narrowed(subject: Subject, may: Sequence[str] | None) -> list[str] | None:
    """The actions, each once and in order; one that no token of this account does is a mistake to be told."""
    if may is None:
        return None
    possible = opened_by_token(role_book(), route_book(), subject.roles)
    for action in may:
        if action not in possible:
            told = ", ".join(sorted(possible))
            raise NotAllowedValue(f"a token of this account cannot {action}; it can: {told}")
    return sorted(set(may))
