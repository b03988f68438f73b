"""Asking people for their own password at that moment: what approval, supervision, grants and keys ask for.

At a terminal without echo, else line by line from standard input: the password, then the code where a second
factor is enrolled. Not here: which commands ask (`policies/roles.toml`), whether it is right
(`processes.people.proof`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lantai.secrets_in import own_code, own_password

if TYPE_CHECKING:
    from lantai.wiring import Archive
    from processes.people.proof import Secret


def need_proof(archive: Archive, command: str, given: Sequence[str]) -> None:
    """Ask whoever works here to prove it, where the command wants that.

    Raises `ProofRefused`, `NoPassword`, `SecondFactorNeeded`, `SlowDown`, and as `need_still`.
    """
    from policies.roles import role_book
    from processes.people.proof import exempt

    if not role_book().asks_proof(command, given):
        return
    with archive.database.read() as conn:
        nothing = exempt(conn, archive.subject)
    if not nothing:
        need_person(archive, archive.subject.account)
        need_still(archive)


def need_person(archive: Archive, account: str) -> None:
    """Ask the person whose account this is to prove it. Raises as `need_proof` does."""
    from processes.people.proof import prove

    prove(archive.database, account, asked(archive, account), datetime.now(UTC))


def need_still(archive: Archive) -> None:
    """Whoever works here is who they were before people typed: that can take as long as they like. Raises
    `NotAllowed`, `NoSuchAccount`.
    """
    from lantai.errors import NotAllowed

    subject = archive.subject
    if archive.subject_named(subject.account) != subject:
        raise NotAllowed(subject.account, "change")


def asked(archive: Archive, account: str) -> Secret:
    """What they type. Raises `NoPassword` before asking where there is none, `ProofRefused` for nothing."""
    from archive.credentials import credential
    from processes.people.people_errors import NoPassword, ProofRefused
    from processes.people.proof import Secret

    with archive.database.read() as conn:
        kept = credential(conn, account)
    if not kept.password:
        raise NoPassword(account)
    password = own_password(account)
    if not password:
        raise ProofRefused(account)
    return Secret(password, own_code(account) if kept.totp else "")
