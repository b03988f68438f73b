"""What every command shares: its options, how it answers, and what an error means to a caller.

Under `--json` exactly one JSON document goes to standard output; words for people and progress go
to standard error. Exit codes: 0 all done, 1 findings, 2 usage, 3 not allowed or not there,
4 broken machinery or a batch that waits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from lantai.messages import say
from policies.errors import LantaiError

DONE, FINDINGS, USAGE, ABSENT, BROKEN = range(5)

USAGE_CODES = {
    "usage",
    "query-mistake",
    "home-exists",
    "cursor-mistake",
    "code-malformed",
    "code-taken",
    "ruleset-unknown",
}
ABSENT_CODES = {"not-found", "no-such-account", "not-allowed"}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Account = Annotated[str | None, typer.Option("--as", metavar="USER", help="The account to work as.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the ledger for ever.")]


def home_of(context: typer.Context) -> Path:
    """The home that `--home` or `LANTAI_HOME` named."""
    home: Path = context.obj
    return home


def answer(document: Mapping[str, object], as_json: bool, words: Iterable[str]) -> None:
    """Print `document` as JSON, or `words` for people."""
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in words))
    sys.stdout.flush()


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
    if as_json:
        answer({"error": {"code": code, "text": text}}, True, ())
    else:
        note(say("error", text=text))
    return status
