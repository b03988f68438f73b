"""Commands of whoever appoints: account add, change, code, list, roles, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words_people as words
from lantai.cli.carrying import listed
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered
from lantai.cli.words_oneself import of_code
from lantai.secrets_in import new_password

Name = Annotated[str, typer.Argument(metavar="NAME", help="An account's name.")]
Roles = Annotated[list[str], typer.Option("--role", metavar="ROLE", help="A role; `account roles` tells.")]
Fonds = Annotated[
    list[str] | None, typer.Option("--fonds", metavar="CODE|all", help="Fonds that it handles.")
]
Where = Annotated[
    str,
    typer.Option("--zone", metavar="public|government|reading-room|internal", help="Where it works from."),
]


def add(
    context: typer.Context,
    name: Name,
    role: Roles,
    fonds: Fonds = None,
    zone: Where = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Appoint somebody: an account with its roles, fonds and zone, and a password or a one-time code."""
    from processes.people.accounts import Appointment
    from processes.people.admit import admit

    with entered(context, account) as archive:
        wanted = Appointment(name, role, listed(fonds), zone)
        done = admit(archive.tools(), wanted, new_password(name, "ask-first-password"))
    answer(done, as_json, words.of_added(done))
    return BROKEN if "waiting" in done else DONE


def change(
    context: typer.Context,
    name: Name,
    role: Roles,
    reason: Reason,
    fonds: Fonds = None,
    zone: Where = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Give an account other roles, fonds and zone; what is said is all that holds from now on."""
    from processes.people.accounts import Appointment
    from processes.people.accounts import change as put

    with entered(context, account) as archive:
        done = put(archive.tools(), Appointment(name, role, listed(fonds), zone), reason)
    answer(done, as_json, words.of_changed(done))
    return BROKEN if "waiting" in done else DONE


def code(
    context: typer.Context,
    name: Name,
    second_factor: Annotated[
        bool,
        typer.Option("--second-factor", help="End the account's second factor as well, as for a lost one."),
    ] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Give an account a one-time code to set a password with, shown once."""
    from processes.people.credentials import new_code

    with entered(context, account) as archive:
        done = new_code(archive.tools(), name, second_factor=second_factor)
    answer(done, as_json, of_code(done))
    return BROKEN if "waiting" in done else DONE


def list_accounts(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """List accounts with their roles, fonds and zones."""
    from processes.people.accounts import listed as all_accounts

    with entered(context, account) as archive:
        found = all_accounts(archive.tools())
        founder = archive.settings.account
    answer({"accounts": found, "founder": founder}, as_json, words.of_accounts(found, founder))
    return DONE


def roles(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """List the roles: what each may, where, and what every command and route asks for."""
    from policies.matrix import matrix
    from policies.roles import role_book, route_book

    with entered(context, account):
        told = matrix(role_book(), route_book())
    answer(told, as_json, words.of_matrix(told))
    return DONE


def close(
    context: typer.Context, name: Name, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """Close an account; its name is never given again."""
    from processes.people.accounts import close as end

    with entered(context, account) as archive:
        done = end(archive.tools(), name, reason)
    answer(done, as_json, words.of_closed(done))
    return BROKEN if "waiting" in done else DONE


ACCOUNTS: dict[str, Callable[..., int]] = {
    "add": add,
    "change": change,
    "code": code,
    "list": list_accounts,
    "roles": roles,
    "close": close,
}
