"""The doctor's check of offline carriers: that none waits to be read again, or to be replaced.

Not done here: reading them, which somebody must put into a drive.
"""

from __future__ import annotations

from collections.abc import Iterator

from lantai.doctor_checks import Check
from lantai.wiring import Archive
from processes.carriers_kept import register

_MOST_NAMED = 5


def carriers(archive: Archive) -> Iterator[Check]:
    """No carrier is overdue. An archive without any is not blamed: its sites are its copies."""
    tools = archive.tools()
    today = tools.clock().date()
    kept = [one for one in register(tools, archive.rules.sites) if not one.lost]
    late = [one.number for one in kept if one.overdue(today)]
    named = ", ".join(late[:_MOST_NAMED]) + (", …" if len(late) > _MOST_NAMED else "")
    told = f"{len(late)} of {len(kept)} to be read again or replaced: {named}"
    text = told if late else f"{len(kept)} kept"
    yield Check("carriers", not late, "warn", text)
