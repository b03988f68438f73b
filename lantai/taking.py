"""Taking a batch in, as the doors do it: the pipeline, then the index, then reading back."""

from __future__ import annotations

from typing import Any

from archive import catalogue, working
from ingest.batch import Submission
from ingest.intents import abandon
from ingest.pipeline import ingest
from ingest.readback import secure
from ingest.report import Report, of_batch, of_waiting
from ingest.tools import Progress
from lantai.behind import start_behind
from lantai.errors import UsageMistake
from lantai.wiring import Archive
from processes.errors import NotFound
from processes.index import feed


def take_batch(archive: Archive, submission: Submission, progress: Progress, *, secured: bool) -> Report:
    """Take one batch the whole way and say what became of it."""
    tools = archive.tools(progress)
    tools.probes()  # they load while the list is read
    report = ingest(submission, tools)
    if report.state not in ("registered", "secured") or report.batch is None:
        return report
    feed(archive.database, archive.index, tools.work)
    if not secured:
        start_behind(archive)
        return report
    secure(report.batch, tools)
    with archive.database.read() as conn:
        return of_batch(conn, report.batch, report.repeated, report.seconds)


def list_batches(archive: Archive) -> list[dict[str, Any]]:
    """Every batch with its state, newest first; those in hand or waiting first of all."""
    with archive.database.read() as conn:
        begun = [
            {
                "batch": intent.batch,
                "state": intent.state,
                "time": intent.started,
                "source": intent.source,
                "registered": 0,
                "returned": 0,
            }
            for intent in working.intents(conn)
        ]
        entered = [
            {
                "batch": record.id,
                "state": record.state,
                "time": record.time,
                "source": record.source,
                "registered": record.registered,
                "returned": record.returned,
            }
            for record in catalogue.batches(conn)
        ]
    return begun + entered


def batch_report(archive: Archive, batch: str) -> Report:
    """One batch's report. Raises `NotFound`."""
    with archive.database.read() as conn:
        if catalogue.batch(conn, batch) is not None:
            return of_batch(conn, batch, repeated=False, seconds=0.0)
        intent = working.intent(conn, batch)
    if intent is None:
        raise NotFound(f"batch {batch}")
    return of_waiting(batch, intent.detail or intent.state, 0.0)


def cancel_batch(archive: Archive, batch: str) -> None:
    """Give up a batch in hand; what it sealed is removed. Raises `NotFound`, `UsageMistake`."""
    with archive.database.read() as conn:
        if catalogue.batch(conn, batch) is not None:
            raise UsageMistake(f"batch {batch} is entered in the ledger and cannot be given up")
        if working.intent(conn, batch) is None:
            raise NotFound(f"batch {batch}")
    abandon(batch, archive.tools())
