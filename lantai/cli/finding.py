"""Commands of whoever looks for something: search, searches, suggest, browse, show, get."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lantai.asking import Words, asked_of, list_words, need_sense
from lantai.cli import words as item_words
from lantai.cli import words_finding as words
from lantai.cli.door import DONE, Account, AsJson, answer, entered, in_utf8, note, writable
from lantai.cli.noting import about, before_writing
from lantai.cli.retrieving import Grant, with_grant
from lantai.errors import UsageMistake

if TYPE_CHECKING:
    from lantai.wiring import Archive
    from processes.finding.find import Asked

Code = Annotated[
    str, typer.Argument(metavar="CODE", help="An archival code, now or formerly.", callback=in_utf8)
]
Narrow = list[str] | None


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words, phrases, fields, ranges.")] = "",
    fonds: Annotated[Narrow, typer.Option(metavar="CODE", help="Only this fonds; may be repeated.")] = None,
    year: Annotated[Narrow, typer.Option(metavar="YYYY", help="Only this year.")] = None,
    category: Annotated[Narrow, typer.Option(metavar="CODE", help="Only this category.")] = None,
    retention: Annotated[Narrow, typer.Option(metavar="CODE", help="Only this retention.")] = None,
    office: Annotated[Narrow, typer.Option(metavar="NAME", help="Only this office or subject.")] = None,
    access: Annotated[Narrow, typer.Option(metavar="STATUS", help="Only this access status.")] = None,
    order: Annotated[str, typer.Option(metavar="relevance|newest|oldest|code", help="Which first.")] = "",
    facets: Annotated[bool, typer.Option("--facets", help="Count hits by field.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many hits.")] = 20,
    cursor: Annotated[str, typer.Option(metavar="C", help="Go on from an earlier answer.")] = "",
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write every hit to a .csv or .xlsx file.")
    ] = None,
    save: Annotated[str, typer.Option("--save", metavar="NAME", help="Keep this search.")] = "",
    saved: Annotated[str, typer.Option("--saved", metavar="NAME", help="Ask a kept search again.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace what --export or --save meet.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Find what the account may see."""
    from processes.finding.find import search as find

    named = {"fonds": fonds, "year": year, "category": category, "retention": retention, "office": office}
    typed = Words(query, saved, named | {"access": access}, order, limit, cursor, facets)
    _refuse_misuse(typed, export)
    with entered(context, account) as archive:
        asked = asked_of(archive, typed, readings=export is None)
        about(context, query=asked.query)
        if not as_json:
            _point(asked.query)
        if export is not None:
            before_writing(context, archive)
            done = _export(archive, asked, export, force)
        else:
            done = find(archive.database, archive.index, archive.tools().work, asked, archive.subject)
        if save:
            _save(archive, save, asked, force)
    answer(done, as_json, words.of_list(done) if export else words.of_hits(done))
    return DONE


def _refuse_misuse(typed: Words, export: Path | None) -> None:
    need_sense(typed)
    if export is None:
        return
    if typed.cursor or typed.facets:
        raise UsageMistake("--export writes every hit; it takes no --cursor and no --facets")
    if export.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageMistake("a list is written to a .csv or .xlsx file")
    writable(export)


def _point(query: str) -> None:
    """Show people the place of a mistake in the query, above what is said of it."""
    from search.errors import QueryMistake
    from search.query import parse

    try:
        parse(query)
    except QueryMistake as mistake:
        for line in words.pointed(query, mistake.place):
            note(line)
        raise


def _save(archive: Archive, name: str, asked: Asked, force: bool) -> None:
    from processes.finding.saved import save

    save(archive.database, name, asked, archive.subject, archive.tools().now(), replace=force)
    note(words.of_search_saved(name))


def _export(archive: Archive, asked: Asked, target: Path, force: bool) -> dict[str, Any]:
    from processes.finding.result_list import Sheet, write_list

    sheet = Sheet(target, *list_words(), force)
    work = archive.tools().work
    return write_list(archive.database, archive.index, work, asked, archive.subject, sheet)


def searches(
    context: typer.Context,
    forget: Annotated[str, typer.Option("--forget", metavar="NAME", help="Drop a kept search.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """List the account's kept searches, with what each finds today."""
    from processes.finding import saved

    with entered(context, account) as archive:
        if forget:
            saved.forget(archive.database, forget, archive.subject)
            answer({"forgotten": forget}, as_json, words.of_search_forgotten(forget))
            return DONE
        kept = saved.listed(archive.database, archive.index, archive.tools().work, archive.subject)
    answer({"searches": kept}, as_json, words.of_searches(kept))
    return DONE


def suggest(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is typed so far.")],
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Suggest how a query may go on, from what the account may see."""
    from processes.finding.suggest import suggest as find

    with entered(context, account) as archive:
        found = find(archive.database, archive.index, archive.tools().work, text, archive.subject)
    answer(found, as_json, words.of_suggestions(found))
    return DONE


def browse(
    context: typer.Context,
    values: Annotated[
        Narrow, typer.Argument(metavar="[FONDS [CATEGORY [YEAR [OFFICE]]]]", help="How far to go down.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List every item below, by code.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many items.")] = 20,
    cursor: Annotated[str, typer.Option(metavar="C", help="Go on from an earlier answer.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Go through the archive without a query: fonds, category, year, office, items."""
    from processes.finding.browse import LEVELS, Place
    from processes.finding.browse import browse as find

    if len(values or ()) > len(LEVELS):
        raise UsageMistake("browse goes by fonds, category, year and office")
    place = Place(values or (), listed, limit, cursor)
    with entered(context, account) as archive:
        shown = find(archive.database, archive.index, archive.tools().work, place, archive.subject)
    answer(shown, as_json, words.of_browse(shown))
    return DONE


def show(
    context: typer.Context, code: Code, grant: Grant = "", as_json: AsJson = False, account: Account = None
) -> int:
    """Show one item with its history."""
    from processes.finding.show import show as find

    with entered(context, account) as opened:
        archive = with_grant(opened, grant)
        shown = find(archive.database, archive.ledger, code, archive.subject)
    answer(shown, as_json, item_words.of_item(shown))
    return DONE


def get(
    context: typer.Context,
    code: Code,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is standard output.")
    ] = None,
    component: Annotated[int, typer.Option(min=1, metavar="N", help="Which component.")] = 1,
    use: Annotated[str, typer.Option(metavar="copy|original", help="Which kind of copy.")] = "original",
    grant: Grant = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Fetch an item's content, verified to its last byte."""
    from processes.finding.deliver import deliver, open_content
    from processes.use_copies.taking import open_copy

    if use not in ("copy", "original"):
        raise UsageMistake("--use takes copy or original")
    to_stdout = output == Path("-")
    if to_stdout and as_json:
        raise UsageMistake("--json and -o - both want standard output")
    if output is not None and not to_stdout:
        writable(output)
    with entered(context, account) as opened:
        archive = with_grant(opened, grant, taking=True)
        if use == "copy":
            content = open_copy(archive.tools(), code, component)
        else:
            content = open_content(archive.database, archive.vault, code, archive.subject, component, use)
        before_writing(context, archive, bytes=content.bytes, component=content.number)
        if to_stdout:
            for piece in content.pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return DONE
        target = output or Path(Path(content.file).name)
        deliver(content, target, replace=output is not None)
    answer(content.as_json() | {"output": str(target)}, as_json, item_words.of_content(content, target))
    return DONE


COMMANDS: dict[str, Callable[..., int]] = {
    "search": search,
    "searches": searches,
    "suggest": suggest,
    "browse": browse,
    "show": show,
    "get": get,
}
