"""When a decision on access falls due: at 25 years what nobody decided on, on its day what is reviewed.

Due is not open: somebody decides (domain reference, 6). Pure: `today` is an argument of whoever compares. Not
here: deciding (`processes.desk.appraise`), what is asked of whom (`processes.desk.falling_due`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from policies.access import OPEN
from policies.dates import WrittenDate, read_date

YEARS = 25
"""Source: Archives Law (2020), art. 27. The catalogue keeps the day that follows from it: whoever
changes this raises `archive.tables.VIEWS`."""


def opening_day(written: str) -> str:
    """The day on which what `written` dates falls due for opening, as `2027-01-01` of `2001`: 25 years from
    the end of the day, month or year that it names. "" for what is no date.
    """
    found = read_date(written)
    if found is None or not found.exists():
        return ""
    after = _after(found)
    try:
        return date(after.year + YEARS, after.month, after.day).isoformat()
    except ValueError:  # of 29 February, or beyond all calendars
        return f"{after.year + YEARS:04d}-03-01" if after.year + YEARS <= date.max.year else ""


def due_day(access: str, appraisal: Mapping[str, str], written: str) -> str:
    """The day on which access to a record is to be decided on next; "" for what is open: the day that the
    last decision named, else that of opening.
    """
    if access == OPEN:
        return ""
    return appraisal.get("until", "") or opening_day(written)


def _after(found: WrittenDate) -> date:
    """The first day after all that a date names."""
    if found.year >= date.max.year:
        return date.max
    if not found.month:
        return date(found.year + 1, 1, 1)
    if not found.day:
        return date(found.year + found.month // 12, found.month % 12 + 1, 1)
    return date(found.year, found.month, found.day) + timedelta(days=1)
