"""Taking a batch in, as the doors do it: the pipeline, then the index, then reading back; one batch's report.

Not here: which batches there are (`lantai.batch_lists`).
"""

from __future__ import annotations

from dataclasses import replace

from ingest.batch import Submission
from ingest.intents import abandon, detail_of
from ingest.pipeline import ingest
from ingest.readback import secure
from ingest.report import Report, of_batch, of_waiting
from ingest.tools import Progress
from lantai.batch_lists import in_hand, is_entered
from lantai.behind import start_behind
from lantai.errors import UsageMistake
from lantai.wiring import Archive
from policies.access import view_of
from processes.finding.index import feed_or_leave
from processes.finding.texts import read_batch
from processes.uploading.uploads import of_intent, reopen


def take_batch(archive: Archive, submission: Submission, progress: Progress, *, secured: bool) -> Report:
    """Take one batch the whole way and say what became of it."""
    tools = archive.tools(progress)
    tools.probes()  # they load while the list is read
    report = ingest(submission, tools)
    if report.state not in ("registered", "secured") or report.batch is None:
        return report
    feed_or_leave(archive.database, archive.index, tools.work)
    if not secured and archive.settings.background:
        start_behind(archive)
        return report
    if read_batch(tools, report.batch):
        feed_or_leave(archive.database, archive.index, tools.work)
    if not secured:
        return report
    faulty = secure(report.batch, tools)
    with archive.database.read() as conn:
        least, view = tools.vault.min_copies, view_of(archive.subject)
        now = of_batch(conn, report.batch, least, report.repeated, report.seconds, view)
    return replace(now, faulty=faulty)


def batch_report(archive: Archive, batch: str) -> Report:
    """One batch's report. Raises `NotFound`: absent, or not for this account."""
    with archive.database.read() as conn:
        if is_entered(archive, conn, batch):
            view = view_of(archive.subject)
            return of_batch(conn, batch, archive.vault.min_copies, repeated=False, seconds=0.0, view=view)
        intent = in_hand(archive, conn, batch)
    return replace(of_waiting(batch, detail_of(intent)["reason"], 0.0), state=intent.state)


def cancel_batch(archive: Archive, batch: str) -> None:
    """Give up a batch that waits; what it sealed is removed, its upload open again. Raises `NotFound`,
    `UsageMistake`, `InHand`.
    """
    with archive.database.read() as conn:
        if is_entered(archive, conn, batch):
            raise UsageMistake(f"batch {batch} is entered in the ledger and cannot be given up")
        intent = in_hand(archive, conn, batch)
    abandon(intent, archive.tools())
    if upload := of_intent(intent):
        reopen(archive.tools(), upload)
