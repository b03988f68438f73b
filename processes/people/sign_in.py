"""Signing in: an account, its password and its code, looked at so that nobody learns which was wrong.

    1  admit     by the counts of failures; the attempt is counted before anything of it is looked at
    2  compare   the password's hash, or another's where there is no such account; then the code
    3  settle    in one transaction: the code is used up, the failures are forgiven, an old hash made anew

Every refusal is one error with one text after the same work. Not done here: sessions (`archive.sessions`) and
cookies (the door's), how long a count makes wait (`policies.lockout`), the use journal.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from archive import accounts, failures
from archive.credentials import Credential, credential, put, use_step
from archive.database import Database
from policies.lockout import Count, Who, admit, failed, keys_of
from policies.passwords import MOST, PasswordRefused, as_kept
from policies.roles import role_book
from processes.people.hashing import hashed, matches, outdated
from processes.people.people_errors import SignInFailed, SlowDown
from processes.people.totp import step_of

LONGEST_NAME = 64
_NONE = Count()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody says at the door. `address` is theirs on the network, "" at the machine itself; `device`
    what the device cookie holds, if there is one.
    """

    account: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    address: str = ""
    device: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is. `device` is what the device cookie is to hold from now on. Where `only_self` is true the
    account's roles need a second factor that it has not enrolled: its session opens what "self" opens alone.
    `changed` tells the state of its credentials that let them in.
    """

    account: str
    device: str = field(repr=False)
    only_self: bool = False
    changed: str = ""


def sign_in(database: Database, who: Attempt, now: datetime) -> SignedIn:
    """Who signs in. Raises `SignInFailed`, `SlowDown`; slow by intent, so not on an event loop's thread."""
    return _settled(database, who, now, password=True)


def vouched(database: Database, who: Attempt, now: datetime) -> SignedIn:
    """The same for somebody whom an organisation vouches for: no password is asked, a second factor is
    wherever one is enrolled. Raises as `sign_in` does.
    """
    return _settled(database, who, now, password=False)


def need_unchanged(tx: Connection, who: SignedIn) -> None:
    """What somebody signed in by still is what it was: for whoever begins their session, in the transaction
    that does. Raises `SignInFailed` where another password ended all sessions meanwhile.
    """
    if credential(tx, who.account).changed != who.changed:
        raise SignInFailed


def needs_second_factor(conn: Connection, account: str) -> bool:
    """Whether one of the account's roles asks for a second factor, wherever it works."""
    found = accounts.account(conn, account)
    return found is not None and role_book().two_factors(found.roles)


def lacks_second_factor(conn: Connection, account: str) -> bool:
    """Whether the account needs a second factor and has none: however it came in, "self" is all it may."""
    return needs_second_factor(conn, account) and not credential(conn, account).totp


def is_open(conn: Connection, account: str) -> bool:
    """Whether somebody may sign in by this name: an account that is open, or that of `init` until it retired.

    Who has credentials and was never appointed is the account that `init` made.
    """
    found = accounts.account(conn, account)
    return not accounts.founder_retired(conn) if found is None else not found.closed


def attempted(database: Database, who: Attempt, now: datetime) -> tuple[str, ...]:
    """Count the attempt before it is looked at; what it was counted under. Raises `SlowDown`."""
    seconds = int(now.timestamp())
    with database.write() as tx:
        kept = credential(tx, normal(who.account))
        asked = Who(normal(who.account), who.address, _device_of(kept, who.device))
        counts = failures.counts(tx, keys_of(asked))
        admitted = admit(asked, counts, seconds)
        if admitted.wait:
            raise SlowDown(admitted.wait)
        added = {name: failed(name, counts.get(name, _NONE), seconds) for name in admitted.counted}
        failures.put_counts(tx, added)
        failures.sweep(tx, seconds)
    return admitted.counted


def forgive(tx: Connection, counted: tuple[str, ...]) -> None:
    """It was them: their own counts begin anew. That of the address loses this attempt alone, or whoever has
    an account could try others' for ever.
    """
    counts = failures.counts(tx, counted)
    told = dict.fromkeys(counted, _NONE)
    for name, count in counts.items():
        if name.startswith("address:"):
            told[name] = replace(count, failures=count.failures - 1)
    failures.put_counts(tx, told)


def normal(name: str) -> str:
    """An account's name as it is kept; one that cannot be any is nobody's."""
    known = unicodedata.normalize("NFC", name[: LONGEST_NAME + 1])
    plain = len(known) <= LONGEST_NAME and known.isprintable()
    return known if plain else ""


def same_password(kept: Credential, password: str) -> bool:
    """Whether it is the account's; takes the same time where it has none."""
    try:
        secret = as_kept(password) if len(password) <= MOST else b""
    except PasswordRefused:
        secret = b""
    return matches(kept.password, secret) and bool(secret)


def _settled(database: Database, who: Attempt, now: datetime, *, password: bool) -> SignedIn:
    name = normal(who.account)
    counted = attempted(database, who, now)
    with database.read() as conn:
        kept = credential(conn, name)
        there = _there(conn, name, vouched=not password)
    right = same_password(kept, who.password) if password else True
    step = step_of(kept.totp, who.code, int(now.timestamp()))
    if not (right and there and (step is not None or not kept.totp)):
        raise SignInFailed
    anew = hashed(as_kept(who.password)) if password and outdated(kept.password) else ""
    with database.write() as tx:
        if not _there(tx, name, vouched=not password) or credential(tx, name).changed != kept.changed:
            raise SignInFailed
        if step is not None and not use_step(tx, name, step):
            raise SignInFailed
        forgive(tx, counted)
        mark = _remembered(tx, name, anew, who.device)
        return SignedIn(name, mark, lacks_second_factor(tx, name), kept.changed)


def _there(conn: Connection, name: str, *, vouched: bool) -> bool:
    """Whether somebody may sign in so. Nobody vouches for the account that `init` made."""
    return is_open(conn, name) and not (vouched and accounts.account(conn, name) is None)


def _remembered(tx: Connection, name: str, anew: str, device: str) -> str:
    """Keep the hash that was made anew, and a key for device cookies; the device's cookie."""
    kept = credential(tx, name)
    key = kept.detail.get("device") or secrets.token_hex(32)
    if anew or key != kept.detail.get("device"):
        put(tx, replace(kept, password=anew or kept.password).told(device=key))
    if _device_of(kept, device):
        return device
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_signed(key, name, nonce)}"


def _device_of(kept: Credential, cookie: str) -> str:
    """The device whose cookie this is, "" where it is nobody's or another account's."""
    nonce, _, mark = cookie.partition(".")
    key = kept.detail.get("device", "")
    good = bool(key) and hmac.compare_digest(
        mark.encode("utf-8", "surrogatepass"), _signed(key, kept.account, nonce).encode()
    )
    return nonce if good else ""


def _signed(key: str, account: str, nonce: str) -> str:
    text = f"{account}\0{nonce}".encode("utf-8", "surrogatepass")
    return hmac.new(bytes.fromhex(key), text, hashlib.sha256).hexdigest()
