"""Command of reports: figures of what the account may see, and the lists that archives print."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lantai.cli.door import DONE, Account, AsJson, answer, entered, fresh
from lantai.cli.noting import before_writing
from lantai.cli.words import plain
from lantai.errors import UsageMistake
from lantai.messages import say, word

if TYPE_CHECKING:
    from lantai.reporting import Wanted
    from lantai.wiring import Archive

ENDINGS = (".csv", ".xlsx", ".pdf")
KIND_HELP = (
    "holdings, growth, use, due, statistics; "
    "items, volumes, in-volume, file-note, transfer, open, destruction."
)


def report(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=KIND_HELP)],
    fonds: Annotated[str, typer.Option(metavar="CODE", help="Of this fonds.")] = "",
    year: Annotated[str, typer.Option(metavar="YYYY", help="Of a list, only this year.")] = "",
    category: Annotated[str, typer.Option(metavar="CODE", help="Of a list, only this category.")] = "",
    retention: Annotated[str, typer.Option(metavar="CODE", help="Of a list, only this retention.")] = "",
    volume: Annotated[str, typer.Option(metavar="NAME", help="Of a list, only this volume or series.")] = "",
    until: Annotated[
        str, typer.Option(metavar="YYYY", help="Of a register of destruction: periods ended by then.")
    ] = "",
    table: Annotated[str, typer.Option(metavar="NAME", help="Of figures, which table to write.")] = "",
    number: Annotated[str, typer.Option(metavar="TEXT", help="The number of a list of open titles.")] = "",
    approver: Annotated[str, typer.Option(metavar="NAME", help="Who approved a list of open titles.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="A .csv, .xlsx or .pdf (PDF/A) file."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that --output meets.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Report holdings, growth, use, what falls due; write lists and registers to print."""
    from lantai.reporting import Wanted, document
    from processes.reporting.lists import Scope

    if output is not None and output.suffix.lower() not in ENDINGS:
        raise UsageMistake("a report is written to a .csv, .xlsx or .pdf file")
    scope = Scope(fonds, year, category, retention, volume, until)
    with entered(context, account) as archive:
        wanted = Wanted(kind, scope, table, number, approver)
        if output is not None:
            target = fresh(output, force)
            before_writing(context, archive)
            done = _write(archive, wanted, target, force)
            answer(done, as_json, [say("report-wrote", rows=done["rows"], file=plain(done["file"]))])
            return DONE
        told = document(archive, wanted)
    answer(told, as_json, _lines(told))
    return DONE


def _write(archive: Archive, wanted: Wanted, target: Path, force: bool) -> dict[str, Any]:
    from lantai import reporting
    from processes.finding.result_files import WRITERS
    from processes.finding.result_list import appearing

    ending = target.suffix.lower()
    with appearing(target, force) as part:
        if ending == ".pdf":
            made, count = reporting.printed_report(archive, wanted)
            part.write_bytes(made)
        else:
            table, counted = reporting.laid(archive, wanted), itertools.count()
            WRITERS[ending](part, table.headings, (row for row, _ in zip(table.rows, counted, strict=False)))
            count = next(counted)
    return {"file": str(target), "report": wanted.kind, "rows": count}


def _lines(told: dict[str, Any]) -> Iterator[str]:
    from lantai.reporting import heading

    if "tables" not in told:
        yield say("reports-rows", rows=told["items"])
        return
    for table in told["tables"]:
        yield say("report-table-line", table=word("table", table["table"]), rows=len(table["rows"]))
        yield "  " + "  ".join(heading(name) for name in table["columns"])
        for row in table["rows"]:
            yield "  " + "  ".join(plain(str(value)) for value in row.values())


COMMANDS: dict[str, Callable[..., int]] = {"report": report}
