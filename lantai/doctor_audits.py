"""The doctor's look at audits: when everything was last read, what came of it, and what was left unfinished.

Not done here: reading copies (`processes.auditing.audit`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lantai.doctor_checks import Check
from lantai.wiring import Archive
from processes.auditing.audit_history import History, days_since, history, last_everywhere

_DAYS = 90
"""How old the last audit may be where none is scheduled."""


def audits(archive: Archive) -> Iterator[Check]:
    """The last audit of all is not too old and left nothing that still waits; none was interrupted."""
    tools, schedule = archive.tools(), archive.settings.audit
    last = last_everywhere(tools, schedule.percent)
    days, most = days_since(tools, last), schedule.every_days or _DAYS
    if last is None:
        told = f"no copy was audited yet, {days:.0f} days after the archive was made"
        told = told if days > most else "none yet: the archive is young"
    else:
        told = f"the last whole audit is {days:.0f} days old"
    yield Check("audit", days <= most, "warn", told if days <= most else f"{told}: run `lantai audit`")
    past = history(tools)
    yield from _unfinished(past)
    if past.audits and past.audits[-1].outcome in ("damaged", "lost"):
        found = "damage that still waits" if past.audits[-1].outcome == "damaged" else "copies that are lost"
        yield Check(
            "audit result", False, "warn", f"the last audit found {found}: run `lantai audit --repair`"
        )


def _unfinished(past: History) -> Iterator[Check]:
    for run in past.unfinished:
        if not run.running:
            told = f"one begun at {run.started} was interrupted: run `lantai audit --resume`"
            yield Check("interrupted audit", False, "warn", told)
