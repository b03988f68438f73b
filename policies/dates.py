"""Dates as lists write them: YYYY, YYYYMM, YYYYMMDD with 00 for what is unknown, or ISO 8601.

A date keeps the precision that it was written with. Not done here: findings (`fields.py`).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from policies.folding import fold_code

_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})?([0-9]{2})?")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}[0-9:.]*(?:Z|[+-][0-9:]{2,5})?)?)?"
)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date of day, month or year precision; 0 stands for an unknown month or day."""

    year: int
    month: int = 0
    day: int = 0

    def __str__(self) -> str:
        """ISO, as precise as it is known: `2016`, `2016-03`, `2016-03-05`."""
        known = (f"{self.year:04d}", f"{self.month:02d}", f"{self.day:02d}")
        return "-".join(known[: 1 + bool(self.month) + bool(self.day)])

    def exists(self) -> bool:
        """Whether the calendar has it."""
        if not self.month:
            return self.year >= 1
        return self.year >= 1 and self.month <= 12 and self.day <= monthrange(self.year, self.month)[1]

    def after(self, today: date) -> bool:
        """Whether all of it lies after `today`."""
        return (self.year, self.month or 1, self.day or 1) > (today.year, today.month, today.day)


def read_date(text: str) -> WrittenDate | None:
    """The date that `text` writes, whether the calendar has it or not; None where it has no known form.

    A day without its month is no date. The time of an ISO time stamp is left out.
    """
    written = fold_code(text)
    match = _COMPACT.fullmatch(written) or _ISO.fullmatch(written)
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    return WrittenDate(year, month, day) if month or not day else None
