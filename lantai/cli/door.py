"""What every command shares: its options, how it answers, and what an error means to a caller.

Under `--json` exactly one JSON document goes to standard output; words for people and progress go
to standard error. Exit codes: 0 all done, 1 findings, 2 usage, 3 not allowed or not there,
4 broken machinery or a batch that waits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lantai.cli.called import command_of
from lantai.cli.noting import noted, unknown
from lantai.errors import NoHome, NoSuchAccount, NotAllowed, UsageMistake
from lantai.messages import error_sentence, say
from policies.errors import LantaiError

if TYPE_CHECKING:
    from lantai.wiring import Archive
    from policies.access import Subject

DONE, FINDINGS, USAGE, ABSENT, BROKEN = range(5)

USAGE_CODES = {
    "usage",
    "query-mistake",
    "home-exists",
    "database-exists",
    "cursor-mistake",
    "code-malformed",
    "code-taken",
    "ruleset-unknown",
    "recovery-key-mistyped",
    "share-mistyped",
    "set-changed",
    "search-saved",
    "password-refused",
}
ABSENT_CODES = {
    "not-found",
    "no-such-account",
    "not-allowed",
    "home-missing",
    "read-only",
    "held",
    "passcode-refused",
    "requests-waiting",
    "sign-in-failed",
    "slow-down",
    "proof-refused",
    "no-password",
    "second-factor-needed",
    "supervisor-refused",
    "proposal-changed",
}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Account = Annotated[str | None, typer.Option("--as", metavar="USER", help="The account to work as.")]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; kept in the ledger for ever.")]


class NotWritten(OSError):
    """Standard output does not take the answer, or only some of it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What stood before the command: the home, and the account if one was named there."""

    home: Path
    account: str | None


def home_of(context: typer.Context) -> Path:
    """The home that `--home` or `LANTAI_HOME` named."""
    caller: Caller = context.obj
    return caller.home


def account_of(context: typer.Context, account: str | None) -> str | None:
    """The account to work as: the command's own `--as`, else the one before the command."""
    caller: Caller = context.obj
    return caller.account if account is None else account


@contextmanager
def entered(context: typer.Context, account: str | None, *, stale_views: bool = False) -> Iterator[Archive]:
    """The archive that the caller named, opened as the account, where the command is for it.

    Where it asks for their own password, that is asked first. Raises `NoHome`, `NoSuchAccount`, `NotAllowed`,
    `ProofRefused`, `NoPassword`, `SecondFactorNeeded`, `SlowDown`.
    """
    from lantai.cli.proving import need_proof
    from lantai.settings import FILE_NAME
    from lantai.wiring import opened

    home = home_of(context)
    if not (home / FILE_NAME).exists():
        raise NoHome(home)
    name = account_of(context, account)
    with ExitStack() as held:
        try:
            archive = held.enter_context(opened(home, name, stale_views=stale_views))
        except NoSuchAccount:
            with opened(home, stale_views=stale_views) as archive:
                unknown(context, archive, str(name))
            raise
        with noted(context, archive):
            need_right(archive.subject, *command_of(context))
            need_proof(archive, *command_of(context))
            yield archive


def need_right(subject: Subject, command: str, given: Sequence[str]) -> None:
    """The command, with the words and options that were given, is for this account. Raises `NotAllowed`."""
    from policies.roles import role_book

    book = role_book()
    asked = book.actions_of(command, given)
    if asked is None or not all(book.may(subject.roles, action) for action in asked):
        raise NotAllowed(subject.account, command)


def in_utf8(text: str) -> str:
    """A word of the command that is text. Raises `UsageMistake` for bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise UsageMistake("the words of the command are not UTF-8") from fault
    return text


def writable(target: Path) -> Path:
    """`target`, where a file can stand. Raises `UsageMistake` for a folder, or a place in none."""
    if target.is_dir():
        raise UsageMistake(f"{target} is a folder; name a file with -o")
    if not target.parent.is_dir():
        raise UsageMistake(f"there is no folder {target.parent}")
    return target


def fresh(target: Path, replaces: bool) -> Path:
    """`target`, where a file can stand and none does, or one that is to be replaced. Raises `UsageMistake`,
    `AlreadyThere`.
    """
    from processes.errors import AlreadyThere

    if writable(target).exists() and not replaces:
        raise AlreadyThere(target, "--force replaces it")
    return target


def answer(document: Mapping[str, object], as_json: bool, words: Iterable[str]) -> None:
    """Print `document` as JSON, or `words` for people. Raises `NotWritten`."""
    if as_json:
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    else:
        text = "".join(f"{line}\n" for line in words)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise NotWritten(fault.errno, fault.strerror) from fault


def note(line: str) -> None:
    """A line for people on standard error."""
    sys.stderr.write(line + "\n")


def exit_code(error: LantaiError) -> int:
    """What an error means to whoever called: the one table of this door."""
    if error.code in USAGE_CODES:
        return USAGE
    return ABSENT if error.code in ABSENT_CODES else BROKEN


def refuse(code: str, text: str, as_json: bool, status: int) -> int:
    """Tell an error in the caller's way; returns the exit code."""
    told = error_sentence(code, text)
    if as_json:
        answer({"error": {"code": code, "text": told}}, True, ())
    else:
        note(say("error", text=told))
    return status
