"""The doctor's look at the use journal: whether uses are written, and whether old ones wait for the ledger.

Not done here: segments, which are entries and are checked as such (`doctor_archive.ledger`, the losses of
`doctor_recovery`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from archive.uses import waiting
from lantai.doctor_checks import Check
from lantai.wiring import Archive
from processes.using.uses import is_late

_MOST_DAYS = 2


def uses(archive: Archive) -> Iterator[Check]:
    """Uses are written, and none waits for its segment for longer than a worker would let it."""
    if archive.database.read_only:
        yield Check("use journal", True, "warn", "this home is read-only: no use is written down")
        return
    with archive.database.read() as conn:
        count, oldest = waiting(conn)
    late = bool(count) and is_late(oldest, datetime.now(UTC), timedelta(days=_MOST_DAYS))
    told = f"{count} uses are not sealed yet" if count else "every use is sealed"
    hint = f"{told}, the oldest of {oldest}: run `lantai worker`"
    yield Check("use journal", not late, "warn", hint if late else told)
