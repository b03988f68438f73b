"""Batches that wait for sites, taken up again when these are back: as if `ingest` were called once more.

Only where the folder or upload is still there and its list is the one that was handed in. Not done here: when
to try.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archive import working
from ingest.batch import Submission
from ingest.intents import detail_of, submission_of
from ingest.pipeline import ingest
from ingest.submission import receive
from ingest.tools import Tools
from lantai.backoff import Backoff
from policies.access import Subject
from policies.errors import LantaiError
from processes.uploading.uploads import of_intent, settle


def resume_waiting(tools: Tools, backoff: Backoff, account_of: Callable[[str], Subject]) -> int:
    """Take up every batch that waits and is due, each as the account that handed it in (`account_of` its
    name, which raises for one that is closed); how many do not wait any more.
    """
    resumed = 0
    with tools.database.read() as conn:
        waiting = [intent for intent in working.intents(conn) if intent.state == "waiting"]
    for intent in waiting:
        what = ("waiting", intent.batch)
        submission = submission_of(intent, tools)
        if submission is None or not backoff.due(what) or not _unchanged(intent, submission, tools):
            continue
        try:
            by = detail_of(intent).get("account", tools.subject.account)
            report = ingest(submission, replace(tools, subject=account_of(by)))
        except (LantaiError, OSError) as fault:  # of this batch; the others go on
            backoff.failed(what, str(fault))
            continue
        if report.state == "waiting":
            backoff.failed(what, report.reason)
        else:
            backoff.well(what)
            resumed += 1
            if upload := of_intent(intent):
                settle(tools, upload, report)
    return resumed


def _unchanged(intent: working.Intent, submission: Submission, tools: Tools) -> bool:
    """Whether the folder holds the very list that was handed in: another one is the sender's to hand in."""
    try:
        received = receive(submission, tools.rules, tools.clock().date())
    except OSError:
        return False
    return received.list_digest == intent.list_digest
