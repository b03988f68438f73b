"""Who may supervise a destruction (监销): two people, neither of them whoever ordered it.

Each is an open account with the right `supervise` where they work, and handles every fonds of what goes: a
supervisor is told what they witness. While nobody was ever appointed there is nobody to supervise, and the
account of `init` destroys alone; the certificate says so. Source: domain reference, 7.

Not done here: their proof (the doors), orders that wait for them (`supervision`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from archive import accounts
from ingest.tools import Tools
from policies.access import Subject, handles
from policies.roles import ALONE, role_book
from processes.people.people_errors import SupervisorRefused

SUPERVISE = "supervise"
NEEDED = 2


def need_supervisors(
    tools: Tools, conn: Connection, fonds: Collection[str], names: Sequence[str]
) -> tuple[str, ...]:
    """The names of those who supervise, as they are kept; none where nobody was ever appointed.

    Raises `SupervisorRefused`.
    """
    if ALONE in tools.subject.roles:
        if names:
            raise SupervisorRefused(
                "nobody was appointed yet, so nobody can supervise: leave out --supervisor"
            )
        return ()
    known = tuple(unicodedata.normalize("NFC", name) for name in names)
    if len(set(known)) != NEEDED or len(known) != NEEDED:
        raise SupervisorRefused("destroying needs two supervisors: name two different accounts")
    for name in known:
        subject = subject_of(conn, name)
        if subject is None or not can_supervise(subject, tools.subject.account, fonds):
            raise refused(name)
    return known


def can_supervise(subject: Subject, orderer: str, fonds: Collection[str]) -> bool:
    """Whether `subject` may witness the destruction of records of these fonds that `orderer` ordered."""
    right = role_book().may(subject.roles, SUPERVISE) and subject.account != orderer
    return right and all(handles(subject, one) for one in fonds)


def refused(name: str) -> SupervisorRefused:
    """One sentence for no such account, closed, no right, another's fonds, and whoever gave the order."""
    return SupervisorRefused(f"{name} cannot supervise this destruction")


def subject_of(conn: Connection, name: str) -> Subject | None:
    """An appointed account as it works, None for nobody."""
    found = accounts.account(conn, name)
    if found is None or found.closed:
        return None
    return role_book().subject_of(found.name, found.roles, found.fonds, found.zone)
