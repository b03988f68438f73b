"""Command of whoever decides on access: appraise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lantai.cli import words_appraising as words
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered
from lantai.errors import UsageMistake

if TYPE_CHECKING:
    from lantai.wiring import Archive


def appraise(
    context: typer.Context,
    status: Annotated[str, typer.Option(metavar="open|restricted|postponed|closed", help="What is decided.")],
    reason: Reason,
    codes: Annotated[list[str] | None, typer.Argument(metavar="CODE…", help="Archival codes.")] = None,
    clause: Annotated[str, typer.Option(metavar="C", help="The rule that restricts them.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Reviewed again on this day: YYYY-MM-DD.")] = "",
    holder: Annotated[
        str, typer.Option(metavar="none|reading-room|consent", help="What the depositor asked for.")
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="LIST", help="A text or CSV file of codes.")
    ] = None,
    query: Annotated[str, typer.Option(metavar="QUERY", help="All that this finds.")] = "",
    fonds: Annotated[str, typer.Option(metavar="CODE", help="With --query: only this fonds.")] = "",
    year: Annotated[str, typer.Option(metavar="YYYY", help="With --query: only this year.")] = "",
    confirm: Annotated[
        str,
        typer.Option("--confirm", metavar="TOKEN", help="Decide what the preview showed."),
    ] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Decide who may see items; a list or a query is previewed first."""
    from processes.desk.appraise import NO_HOLDER, Decision, decide, preview

    if bool(codes) + (file is not None) + bool(query) != 1:
        raise UsageMistake("name codes, or a --file of codes, or a --query")
    if (fonds or year) and not query:
        raise UsageMistake("--fonds and --year narrow a --query")
    if confirm and codes:
        raise UsageMistake("--confirm is for a --file or a --query: codes that are named need none")
    asked = {"": None, NO_HOLDER: ""}.get(holder, holder)
    decision = Decision(status, reason, clause, until, asked)
    filters = {name: value for name, value in (("fonds", fonds), ("year", year)) if value}
    with entered(context, account) as archive:
        tools = archive.tools()
        ids = _chosen(archive, codes or [], file, query, filters)
        if not (codes or confirm):
            shown = preview(tools, ids, decision)
            answer(shown, as_json, words.of_preview(shown))
            return DONE
        done = decide(tools, archive.index, ids, decision, confirm or None)
    answer(done, as_json, words.of_decided(done))
    return BROKEN if "waiting" in done else DONE


def _chosen(
    archive: Archive, codes: list[str], file: Path | None, query: str, filters: dict[str, str]
) -> list[str]:
    """The items that the command is about."""
    from processes.desk.appraise_set import by_codes, by_query, read_list

    tools = archive.tools()
    if query:
        return by_query(tools, archive.index, query, filters)
    return by_codes(tools, read_list(file, archive.rules) if file else codes)


COMMANDS: dict[str, Callable[..., int]] = {"appraise": appraise}
