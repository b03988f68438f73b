"""Commands of the fonds register (全宗名册): fonds list, show, enter, rename, describe, link, file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.cli import words_registering as words
from lantai.cli.desk import change_of
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered, in_utf8
from lantai.errors import UsageMistake

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of a fonds.", callback=in_utf8)]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="What the unit is called.")]
Since = Annotated[str, typer.Option("--since", metavar="DATE", help="Since when: 1983, 1983-05, 1983-05-01.")]


def list_fonds(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """List the register: every fonds with its name and dates."""
    from processes.desk.fonds_shown import listed

    with entered(context, account) as archive:
        found = listed(archive.tools())
    answer(found, as_json, words.of_register(found))
    return DONE


def show(
    context: typer.Context,
    code: Code,
    paper: Annotated[
        str, typer.Option("--paper", metavar="PAPER", help="This paper of its file, with its text.")
    ] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Show one fonds: names, dates, links, guide; its file to who handles it."""
    from processes.desk.fonds_shown import shown

    with entered(context, account) as archive:
        found = shown(archive.tools(), code, paper)
    answer(found, as_json, words.of_paper(found) if paper else words.of_fonds(found))
    return DONE


def enter(
    context: typer.Context,
    code: Code,
    name: Name,
    reason: Reason,
    since: Since = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="When it ended.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Enter a fonds in the register."""
    from processes.desk.fonds_register import NewFonds, enter_fonds

    with entered(context, account) as archive:
        done = enter_fonds(archive.tools(), NewFonds(code, name, since, until), reason)
    return _ended(done, as_json)


def rename(
    context: typer.Context,
    code: Code,
    name: Name,
    since: Since,
    reason: Reason,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Say that a fonds has another name since a day; former names stay."""
    from processes.desk.fonds_register import rename as name_anew

    with entered(context, account) as archive:
        done = name_anew(archive.tools(), code, name, since, reason)
    return _ended(done, as_json)


def describe(
    context: typer.Context,
    code: Code,
    reason: Reason,
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD=VALUE…", help="since, until, guide or notes.")
    ] = None,
    guide: Annotated[
        Path | None, typer.Option("--guide", metavar="FILE", help="Take the guide from a text file.")
    ] = None,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Set a fonds's dates, guide or notes; an empty value clears one."""
    from processes.desk.fonds_register import describe as set_fields

    wanted = dict(change_of(change) for change in changes or ())
    if guide is not None:
        wanted["guide"] = _text_of(guide)
    if not wanted:
        raise UsageMistake("say what to set: FIELD=VALUE, or --guide FILE")
    with entered(context, account) as archive:
        done = set_fields(archive.tools(), code, wanted, reason)
    return _ended(done, as_json)


def link(
    context: typer.Context,
    code: Code,
    successor: Annotated[
        str, typer.Argument(metavar="SUCCESSOR", help="The fonds in which it goes on.", callback=in_utf8)
    ],
    reason: Reason,
    since: Since = "",
    undo: Annotated[bool, typer.Option("--undo", help="The link was a mistake.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Link a fonds to its successor; codes stay what they are."""
    from processes.desk.fonds_register import link as join

    with entered(context, account) as archive:
        done = join(archive.tools(), code, successor, since, reason, undo=undo)
    return _ended(done, as_json)


def file(
    context: typer.Context,
    code: Code,
    section: Annotated[str, typer.Option("--section", metavar="SECTION", help="Under which section.")],
    title: Annotated[str, typer.Option("--title", metavar="TITLE", help="What the paper is called.")],
    date: Annotated[str, typer.Option("--date", metavar="DATE", help="Its date.")] = "",
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="Its whole content, a text file.")
    ] = None,
    item: Annotated[
        list[str] | None, typer.Option("--item", metavar="CODE", help="A record that holds it.")
    ] = None,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Put a paper into the fonds file."""
    from processes.desk.fonds_register import Paper, file_paper

    paper = Paper(section, title, date, _text_of(text) if text else "", item or ())
    with entered(context, account) as archive:
        done = file_paper(archive.tools(), code, paper)
    return _ended(done, as_json)


def _text_of(path: Path) -> str:
    """A text file of a person's. Raises `UsageMistake`."""
    most = 1 << 20
    try:
        with path.open("rb") as opened:
            held = opened.read(most + 1)
    except OSError as fault:
        raise UsageMistake(f"{path} cannot be read: {fault.strerror}") from None
    if len(held) > most:
        raise UsageMistake(f"{path} is too long for a text")
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageMistake(f"{path} is not text in UTF-8") from None


def _ended(done: Mapping[str, Any], as_json: bool) -> int:
    answer(done, as_json, words.of_done(done))
    return BROKEN if "waiting" in done else DONE


FONDS: dict[str, Callable[..., int]] = {
    "list": list_fonds,
    "show": show,
    "enter": enter,
    "rename": rename,
    "describe": describe,
    "link": link,
    "file": file,
}
