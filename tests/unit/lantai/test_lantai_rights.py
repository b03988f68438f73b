"""Every command against every role: what each may stands here once more, and is asked of the check itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from lantai.cli.called import command_of
from lantai.cli.door import need_right
from lantai.cli.main import COMMANDS, GROUPS, app
from lantai.errors import NotAllowed
from lantai.messages import catalogue
from policies.access import Subject
from policies.roles import ALONE, FOUNDER, RETIRED, STRANDED, role_book

EVERYBODY = "search searches suggest browse show get|checkpoint --public-key|account tokens"
EVERYBODY += (
    "|account password|account totp|account tokens make|retrieval ask|retrieval list|fonds list|fonds show"
)
FREE = "init demo upgrade verify restore rebuild|keys split|keys join"
MAY = {
    "system-administrator": "sites replicate checkpoint doctor drill serve worker|sites retire|audit --repair"
    "|account list|account roles|rebuild --views|rebuild --index",
    "security-officer": "checkpoint doctor|account add|account change|account close|account code|account list"
    "|account roles|keys rotate"
    "|keys seal|keys show",
    "security-auditor": "sites audit checkpoint doctor uses|account list|account roles",
    "records-officer": "ingest batches batch export prove report|batch --cancel",
    "accession-officer": "ingest batches batch describe recode withdraw export hold prove report"
    "|batch --cancel|carriers write|carriers list|carriers check|carriers due|carriers lost"
    "|retrieval grant|retrieval refuse|retrieval revoke|retrieval passcode"
    "|fonds enter|fonds rename|fonds describe|fonds link|fonds file"
    "|visit ask|visit close|visit enter|visit forget|visit give|visit list|visit show"
    "|certificate issue|certificate list|certificate print|certificate show|certificate void",
    "appraisal-member": "appraise prove report",
    "appraisal-head": "appraise destroy export hold prove report",
    "digitization-operator": "ingest batches batch|batch --cancel",
    "editor": "report",
    "researcher": "",
    "storage-operator": "sites replicate audit checkpoint doctor drill serve worker|audit --repair",
}
VARIED = (
    "checkpoint --public-key",
    "sites retire",
    "audit --repair",
    "batch --cancel",
    "rebuild --views",
    "rebuild --index",
    "account tokens make",
)
FOUNDER_MAY = "sites doctor serve worker|account add|account close|account list|account roles"
FOUNDER_MAY += "|account change|account code|account password|account tokens|account totp"
FOUNDER_MAY += "|checkpoint --public-key|rebuild --views|rebuild --index"


def named(text: str) -> set[str]:
    """Commands of one word by spaces, others by bars."""
    single, *others = text.split("|")
    return {*single.split(), *others} - {""}


def commands() -> Iterator[str]:
    """Every command there is, and every command with what changes what it asks for."""
    yield from COMMANDS
    for group, (_, under) in GROUPS.items():
        yield from (f"{group} {name}" for name in under)
    yield from VARIED


def allowed(roles: frozenset[str], command: str) -> bool:
    words = command.split()
    long = 2 if words[0] in GROUPS else 1
    try:
        need_right(Subject("lin", roles=roles), " ".join(words[:long]), words[long:])
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize("role", sorted(role_book().roles))
def test_a_role_may_run_its_own_commands_and_no_others(role: str) -> None:
    may = named(EVERYBODY) | named(FREE) | named(MAY[role])
    assert {command for command in commands() if allowed(frozenset({role}), command)} == may


def test_who_has_no_role_at_all_may_read_and_nothing_else() -> None:
    for roles in (frozenset[str](), frozenset({"a role of another version"})):
        assert {c for c in commands() if allowed(roles, c)} == named(EVERYBODY) | named(FREE)


def test_the_account_of_init_may_all_while_it_is_alone_and_hardly_anything_after() -> None:
    assert all(allowed(frozenset({ALONE}), command) for command in commands())
    assert {c for c in commands() if allowed(frozenset({FOUNDER}), c)} == named(FOUNDER_MAY) | named(FREE)


def test_the_account_of_init_does_the_archives_own_work_alone_once_it_retired() -> None:
    retired = {c for c in commands() if allowed(frozenset({RETIRED}), c)}
    stranded = {c for c in commands() if allowed(frozenset({STRANDED}), c)}
    assert retired - named(FREE) == {c for c in commands() if c in ("serve", "worker")}
    assert stranded - retired == {"account code"}


def test_what_is_proved_is_proved_by_every_command_that_does_more_than_look() -> None:
    book = role_book()
    proven = {c for c in commands() if book.asks_proof(c)}
    assert {"account add", "account code", "destroy", "keys rotate"} <= proven
    assert not proven & {"keys show", "show", "get", "ingest", "account password"}
    assert book.asks_proof("destroy", ["--reason"])
    assert not any(book.asks_proof("destroy", [one]) for one in ("--list", "--dry-run", "--continue", "--of"))


def test_no_line_is_about_a_command_that_is_not_there() -> None:
    known = set(commands())
    assert {*role_book().commands, *role_book().free.commands} <= known


def test_whatever_somebody_may_do_has_a_name_in_both_languages() -> None:
    for action in role_book().commands.values():
        assert set(catalogue()[f"action-{action}"]) == {"zh", "en"}


def test_a_command_that_nobody_named_is_refused_to_everybody() -> None:
    for roles in ({ALONE}, {FOUNDER}, {"system-administrator"}, set(role_book().roles)):
        with pytest.raises(NotAllowed):
            need_right(Subject("lin", handles=None, roles=frozenset(roles)), "never heard of", [])


@pytest.mark.parametrize(
    ("words", "command", "given"),
    [
        (["audit", "--repair", "--sample", "1"], "audit", {"--repair"}),
        (["--as", "lin", "sites", "retire", "site-b"], "sites", {"retire"}),
        (["batch", "b1", "--cancel"], "batch", {"--cancel"}),
        (["checkpoint", "--public-key"], "checkpoint", {"--public-key"}),
        (["keys", "show"], "keys show", set()),
        (["account", "close", "lin", "--reason", "gone"], "account close", set()),
    ],
)
def test_what_was_called_is_told_from_the_words_of_the_command(
    words: list[str], command: str, given: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, list[str]]] = []

    def entered(context: typer.Context, *_: Any, **__: Any) -> Any:
        told.append(command_of(context))
        raise NotAllowed("lin", command)

    for module in ("auditing", "sites", "taking", "keeping", "custody", "people"):
        monkeypatch.setattr(f"lantai.cli.{module}.entered", entered)
    with pytest.raises(NotAllowed):
        app(args=words, prog_name="lantai", standalone_mode=False)
    ((called, with_words),) = told
    assert called == command
    assert given <= set(with_words)
