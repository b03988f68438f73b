"""Commands of whoever looks for something: search, show, get."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import words
from lantai.cli.door import DONE, Account, AsJson, answer, entered, writable
from lantai.errors import UsageMistake

Code = Annotated[str, typer.Argument(metavar="CODE", help="An archival code, now or formerly.")]


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words, phrases, fields, ranges.")],
    fonds: Annotated[str, typer.Option(metavar="CODE", help="Only this fonds.")] = "",
    year: Annotated[str, typer.Option(metavar="YYYY", help="Only this year.")] = "",
    facets: Annotated[bool, typer.Option("--facets", help="Count hits by field.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many hits.")] = 20,
    cursor: Annotated[str, typer.Option(metavar="C", help="Go on from an earlier answer.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Find what the account may see."""
    from processes.find import Asked
    from processes.find import search as find

    with entered(context, account) as archive:
        filters = {name: value for name, value in (("fonds", fonds), ("year", year)) if value}
        asked = Asked(query, filters, limit, cursor, facets)
        found = find(archive.database, archive.index, archive.tools().work, asked, archive.subject)
    answer(found, as_json, words.of_hits(found))
    return DONE


def show(context: typer.Context, code: Code, as_json: AsJson = False, account: Account = None) -> int:
    """Show one item with its history."""
    from processes.show import show as find

    with entered(context, account) as archive:
        shown = find(archive.database, archive.ledger, code, archive.subject)
    answer(shown, as_json, words.of_item(shown))
    return DONE


def get(
    context: typer.Context,
    code: Code,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is standard output.")
    ] = None,
    component: Annotated[int, typer.Option(min=1, metavar="N", help="Which component.")] = 1,
    use: Annotated[str, typer.Option(metavar="copy|original", help="Which kind of copy.")] = "original",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Fetch an item's content, verified to its last byte."""
    from processes.deliver import deliver, open_content

    if use not in ("copy", "original"):
        raise UsageMistake("--use takes copy or original")
    to_stdout = output == Path("-")
    if to_stdout and as_json:
        raise UsageMistake("--json and -o - both want standard output")
    if output is not None and not to_stdout:
        writable(output)
    with entered(context, account) as archive:
        content = open_content(archive.database, archive.vault, code, archive.subject, component, use)
        if to_stdout:
            for piece in content.pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return DONE
        target = output or Path(Path(content.file).name)
        deliver(content, target, replace=output is not None)
    answer(content.as_json() | {"output": str(target)}, as_json, words.of_content(content, target))
    return DONE


COMMANDS: dict[str, Callable[..., int]] = {"search": search, "show": show, "get": get}
