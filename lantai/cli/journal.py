"""Command of the auditor: uses, the use journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import words_journal as words
from lantai.cli.door import DONE, FINDINGS, Account, AsJson, answer, entered, writable
from lantai.cli.noting import before_writing
from lantai.errors import UsageMistake


def uses(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="From this day or time on.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Up to this day or time.")] = "",
    by: Annotated[str, typer.Option("--account", metavar="NAME", help="Only this account's.")] = "",
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="Only uses that name this code.")] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="Only this kind of use.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many uses.")] = 100,
    cursor: Annotated[str, typer.Option(metavar="C", help="Go on from an earlier answer.")] = "",
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write every use to a .csv or .xlsx file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that --export meets.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Read the use journal: who signed in, searched, viewed, fetched, and was refused."""
    from processes.using.uses_read import Wanted, listed, write_list

    wanted = Wanted(since, until, by, code, kind)
    if export is not None and (cursor or export.suffix.lower() not in (".csv", ".xlsx")):
        raise UsageMistake("--export writes every use to a .csv or .xlsx file; it takes no --cursor")
    with entered(context, account) as archive:
        if export is not None:
            before_writing(context, archive)
            target = writable(export)
            done = write_list(archive.database, archive.ledger, wanted, target, words.headings(), force)
            answered = words.of_list(done)
        else:
            done = listed(archive.database, archive.ledger, wanted, limit, cursor)
            answered = words.of_uses(done)
    answer(done, as_json, answered)
    return FINDINGS if done["faults"] else DONE


COMMANDS: dict[str, Callable[..., int]] = {"uses": uses}
