"""Corrections: describe, recode, withdraw. Each keeps old value, new value and reason in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered
from lantai.cli.finding import Code
from lantai.errors import UsageMistake


def describe(
    context: typer.Context,
    code: Code,
    changes: Annotated[
        list[str], typer.Argument(metavar="FIELD=VALUE…", help="New values; an empty one clears.")
    ],
    reason: Reason,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Correct an item's description; its code stays."""
    from processes.desk.correct import describe as correct

    wanted = dict(change_of(change) for change in changes)
    with entered(context, account) as archive:
        done = correct(archive.tools(), archive.index, code, wanted, reason)
    answer(done, as_json, words.of_correction(done))
    return BROKEN if "waiting" in done else DONE


def recode(
    context: typer.Context,
    code: Code,
    new_code: Annotated[str, typer.Argument(metavar="NEW-CODE", help="The code it should have had.")],
    reason: Reason,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Give an item another code; the former one still finds it."""
    from processes.desk.correct import recode as correct

    with entered(context, account) as archive:
        done = correct(archive.tools(), archive.index, code, new_code, reason)
    answer(done, as_json, words.of_correction(done))
    return BROKEN if "waiting" in done else DONE


def withdraw(
    context: typer.Context, code: Code, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """Take an item out of use; it stays kept and provable."""
    from processes.desk.correct import withdraw as correct

    with entered(context, account) as archive:
        done = correct(archive.tools(), archive.index, code, reason)
    answer(done, as_json, words.of_correction(done))
    return BROKEN if "waiting" in done else DONE


def change_of(text: str) -> tuple[str, str]:
    """A field and its new value, as `FIELD=VALUE` says them. Raises `UsageMistake`."""
    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise UsageMistake(f"{text!r} is not FIELD=VALUE")
    return field.strip(), value.strip()


COMMANDS: dict[str, Callable[..., int]] = {"describe": describe, "recode": recode, "withdraw": withdraw}
