"""Former audits, read from the ledger: each as it was entered; and when the next one is due.

Not done here: checking (`audit`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archive.events import AuditCompleted
from ingest.tools import Tools
from processes.auditing.audit_run import begun
from processes.auditing.audited import Beside, Scope, outcome_of

AGAIN_AFTER = timedelta(days=1)
"""When an audit that did not get to see everything is tried again."""


@dataclass(frozen=True, slots=True)
class PastAudit:
    """One audit that was gone through: the number and time of its entry, and what that says."""

    entry: int
    time: str
    event: AuditCompleted

    @property
    def outcome(self) -> str:
        """In one word, the worst first: unchecked, lost, damaged, repaired, whole."""
        return self.event.outcome or outcome_of(list(self.event.sites))

    @property
    def everywhere(self) -> bool:
        """Whether all sites were in scope, whenever their objects were registered."""
        return not (self.event.site or self.event.since)

    @property
    def percent(self) -> float:
        """The share."""
        return float(self.event.percent)

    def as_json(self) -> dict[str, object]:
        """A line of `audit --history --json`."""
        event = self.event
        scope = {"site": event.site, "percent": self.percent, "since": event.since, "repair": event.repair}
        return {
            "entry": self.entry,
            "time": self.time,
            "run": event.run,
            "started": event.started,
            "seconds": event.seconds,
            "account": event.account,
            "os_user": event.os_user,
            "scope": scope | {"objects": None if event.objects < 0 else event.objects},
            "resumed": event.resumed,
            "outcome": self.outcome,
            "sites": [dict(site) for site in event.sites],
        }


@dataclass(frozen=True, slots=True)
class History:
    """All audits, oldest first, and those that have not ended, newest first."""

    audits: tuple[PastAudit, ...]
    unfinished: tuple[Beside, ...]

    def as_json(self) -> dict[str, object]:
        """The document that `audit --history --json` prints."""
        return {
            "audits": [audit.as_json() for audit in self.audits],
            "unfinished": [run.as_json() for run in self.unfinished],
        }


def history(tools: Tools) -> History:
    """Every audit that the ledger tells of, and those under way or interrupted."""
    return History(tuple(past_audits(tools)), tuple(begun(tools)))


def past_audits(tools: Tools) -> Iterator[PastAudit]:
    """Every audit that the ledger tells of, oldest first."""
    with tools.database.read() as conn:
        for entry in tools.ledger.of_type(conn, AuditCompleted.type):
            if entry.payload is None:
                continue  # lost with a site, or destroyed: nothing is known of it
            event = entry.event()
            assert isinstance(event, AuditCompleted)  # the type says so
            yield PastAudit(entry.index, entry.time, event)


def last_everywhere(tools: Tools, percent: float = 100.0, *, complete: bool = True) -> PastAudit | None:
    """The last audit of at least that share at all sites that got to see everything, or was only begun with
    that aim.
    """
    found = None
    for audit in past_audits(tools):
        seen = audit.outcome != "unchecked" or not complete
        if audit.everywhere and audit.percent >= percent and seen:
            found = audit
    return found


def days_since(tools: Tools, audit: PastAudit | None) -> float:
    """Days since an audit was entered; without one, since the archive was made."""
    if audit is not None:
        return _days(tools, audit.time)
    with tools.database.read() as conn:
        return _days(tools, tools.ledger.entry(conn, 0).time)


def due(tools: Tools, every_days: int, percent: float = 100.0) -> Scope | None:
    """What to audit now: that share everywhere, when the last such audit is `every_days` old; None where it
    is not, where `every_days` is 0, or where one is under way.

    One that did not get to see everything counts for a day: a site that stays away is asked daily.
    """
    if every_days <= 0 or any(run.running for run in begun(tools)):
        return None
    if days_since(tools, last_everywhere(tools, percent)) < every_days:
        return None
    tried = last_everywhere(tools, percent, complete=False)
    if tried is not None and _days(tools, tried.time) < AGAIN_AFTER / timedelta(days=1):
        return None
    return Scope(percent=percent)


def _days(tools: Tools, time: str) -> float:
    then = datetime.fromisoformat(time.replace("Z", "+00:00")).astimezone(UTC)
    return (tools.clock() - then) / timedelta(days=1)
