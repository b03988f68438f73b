"""Corrections: describe, recode, withdraw. Each keeps old value, new value and reason in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words
from lantai.cli.door import DONE, Account, AsJson, Reason, answer, home_of
from lantai.cli.finding import Code
from lantai.errors import UsageMistake


def describe(
    context: typer.Context,
    code: Code,
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…", help="New values; empty clears.")],
    reason: Reason,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Correct an item's description; its code stays."""
    from lantai.wiring import opened
    from processes.correct import describe as correct
    from processes.index import feed

    wanted = dict(_change(change) for change in changes)
    with opened(home_of(context), account) as archive:
        done = correct(archive.tools(), code, wanted, reason)
        feed(archive.database, archive.index, archive.tools().work)
    answer(done, as_json, words.of_correction(done))
    return DONE


def recode(
    context: typer.Context,
    code: Code,
    new_code: Annotated[str, typer.Argument(metavar="NEW-CODE", help="The code it should have had.")],
    reason: Reason,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Give an item another code; the former one still finds it and is never given again."""
    from lantai.wiring import opened
    from processes.correct import recode as correct
    from processes.index import feed

    with opened(home_of(context), account) as archive:
        done = correct(archive.tools(), code, new_code, reason)
        feed(archive.database, archive.index, archive.tools().work)
    answer(done, as_json, words.of_correction(done))
    return DONE


def withdraw(
    context: typer.Context, code: Code, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """Take an item out of use; it stays kept and provable, and its code is never given again."""
    from lantai.wiring import opened
    from processes.correct import withdraw as correct
    from processes.index import feed

    with opened(home_of(context), account) as archive:
        done = correct(archive.tools(), code, reason)
        feed(archive.database, archive.index, archive.tools().work)
    answer(done, as_json, words.of_correction(done))
    return DONE


def _change(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise UsageMistake(f"{text!r} is not FIELD=VALUE")
    return field.strip(), value.strip()


COMMANDS: dict[str, Callable[..., int]] = {"describe": describe, "recode": recode, "withdraw": withdraw}
