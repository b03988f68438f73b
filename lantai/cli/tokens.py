"""The command of whoever lets programs in: account tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words_tokens as words
from lantai.cli.door import DONE, Account, AsJson, answer, entered
from lantai.errors import UsageMistake

USUAL_DAYS = 90


def tokens(
    context: typer.Context,
    action: Annotated[str, typer.Argument(metavar="[make|revoke]", help="Nothing, or what to do.")] = "",
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The token's name.")] = "",
    days: Annotated[int, typer.Option("--days", metavar="N", help="For how long, 365 at most.")] = USUAL_DAYS,
    may: Annotated[
        list[str] | None, typer.Option("--may", metavar="ACTION", help="Only this; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """List the account's tokens for programs, or make or revoke one."""
    if action == "make" and name:
        return _make(context, (name, days, may), as_json, account)
    if action == "revoke" and name:
        return _revoke(context, name, as_json, account)
    if action:
        raise UsageMistake(
            "write `account tokens`, `account tokens make NAME` or `account tokens revoke NAME`"
        )
    from processes.people.tokens import listed

    with entered(context, account) as archive:
        told = listed(archive.tools())
    answer({"tokens": told}, as_json, words.of_tokens(told))
    return DONE


def _make(
    context: typer.Context, wanted: tuple[str, int, list[str] | None], as_json: bool, account: str | None
) -> int:
    from processes.people.tokens import Wanted, make

    with entered(context, account) as archive:
        made = make(archive.tools(), Wanted(*wanted))
    answer(made, as_json, words.of_made(made))
    return DONE


def _revoke(context: typer.Context, name: str, as_json: bool, account: str | None) -> int:
    from processes.people.tokens import revoke

    with entered(context, account) as archive:
        done = revoke(archive.tools(), name)
    answer(done, as_json, words.of_revoked(done))
    return DONE


TOKENS: dict[str, Callable[..., int]] = {"tokens": tokens}
