"""The command that brings an older home to this program's version: upgrade."""

from __future__ import annotations

from collections.abc import Callable

import typer

from lantai.cli import words_upgrading
from lantai.cli.door import DONE, AsJson, answer, home_of


def upgrade(context: typer.Context, as_json: AsJson = False) -> int:
    """Bring an older home to this version of the program."""
    from lantai.upgrading import upgrade_home

    done = upgrade_home(home_of(context))
    answer(done.as_json(), as_json, words_upgrading.of_upgrade(done))
    return DONE


COMMANDS: dict[str, Callable[..., int]] = {"upgrade": upgrade}
