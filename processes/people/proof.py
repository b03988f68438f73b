"""Proving at this moment that it is them: the account's own password, and its code where one is enrolled.

Approval, supervision, grants and what touches keys ask for it, however somebody came in. Failures count as
those of signing in do. Not done here: what asks for proof (`policies.roles`), one-time proofs (the door's).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from archive.credentials import Credential, credential, put, use_step
from archive.database import Database
from policies.access import Subject
from policies.passwords import as_kept
from policies.roles import ALONE, FOUNDER, STRANDED
from processes.people.hashing import hashed, outdated
from processes.people.people_errors import NoPassword, ProofRefused, SecondFactorNeeded
from processes.people.sign_in import (
    Attempt,
    attempted,
    forgive,
    is_open,
    lacks_second_factor,
    normal,
    same_password,
)
from processes.people.totp import step_of


@dataclass(frozen=True, slots=True)
class Secret:
    """What somebody gives to prove it is them. `address` and `device` as in `Attempt`."""

    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    address: str = ""
    device: str = field(default="", repr=False)


def prove(database: Database, account: str, secret: Secret, now: datetime) -> None:
    """Raise unless `secret` is the account's: `ProofRefused`; `NoPassword` where it has none, so that nothing
    could be; `SecondFactorNeeded` where the password is right and a factor is missing; `SlowDown`.
    """
    need_own(database, account, secret, now)
    with database.read() as conn:
        if lacks_second_factor(conn, normal(account)):
            raise SecondFactorNeeded(account)


def need_own(database: Database, account: str, secret: Secret, now: datetime) -> None:
    """As `prove`, enough for one's own credentials: an administrator enrols the first factor without one."""
    name = normal(account)
    with database.read() as conn:
        kept, there = credential(conn, name), is_open(conn, name)
    if there and not kept.password:
        raise NoPassword(account)
    who = Attempt(account, secret.password, secret.code, secret.address, secret.device)
    counted = attempted(database, who, now)
    right = same_password(kept, secret.password)
    step = step_of(kept.totp, secret.code, int(now.timestamp()))
    if not (right and there and (step is not None or not kept.totp)):
        raise ProofRefused(account)
    anew = hashed(as_kept(secret.password)) if outdated(kept.password) else ""
    with database.write() as tx:
        _settle(tx, kept, step, anew)
        forgive(tx, counted)


def exempt(conn: Connection, subject: Subject) -> bool:
    """Whether nothing is asked at the machine itself: of the account that `init` made while it is alone, and
    while it has set no password. Who owns the home's files stands behind it.
    """
    if subject.roles & {ALONE, STRANDED}:
        return True
    return FOUNDER in subject.roles and not credential(conn, subject.account).password


def asks_code(conn: Connection, account: str) -> bool:
    """Whether the account has enrolled a second factor, so that its code is asked for as well."""
    return bool(credential(conn, normal(account)).totp)


def _settle(tx: Connection, kept: Credential, step: int | None, anew: str) -> None:
    now = credential(tx, kept.account)
    if now.changed != kept.changed or not is_open(tx, kept.account):
        raise ProofRefused(kept.account)
    if step is not None and not use_step(tx, kept.account, step):
        raise ProofRefused(kept.account)
    if anew:
        put(tx, replace(credential(tx, kept.account), password=anew))
