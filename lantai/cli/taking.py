"""Commands of a records officer: ingest, batches, batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import words
from lantai.cli.door import BROKEN, DONE, FINDINGS, Account, AsJson, answer, entered
from lantai.errors import UsageMistake
from lantai.messages import language


def ingest(
    context: typer.Context,
    batch: Annotated[
        Path, typer.Argument(metavar="BATCH", help="A folder with manifest.csv or manifest.xlsx.")
    ],
    fonds: Annotated[str, typer.Option(metavar="CODE", help="Fonds of rows that name none.")] = "",
    accept: Annotated[
        str,
        typer.Option(
            metavar="all|passing",
            help="all: one failing item returns the whole batch; passing: keep what passes.",
        ),
    ] = "all",
    wait: Annotated[str, typer.Option(metavar="registered|secured", help="How far to wait.")] = "registered",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Inspect only: write nothing, give no codes.")
    ] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Take a batch in: inspect, seal, keep, give codes, index."""
    from ingest.batch import Submission
    from ingest.source import FolderSource
    from lantai.cli.progress import progress
    from lantai.taking import take_batch

    if accept not in ("all", "passing") or wait not in ("registered", "secured"):
        raise UsageMistake("--accept takes all or passing, --wait takes registered or secured")
    if not batch.is_dir():
        raise UsageMistake(f"there is no folder {batch}")
    submission = Submission(
        FolderSource(batch.resolve()), fonds, "passing" if accept == "passing" else "all", dry_run
    )
    with entered(context, account) as archive:
        report = take_batch(archive, submission, progress(), secured=wait == "secured")
    answer(report.as_json(language()), as_json, words.of_report(report))
    if report.state == "waiting":
        return BROKEN
    return DONE if report.all_registered else FINDINGS


def batches(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """List batches with their states."""
    from lantai.batch_lists import list_batches

    with entered(context, account) as archive:
        listed = list_batches(archive)["batches"]
    answer({"batches": listed}, as_json, words.of_batches(listed))
    return DONE


def batch(
    context: typer.Context,
    batch: Annotated[str, typer.Argument(metavar="ID", help="A batch's identifier.")],
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel it while it is not registered.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Show one batch with its report, or cancel it."""
    from lantai.taking import batch_report, cancel_batch

    with entered(context, account) as archive:
        if cancel:
            cancel_batch(archive, batch)
            answer({"batch": batch, "state": "cancelled"}, as_json, words.of_cancelled(batch))
            return DONE
        report = batch_report(archive, batch)
    answer(report.as_json(language()), as_json, words.of_report(report))
    if report.state == "waiting":
        return BROKEN
    return DONE if report.all_registered else FINDINGS


COMMANDS: dict[str, Callable[..., int]] = {"ingest": ingest, "batches": batches, "batch": batch}
