"""Who appoints, and what becomes of the account that `init` made once somebody else does.

    alone       nobody was ever appointed: it sees all and may all
    founder     it may appoint, and look after the house
    retired     an account that appoints has taken office, with password and second factor: nothing of its own
    stranded    nobody who appoints has credentials any more, as after a rebuild: it may give a code

Not here: what each may (`policies.roles`), setting credentials (`processes.people.credentials`).
"""

from __future__ import annotations

from sqlalchemy import Connection

from archive import accounts, catalogue
from archive.accounts import Account
from archive.credentials import credential, drop, end_everywhere
from archive.events import FounderRetired
from ingest.tools import Tools
from policies.roles import FOUNDER, RETIRED, STRANDED, role_book

APPOINT = "appoint"


def appointers(conn: Connection, but: str = "") -> list[Account]:
    """The open accounts that appoint where they work."""
    return [one for one in accounts.accounts(conn) if not one.closed and one.name != but and appoints(one)]


def appoints(account: Account) -> bool:
    """Whether it has the right to appoint where it works."""
    book = role_book()
    subject = book.subject_of(account.name, account.roles, account.fonds, account.zone)
    return book.may(subject.roles, APPOINT)


def in_office(conn: Connection, account: Account) -> bool:
    """Whether it can sign in for what it was appointed to: with a second factor where one is due."""
    kept = credential(conn, account.name)
    return bool(kept.password and (kept.totp or not role_book().two_factors(account.roles)))


def founder_standing(conn: Connection) -> str:
    """What the account of `init` is once somebody was appointed: FOUNDER, RETIRED or STRANDED.

    Where it retired and no account is left that appoints, which only a loss of entries can do, it is what it
    was before: else nobody could ever be appointed again.
    """
    if not accounts.founder_retired(conn):
        return FOUNDER
    found = appointers(conn)
    if not found:
        return FOUNDER
    return RETIRED if any(in_office(conn, one) for one in found) else STRANDED


def take_office(tools: Tools, tx: Connection, name: str) -> bool:
    """Retire the account of `init` if `name` appoints and can sign in for it now; whether that was so."""
    found = accounts.account(tx, name)
    if found is None or found.closed or accounts.founder_retired(tx):
        return False
    if not (appoints(found) and in_office(tx, found)):
        return False
    catalogue.record(tx, tools.ledger, [FounderRetired(name, name, tools.os_user)], tools.now())
    drop(tx, tools.founder)
    end_everywhere(tx, tools.founder)
    return True
