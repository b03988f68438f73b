"""People's own credentials: a first password by one-time code, another one, a second factor.

Whoever appoints never learns a password: they give a code of 128 random bits, good once and for three days
(ASVS 5.0, 6.4.1, 6.4.6), by which the person sets one. Whoever changes theirs gives the present one (6.2.3).
A new password or factor ends every other session of the account and all its tokens (7.4.3). A code sets a
password and leaves the second factor as it is (6.4.3), unless it was given to end that too (6.4.4).

The first account with the right to appoint that is set up so retires the one that `init` made
(`processes.people.offices`). Not done here: what a good password is (`policies.passwords`), signing in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from archive import accounts, catalogue
from archive.credentials import Credential, credential, end_everywhere, put, use_step
from archive.events import CodeGiven
from ingest.publish import publish
from ingest.tools import Tools
from policies.passwords import as_kept, need_good
from policies.roles import STRANDED
from processes.errors import NotFound, NothingChanges
from processes.people.hashing import hashed
from processes.people.offices import appoints, take_office
from processes.people.people_errors import NoPassword, ProofRefused, SignInFailed
from processes.people.proof import Secret, need_own
from processes.people.sign_in import Attempt, attempted, forgive, is_open, normal
from processes.people.totp import address_of, new_secret, step_of
from storage.errors import TooFewCopies

CODE_DAYS = 3
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a figure."""
_SIGNS = 26
"""Signs of 5 bits in a code: 130 bits."""


def set_password(tools: Tools, account: str, present: Secret, new: str, but: str = "") -> dict[str, Any]:
    """Change a password; `present` proves it is them, `but` is the session that goes on.

    The account of `init` that has none yet sets its first one so, with an empty `present`, at the machine.
    Raises `PasswordRefused`, `ProofRefused`, `NoPassword`, `SlowDown`.
    """
    name = normal(account)
    need_good(new, context_of(tools, name))
    with tools.database.read() as conn:
        first = name == tools.founder and not credential(conn, name).password and not present.address
    if not first:
        need_own(tools.database, name, present, tools.clock())
    return _kept(tools, name, hashed(as_kept(new)), but)


def first_password(
    tools: Tools, account: str, code: str, new: str, address: str = "", device: str = ""
) -> dict[str, Any]:
    """Set a password by the one-time code that was given for it, which is used up.

    Raises `SignInFailed` where account and code do not go together, `PasswordRefused`, `SlowDown`. A
    refused password leaves the code good.
    """
    name = normal(account)
    need_good(new, context_of(tools, name))
    counted = attempted(tools.database, Attempt(account, "", "", address, device), tools.clock())
    anew = hashed(as_kept(new))  # also for those who are not there: it takes as long
    with tools.database.write() as tx:
        kept = credential(tx, name)
        if not (_fits(tools, kept, code) and is_open(tx, name)):
            raise SignInFailed
        if kept.detail.get("drops"):
            put(tx, replace(kept, totp="", totp_step=0))
        forgive(tx, counted)
        retired = _keep(tools, tx, name, anew)
    return _answer(tools, name, retired)


def initial_password(tools: Tools, account: str, new: str) -> dict[str, Any]:
    """Set the first password of an account that was appointed in this moment, typed by whoever it is for.

    Raises `PasswordRefused`, and `NothingChanges` where it has one already.
    """
    need_good(new, context_of(tools, account))
    with tools.database.read() as conn:
        if credential(conn, account).password:
            raise NothingChanges(f"the account {account} has a password already")
    return _kept(tools, account, hashed(as_kept(new)))


def new_code(tools: Tools, account: str, *, second_factor: bool = False) -> dict[str, Any]:
    """Give an account a one-time code to set a password with; `code` in the answer is told this once.

    `second_factor` ends the account's second factor as well, when the code is used. An entry says who gave
    it. Where nobody who appoints has credentials any more the account of `init` gives one, to those who
    appoint alone. Raises `NotFound`.
    """
    name, (code, until) = normal(account), _new_code(tools)
    with tools.database.write() as tx:
        found = accounts.account(tx, name)
        stranded = STRANDED in tools.subject.roles
        if found is None or found.closed or (stranded and not appoints(found)):
            raise NotFound(f"account {account}")
        kept = replace(credential(tx, name), code=_digest(code), code_until=until)
        put(tx, kept.told(drops=second_factor or None))
        event = CodeGiven(name, second_factor, tools.subject.account, tools.os_user)
        catalogue.record(tx, tools.ledger, [event], tools.now())
    answer = {"account": name, "code": code, "until": until, "second_factor": second_factor}
    return answer | published(tools)


def give_code(tools: Tools, account: str) -> tuple[str, str]:
    """The first code of an account that was appointed in this moment, and until when it is good."""
    code, until = _new_code(tools)
    with tools.database.write() as tx:
        put(tx, replace(credential(tx, account), code=_digest(code), code_until=until))
    return code, until


def begin_totp(tools: Tools, account: str, present: Secret) -> str:
    """Begin to enrol a second factor: the `otpauth://` address for the person's authenticator.

    Until its first code is confirmed nothing changes. Raises `ProofRefused`, `NoPassword`, `SlowDown`.
    """
    name = normal(account)
    need_own(tools.database, name, present, tools.clock())
    secret = new_secret()
    with tools.database.write() as tx:
        put(tx, credential(tx, name).told(pending=secret))
    return address_of(secret, name, tools.ledger.origin)


def confirm_totp(
    tools: Tools, account: str, code: str, but: str = "", address: str = "", device: str = ""
) -> dict[str, Any]:
    """Enrol the factor that was begun, by its first code; other sessions and all tokens end.

    A session that could do nothing but this stays so: sign in anew, with a code. Raises `ProofRefused`,
    `NothingChanges` where none was begun, `SlowDown`.
    """
    name = normal(account)
    counted = attempted(tools.database, Attempt(account, "", "", address, device), tools.clock())
    with tools.database.write() as tx:
        kept = credential(tx, name)
        pending = str(kept.detail.get("pending", ""))
        if not pending:
            raise NothingChanges("no second factor was begun to be enrolled")
        step = step_of(pending, code, int(tools.clock().timestamp()))
        if step is None:
            raise ProofRefused(account)
        if not kept.password:
            raise NoPassword(account)
        put(tx, replace(kept, totp=pending, totp_step=0, changed=_stamp(tools)).told(pending=None))
        use_step(tx, name, step)
        end_everywhere(tx, name, but)
        forgive(tx, counted)
        retired = take_office(tools, tx, name)
    return {"account": name, "second_factor": True, "founder_retired": retired} | (
        published(tools) if retired else {}
    )


def context_of(tools: Tools, account: str) -> list[str]:
    """Words of this place that make a password no harder to guess (ASVS 5.0, 6.2.11)."""
    origin = tools.ledger.origin.replace("/", ".").split(".")
    return [account, *account.split(), tools.founder, *(word for word in origin if len(word) > 3)]


def published(tools: Tools) -> dict[str, str]:
    """Publish what was entered; why it has to wait, or nothing."""
    try:
        publish(tools)
    except TooFewCopies as fault:
        return {"waiting": str(fault)}
    return {}


def _kept(tools: Tools, name: str, anew: str, but: str = "") -> dict[str, Any]:
    with tools.database.write() as tx:
        retired = _keep(tools, tx, name, anew, but)
    return _answer(tools, name, retired)


def _keep(tools: Tools, tx: Connection, name: str, anew: str, but: str = "") -> bool:
    """Keep a password's hash; a code that waits is good no more, nor is any device's cookie or a factor that
    was begun. Whether the account of `init` retired by it.
    """
    if not is_open(tx, name) or (name != tools.founder and accounts.account(tx, name) is None):
        raise SignInFailed
    kept = replace(credential(tx, name), password=anew, code="", code_until="", changed=_stamp(tools))
    put(tx, kept.told(drops=None, pending=None, device=secrets.token_hex(32)))
    end_everywhere(tx, name, but)
    return take_office(tools, tx, name)


def _answer(tools: Tools, name: str, retired: bool) -> dict[str, Any]:
    told = {"account": name, "password": True, "founder_retired": retired}
    return told | (published(tools) if retired else {})


def _stamp(tools: Tools) -> str:
    """Tells one state of a credential from the next, also within a second."""
    return f"{tools.now()} {secrets.token_hex(8)}"


def _new_code(tools: Tools) -> tuple[str, str]:
    """A code, and until when it is good."""
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(_SIGNS))
    until = tools.clock() + timedelta(days=CODE_DAYS)
    return "-".join(signs[at : at + 5] for at in range(0, _SIGNS, 5)), until.strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(code: str) -> str:
    """A code as it is known again, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign not in "- \t")
    read = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    return hashlib.sha256(read.encode("utf-8", "surrogatepass")).hexdigest()


def _fits(tools: Tools, kept: Credential, code: str) -> bool:
    known = kept.code or hashlib.sha256(secrets.token_bytes(8)).hexdigest()
    same = hmac.compare_digest(known, _digest(code))
    return same and bool(kept.code) and tools.now() <= kept.code_until


def has_password(conn: Connection, account: str) -> bool:
    """Whether the account has set a password."""
    return bool(credential(conn, normal(account)).password)
