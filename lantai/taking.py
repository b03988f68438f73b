"""Taking a batch in, as the doors do it: the pipeline, then the index, then reading back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archive import catalogue, working
from ingest.batch import Submission
from ingest.intents import abandon, detail_of
from ingest.pipeline import ingest
from ingest.readback import secure
from ingest.report import Report, of_batch, of_waiting, standing
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
    faulty = secure(report.batch, tools)
    with archive.database.read() as conn:
        now = of_batch(conn, report.batch, tools.vault.min_copies, report.repeated, report.seconds)
    return replace(now, faulty=faulty)


def list_batches(archive: Archive) -> list[dict[str, Any]]:
    """Every batch with its state, newest first; those in hand or waiting first of all."""
    least = archive.vault.min_copies
    with archive.database.read() as conn:
        begun = [_line(i.batch, i.state, i.started, i.source, 0, 0) for i in working.intents(conn)]
        entered = [
            _line(r.id, standing(conn, r, least), r.time, r.source, r.registered, r.returned)
            for r in catalogue.batches(conn)
        ]
    return begun + entered


def _line(batch: str, state: str, time: str, source: str, registered: int, returned: int) -> dict[str, Any]:
    return {
        "batch": batch,
        "state": state,
        "time": time,
        "source": source,
        "registered": registered,
        "returned": returned,
    }


def batch_report(archive: Archive, batch: str) -> Report:
    """One batch's report. Raises `NotFound`."""
    with archive.database.read() as conn:
        if catalogue.batch(conn, batch) is not None:
            return of_batch(conn, batch, archive.vault.min_copies, repeated=False, seconds=0.0)
        intent = working.intent(conn, batch)
    if intent is None:
        raise NotFound(f"batch {batch}")
    return replace(of_waiting(batch, detail_of(intent)["reason"], 0.0), state=intent.state)


def cancel_batch(archive: Archive, batch: str) -> None:
    """Give up a batch that waits; what it sealed is removed. Raises `NotFound`, `UsageMistake`, `InHand`."""
    with archive.database.read() as conn:
        if catalogue.batch(conn, batch) is not None:
            raise UsageMistake(f"batch {batch} is entered in the ledger and cannot be given up")
        intent = working.intent(conn, batch)
    if intent is None:
        raise NotFound(f"batch {batch}")
    abandon(intent, archive.tools())
