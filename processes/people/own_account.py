"""What an account is told of itself: its offices, its fonds, its second factor, what a token of it could do.

Not here: its tokens and sessions (`tokens`, `own_sessions`), what others are told of it (`accounts`).
"""

from __future__ import annotations

from typing import Any

from archive.accounts import account as account_named
from archive.credentials import credential
from ingest.tools import Tools
from policies.matrix import opened_by_token
from policies.roles import role_book, route_book
from processes.people.accounts import EVERY


def told(tools: Tools) -> dict[str, Any]:
    """The account at work. `roles` are its offices, each with `works`: whether it counts where the account
    is; `handles` is "all" or the codes of the fonds that it sees all of; `code` whether a second factor is
    enrolled; `needs_code` whether an office of it asks for one; `by_token` what a program could do for it.
    """
    subject, book = tools.subject, role_book()
    with tools.database.read() as conn:
        known = account_named(conn, subject.account)
        enrolled = bool(credential(conn, subject.account).totp)
    offices = known.roles if known is not None else ()
    return {
        "account": subject.account,
        "roles": [_role(name, name in subject.roles) for name in offices],
        "zone": subject.zone.value,
        "handles": EVERY if subject.handles is None else sorted(subject.handles),
        "code": enrolled,
        "needs_code": book.two_factors(frozenset(offices)),
        "by_token": sorted(opened_by_token(book, route_book(), subject.roles)),
    }


def _role(name: str, works: bool) -> dict[str, Any]:
    role = role_book().roles[name]
    return {"role": name, "zh": role.zh, "en": role.en, "works": works}
