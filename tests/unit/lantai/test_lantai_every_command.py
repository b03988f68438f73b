"""Every command as somebody who may only read: what is not theirs is refused before anything is done.

The table says who may what (`test_lantai_rights`); here the commands themselves are run, so that none of them
can do without asking.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from batches import new_home

from archive import catalogue
from archive.events import AccountAdded
from lantai.cli.main import app, outcome
from lantai.wiring import opened
from policies.roles import role_book

BOOK = role_book()
WHOLE = {
    "appraise": "appraise 1 --status open --reason x",
    "carriers write": "carriers write --set use --to there",
    "describe": "describe 1 title=x --reason x",
    "destroy": "destroy 1 --reason x",
    "export": "export 1 --to there",
    "fonds describe": "fonds describe A014 notes=x --reason x",
    "ingest": "ingest .",
    "keys seal": "keys seal --to none",
    "rebuild": "rebuild --views",
}
"""Commands for which it matters what is said to them, whole."""


def commands(group: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command there is, by its name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*names, name))
        else:
            yield " ".join((*names, name)), command


EVERY = dict(commands(typer.main.get_command(app)))


def words_of(name: str, command: Any) -> list[str]:
    """The least that can be said to a command: something in the place of whatever it must have."""
    if name in WHOLE:
        return WHOLE[name].split()
    words = name.split()
    for one in command.params:
        if not one.required:
            continue
        words += [one.opts[0], "1"] if one.param_type_name == "option" else ["1"]
    return words


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = new_home(tmp_path_factory.mktemp("every"))
    with opened(home) as archive, archive.database.write() as tx:
        added = AccountAdded("reader", ("researcher",), (), False, "public", "keeper", "root")
        catalogue.record(tx, archive.ledger, [added], "2026-01-01T00:00:00Z")
    return home


def head(home: Path) -> int:
    with opened(home) as archive, archive.database.read() as conn:
        return int(archive.ledger.size(conn))


def refused(home: Path, words: list[str]) -> str:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(io.StringIO()):
        outcome(["--home", str(home), *words, "--as", "reader", "--json"], True)
    told = json.loads(said.getvalue())
    return str(told["error"]["code"]) if "error" in told else "done"


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in EVERY
        if (asked := BOOK.actions_of(name))
        and not all(BOOK.may(frozenset({"researcher"}), one) for one in asked)
    ),
)
def test_a_reader_is_refused_by_the_command_itself(
    name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = head(home)
    assert refused(home, words_of(name, EVERY[name])) == "not-allowed"
    assert head(home) == before
    assert not list(tmp_path.iterdir())


def test_every_command_stands_in_the_table() -> None:
    assert all(BOOK.actions_of(name) is not None for name in EVERY)
