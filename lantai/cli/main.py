"""The `lantai` command. Each command parses, calls one function and presents."""

from __future__ import annotations

import io
import os
import select
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.cli import (
    appraising,
    auditing,
    carrying,
    custody,
    desk,
    destroying,
    finding,
    journal,
    keeping,
    oneself,
    people,
    recovering,
    registering,
    reporting,
    retrieving,
    serving,
    sites,
    taking,
    tokens,
    upgrading,
    visiting,
)
from lantai.cli.door import BROKEN, USAGE, Caller, NotWritten, exit_code, note, refuse
from lantai.cli.help import PlainCommand
from lantai.messages import say
from policies.errors import LantaiError

PIPE_CLOSED = 141
"""The exit code where nobody reads any more: 128 and SIGPIPE, as a shell tells it."""

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Lantai 兰台: an electronic archive that loses nothing, leaks nothing and can prove it.",
)
# By task, as somebody comes to need them.
COMMANDS: dict[str, Callable[..., int]] = {
    **keeping.BEGINNING,
    **taking.COMMANDS,
    **finding.COMMANDS,
    **desk.COMMANDS,
    **appraising.COMMANDS,
    **auditing.COMMANDS,
    **journal.COMMANDS,
    **reporting.COMMANDS,
    **keeping.COMMANDS,
    **recovering.COMMANDS,
    **sites.COMMANDS,
    **serving.COMMANDS,
    **carrying.COMMANDS,
    **destroying.COMMANDS,
    **upgrading.COMMANDS,
}
GROUPS: dict[str, tuple[str, dict[str, Callable[..., int]]]] = {
    "keys": ("Rotate, seal, split and show the archive's own keys.", custody.KEYS),
    "carriers": ("Write, list and read again offline carriers.", carrying.CARRIERS),
    "retrieval": ("Ask to see closed items, grant and refuse it.", retrieving.RETRIEVAL),
    "visit": ("Keep the register of the reading room's visitors.", visiting.VISITS),
    "certificate": ("Issue, print and void certified copies.", visiting.CERTIFICATES),
    "fonds": ("Keep the register of fonds and their files.", registering.FONDS),
    "account": (
        "Appoint accounts, change, list and close them; set one's own password.",
        {**people.ACCOUNTS, **oneself.ONESELF, **tokens.TOKENS},
    ),
}
"""Commands under a command, with what `--help` says of them together."""

for name, command in COMMANDS.items():
    app.command(name, cls=PlainCommand, short_help=(command.__doc__ or "").splitlines()[0])(command)
for group, (told, commands) in GROUPS.items():
    under = typer.Typer(help=told, rich_markup_mode=None)
    for name, command in commands.items():
        under.command(name, cls=PlainCommand, short_help=(command.__doc__ or "").splitlines()[0])(command)
    app.add_typer(under, name=group)


INTERRUPTED = 130
"""What typer makes of Ctrl-C."""


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # slow to import, wanted only here

        try:
            number = version("lantai")
        except PackageNotFoundError:
            number = "(not installed)"
        sys.stdout.write(f"lantai {number}\n")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    home: Annotated[
        Path, typer.Option("--home", envvar="LANTAI_HOME", metavar="DIR", help="The archive's home.")
    ] = Path("lantai-home"),
    account: Annotated[
        str | None, typer.Option("--as", metavar="USER", help="The account to work as.")
    ] = None,
    _version_shown: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep home and account for the command that follows."""
    context.obj = Caller(home, account)


@cache
def tree() -> Any:
    """Every command with its options, as click has it: built once in a process, of some 0.2 s each time."""
    return typer.main.get_command(app)


def run(words: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    words = sys.argv[1:] if words is None else words
    as_json = "--json" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # JSON is UTF-8; words show what a terminal cannot print
            stream.reconfigure(encoding="utf-8" if as_json else None, errors="backslashreplace")
    sys.exit(outcome(words, as_json))


def outcome(words: list[str], as_json: bool) -> int:
    """The exit code of one command; every error is told here and nowhere else.

    Where the answer itself cannot be written, as onto a full disk, there is no other one in its place: what
    was written of it may stand there already.
    """
    try:
        return _told(words, as_json)
    except OSError as fault:
        with suppress(OSError):
            note(say("error", text=f"the answer could not be written: {fault.strerror or fault}"))
        _close_streams()
        return BROKEN


def _told(words: list[str], as_json: bool) -> int:
    """The exit code of one command. Raises OSError where standard output, or else standard error, fails."""
    try:
        status = tree()(args=words or ["--help"], prog_name="lantai", standalone_mode=False)
        sys.stdout.flush()
        if status == INTERRUPTED:
            return refuse("interrupted", "interrupted", as_json, BROKEN)
        return int(status or 0) if words else USAGE
    except typer.TyperException as mistake:
        said = getattr(mistake, "format_message", mistake.__str__)
        return refuse("usage", said(), as_json, USAGE)
    except LantaiError as error:
        return refuse(error.code, str(error), as_json, exit_code(error))
    except UnicodeEncodeError:
        return refuse("usage", "the words of the command are not UTF-8", as_json, USAGE)
    except typer.Abort:
        return refuse("interrupted", "interrupted", as_json, BROKEN)
    except SystemExit as left:  # typer leaves so at a closed pipe, whichever of our pipes it was
        return _broken(left.__context__ or left, as_json)
    except NotWritten:
        raise
    except Exception as fault:  # noqa: BLE001 - the last resort: whatever broke, the caller gets an answer
        return _broken(fault, as_json)


def _broken(fault: BaseException, as_json: bool) -> int:
    """Answer for what nobody foresaw; quietly where the reader of our answer has gone."""
    if isinstance(fault, BrokenPipeError) and _nobody_reads():
        _close_streams()
        return PIPE_CLOSED
    if os.environ.get("LANTAI_DEBUG") == "1":
        traceback.print_exception(fault, file=sys.stderr)
    told = str(fault) if isinstance(fault, OSError) else f"{type(fault).__name__}: {fault}"
    return refuse("machinery", told, as_json, BROKEN)


def _close_streams() -> None:
    """What is still buffered must not complain at the interpreter's end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _nobody_reads() -> bool:
    """Whether the other end of standard output or standard error is closed."""
    poll = select.poll()
    for stream in (1, 2):
        poll.register(stream, select.POLLERR)
    return any(event & select.POLLERR for _, event in poll.poll(0))


if __name__ == "__main__":
    run()
