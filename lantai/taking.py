"""Taking a batch in, as the doors do it: the pipeline, then the index, then reading back."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

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
from policies.access import Subject, view_of
from processes.errors import NotFound
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


def list_batches(archive: Archive) -> list[dict[str, Any]]:
    """Every batch that is for the account, with its state, newest first; those in hand or waiting first."""
    least, subject = archive.vault.min_copies, archive.subject
    with archive.database.read() as conn:
        fonds = {} if subject.handles is None else catalogue.fonds_of_batches(conn)
        begun = [
            _line(one.batch, one.state, one.started, one.source, 0, 0)
            for one in working.intents(conn)
            if _handed_in_by(one, subject)
        ]
        entered = [
            _line(one.id, standing(conn, one, least), one.time, one.source, one.registered, one.returned)
            for one in catalogue.batches(conn)
            if _is_for(conn, one.id, fonds.get(one.id, set()), subject)
        ]
    return begun + entered


def _handed_in_by(intent: working.Intent, subject: Subject) -> bool:
    """Whether a batch in hand is for the account: its own, or anybody's where it handles every fonds."""
    return subject.handles is None or detail_of(intent).get("account") == subject.account


def _is_for(conn: Connection, batch: str, fonds: Set[str], subject: Subject) -> bool:
    """Whether an entered batch is for the account: all of its items (of `fonds`) are of fonds that it
    handles, or it handed the batch in itself.
    """
    if subject.handles is None or (fonds and fonds <= subject.handles):
        return True
    found = catalogue.batch(conn, batch)
    return found is not None and (found.report or {}).get("account") == subject.account


def _entered(conn: Connection, batch: str, subject: Subject) -> bool:
    """Whether the ledger holds such a batch that is for the account."""
    if catalogue.batch(conn, batch) is None:
        return False
    return _is_for(conn, batch, catalogue.fonds_of_batches(conn, batch).get(batch, set()), subject)


def _in_hand(conn: Connection, batch: str, subject: Subject) -> working.Intent:
    """A batch in hand that is for the account. Raises `NotFound`."""
    intent = working.intent(conn, batch)
    if intent is None or not _handed_in_by(intent, subject):
        raise NotFound(f"batch {batch}")
    return intent


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
    """One batch's report. Raises `NotFound`: absent, or not for this account."""
    with archive.database.read() as conn:
        if _entered(conn, batch, archive.subject):
            view = view_of(archive.subject)
            return of_batch(conn, batch, archive.vault.min_copies, repeated=False, seconds=0.0, view=view)
        intent = _in_hand(conn, batch, archive.subject)
    return replace(of_waiting(batch, detail_of(intent)["reason"], 0.0), state=intent.state)


def cancel_batch(archive: Archive, batch: str) -> None:
    """Give up a batch that waits; what it sealed is removed, its upload open again. Raises `NotFound`,
    `UsageMistake`, `InHand`.
    """
    with archive.database.read() as conn:
        if _entered(conn, batch, archive.subject):
            raise UsageMistake(f"batch {batch} is entered in the ledger and cannot be given up")
        intent = _in_hand(conn, batch, archive.subject)
    abandon(intent, archive.tools())
    if upload := of_intent(intent):
        reopen(archive.tools(), upload)
