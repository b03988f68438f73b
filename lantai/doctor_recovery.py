"""The doctor's look at getting the archive back: drills, what was lost, what stands beside since a rebuild.

Not done here: a drill (`processes.recovery.drill`), a rebuild (`recovering`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from archive import catalogue
from archive.database import sqlite_file
from lantai.doctor_checks import Check
from lantai.settings import database_url
from lantai.wiring import Archive
from processes.recovery.drill import history


def drills(archive: Archive) -> Iterator[Check]:
    """The last drill is not too old, and everything opened."""
    most, tools = archive.settings.drill_days, archive.tools()
    past = history(tools)
    if not past:
        with archive.database.read() as conn:
            began = archive.ledger.entry(conn, 0).time
        days = _days(began)
        told = f"none was done in {days} days: run `lantai drill`"
        young = not most or days <= most
        yield Check("drill", young, "warn", "none was done yet" if young else told)
        return
    (at, last), days = past[0], _days(past[0][0])
    told = f"the last was {days} days ago, at {last.site}"
    recent = not most or days <= most
    yield Check("drill", recent, "warn", told if recent else f"{told}: run `lantai drill`")
    if not last.whole:
        yield Check("drill result", False, "fail", f"at {last.site} not everything opened ({at})")


def losses(archive: Archive) -> Iterator[Check]:
    """What no site had when the database was made again."""
    if archive.settings.read_only:
        yield Check("read-only", False, "fail", archive.settings.read_only)
    with archive.database.read() as conn:
        lost = catalogue.lost_entries(conn)
    if lost:
        told = f"the content of {len(lost)} entries of the ledger is lost: bring other sites back and rebuild"
        yield Check("losses", False, "fail", told)
    if any(line.uncounted for line in lost):
        told = "some may have given codes: none is given before `rebuild --from SITE --accept-lost`"
        yield Check("numbers", False, "fail", told)


def set_aside(archive: Archive) -> Iterator[Check]:
    """Databases that a rebuild put aside hold plaintext, also of what is destroyed later."""
    if found := set_aside_names(archive):
        told = "delete it when the rebuilt archive was checked, it holds plaintext"
        yield Check("old database", False, "warn", f"{', '.join(found)}: {told}")


def set_aside_names(archive: Archive) -> list[str]:
    """The databases that stand beside the home's own."""
    file = sqlite_file(make_url(database_url(archive.settings, archive.home)))
    if file is None:
        return []
    found = (path.name for path in Path(file).parent.glob(f"{file.name}.*") if "-" not in path.suffix)
    return sorted(found)


def _days(time: str) -> int:
    return (datetime.now(UTC) - datetime.fromisoformat(time.replace("Z", "+00:00"))).days
