"""The `lantai` command. Each command parses, calls one function and presents."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import desk, finding, keeping, taking
from lantai.cli.door import BROKEN, USAGE, exit_code, refuse
from policies.errors import LantaiError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Lantai 兰台: an electronic archive that loses nothing, leaks nothing and can prove it.",
)
COMMANDS: dict[str, Callable[..., int]] = {
    **keeping.COMMANDS,
    **taking.COMMANDS,
    **finding.COMMANDS,
    **desk.COMMANDS,
}
for name, command in COMMANDS.items():
    app.command(name)(command)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # slow to import, and wanted only here

        sys.stdout.write(f"lantai {version('lantai')}\n")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    home: Annotated[
        Path, typer.Option("--home", envvar="LANTAI_HOME", metavar="DIR", help="The archive's home.")
    ] = Path("lantai-home"),
    _version_shown: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep the home for the command that follows."""
    context.obj = home


def run(words: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    words = sys.argv[1:] if words is None else words
    sys.exit(outcome(words, as_json="--json" in words))


def outcome(words: list[str], as_json: bool) -> int:
    """The exit code of one command; every error is told here and nowhere else."""
    try:
        status = app(args=words, prog_name="lantai", standalone_mode=False)
        return int(status or 0)
    except typer.Exit as left:
        return left.exit_code
    except typer.TyperException as mistake:
        said = getattr(mistake, "format_message", mistake.__str__)
        return refuse("usage", said(), as_json, USAGE)
    except LantaiError as error:
        return refuse(error.code, str(error), as_json, exit_code(error))
    except typer.Abort:
        return refuse("interrupted", "interrupted", as_json, BROKEN)
    except OSError as error:
        return refuse("machinery", str(error), as_json, BROKEN)


if __name__ == "__main__":
    run()
