"""Commands of whoever appoints: account add, list, roles, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words_people as words
from lantai.cli.carrying import listed
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered

Name = Annotated[str, typer.Argument(metavar="NAME", help="An account's name.")]


def add(
    context: typer.Context,
    name: Name,
    role: Annotated[list[str], typer.Option("--role", metavar="ROLE", help="A role; `account roles` tells.")],
    fonds: Annotated[
        list[str] | None, typer.Option("--fonds", metavar="CODE|all", help="Fonds that it handles.")
    ] = None,
    zone: Annotated[
        str,
        typer.Option(metavar="public|government|reading-room|internal", help="Where it works from."),
    ] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Appoint somebody: an account with its roles, fonds and zone."""
    from processes.accounts import Appointment, appoint

    with entered(context, account) as archive:
        wanted = Appointment(name, role, listed(fonds), zone)
        done = appoint(archive.tools(), wanted, archive.settings.account)
    answer(done, as_json, words.of_added(done))
    return BROKEN if "waiting" in done else DONE


def list_accounts(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """List accounts with their roles, fonds and zones."""
    from processes.accounts import listed as all_accounts

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
    from processes.accounts import close as end

    with entered(context, account) as archive:
        done = end(archive.tools(), name, reason)
    answer(done, as_json, words.of_closed(done))
    return BROKEN if "waiting" in done else DONE


ACCOUNTS: dict[str, Callable[..., int]] = {"add": add, "list": list_accounts, "roles": roles, "close": close}
