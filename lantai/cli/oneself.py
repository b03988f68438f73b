"""Commands of an account for itself: account password, account totp."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from lantai.cli import words_oneself as words
from lantai.cli.door import BROKEN, DONE, Account, AsJson, answer, entered, note
from lantai.cli.proving import asked
from lantai.errors import UsageMistake
from lantai.messages import say
from lantai.secrets_in import new_password, one_time_code, own_code

if TYPE_CHECKING:
    from processes.people.proof import Secret


def password(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The account; else that of --as.")] = "",
    code: Annotated[
        bool, typer.Option("--code", help="By the one-time code, also where there is a password.")
    ] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Set the account's own password: by the present one, or by the one-time code that was given for it."""
    from processes.people.credentials import first_password, has_password, set_password

    with entered(context, name or account) as archive:
        tools, who = archive.tools(), archive.subject.account
        with archive.database.read() as conn:
            known = has_password(conn, who)
        if code or not (known or who == tools.founder):
            done = first_password(tools, who, one_time_code(who), _new(who))
        else:
            done = set_password(tools, who, asked(archive, who) if known else _nothing(), _new(who))
    answer(done, as_json, words.of_password(done))
    return BROKEN if "waiting" in done else DONE


def totp(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """Enrol a second factor: an authenticator's codes, asked for besides the password from then on."""
    from processes.people.credentials import begin_totp, confirm_totp

    with entered(context, account) as archive:
        tools, who = archive.tools(), archive.subject.account
        uri = begin_totp(tools, who, asked(archive, who))
        note(say("totp-uri", uri=uri))
        done = confirm_totp(tools, who, own_code(who))
    answer(done, as_json, words.of_totp(done))
    return BROKEN if "waiting" in done else DONE


def _new(account: str) -> str:
    found = new_password(account)
    if not found:
        raise UsageMistake("a new password is needed, and nothing was given")
    return found


def _nothing() -> Secret:
    from processes.people.proof import Secret

    return Secret("")


ONESELF: dict[str, Callable[..., int]] = {"password": password, "totp": totp}
