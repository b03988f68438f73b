"""The doctor's check of offline carriers: that none waits to be read again, or to be replaced.

Not done here: reading them, which somebody must put into a drive.
"""

from __future__ import annotations

from collections.abc import Iterator

from lantai.doctor_checks import Check
from lantai.wiring import Archive
from processes.packages.carriers_kept import late

_MOST_NAMED = 5


def carriers(archive: Archive) -> Iterator[Check]:
    """No carrier is overdue. An archive without any is not blamed: its sites are its copies."""
    tools = archive.tools()
    overdue, kept = late(tools, archive.rules.sites, tools.clock().date())
    named = ", ".join(overdue[:_MOST_NAMED]) + (", …" if len(overdue) > _MOST_NAMED else "")
    told = f"{len(overdue)} of {kept} to be read again or replaced: {named}"
    text = told if overdue else f"{kept} kept"
    yield Check("carriers", not overdue, "warn", text)
