"""When a decision on access falls due: at 25 years what nobody decided on, on its day what is reviewed, and
what has a secrecy mark (密级) when the period of its secrecy (保密期限) has run out.

Due is not open, and a period that ran out is neither a changed mark nor opening: somebody decides (domain
reference, 6). Pure: `today` is an argument of whoever compares. Not here:
deciding (`processes.desk.appraise`), what is asked of whom (`processes.desk.falling_due`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from policies.access import OPEN, mark_kind
from policies.dates import WrittenDate, read_date
from policies.folding import fold_code

YEARS = 25
"""Source: Archives Law (2020), art. 27. The catalogue keeps the day that follows from it: whoever
changes this raises `archive.tables.VIEWS`."""

_SIGNS = "〇一二三四五六七八九"
_MONTHS = ("个月", "個月", "月", "month", "months")
_ONES = f"[{_SIGNS[1:]}]"
_PERIOD = re.compile(rf"([0-9]{{1,2}}|{_ONES}?十{_ONES}?|{_ONES})(年|years?|{'|'.join(_MONTHS)})")


def opening_day(written: str) -> str:
    """The day on which what `written` dates falls due for opening, as `2027-01-01` of `2001`: 25 years from
    the end of the day, month or year that it names. "" for what is no date.
    """
    after = _end_of(written)
    return _months_on(after, 12 * YEARS) if after else ""


def secrecy_over(mark: str, period: str, written: str) -> str:
    """The first day on which a secrecy mark holds no more, as `2026-06-16` of a record of 15 June 2016 marked
    for `10年`; a period may be in years or months, or say its last day. "" where there is no mark or its
    period says no end, such as 长期 or nothing.

    The period runs from the end of what the record's date names: too late by less than a year where that is
    a year alone, never too early.
    """
    if not mark_kind(mark):
        return ""
    told = fold_code(period).replace(" ", "").casefold()
    if last := _end_of(told.removeprefix("至")):
        return last.isoformat()
    found, after = _PERIOD.fullmatch(told), _end_of(written)
    if found is None or after is None:
        return ""
    number = int(found[1]) if found[1].isdigit() else _chinese(found[1])
    return _months_on(after, number * (1 if found[2] in _MONTHS else 12))


def due_day(access: str, appraisal: Mapping[str, str], written: str, over: str = "") -> str:
    """The day on which access to a record is to be decided on next; "" for what is open: the day that the
    last decision named, else that of opening or the one on which its secrecy is `over`, whichever is first.
    """
    if access == OPEN:
        return ""
    if named := appraisal.get("until", ""):
        return named
    return min((day for day in (opening_day(written), over) if day), default="")


def _end_of(written: str) -> date | None:
    """The first day after all that a written date names, None for what is no date."""
    found = read_date(written)
    return _after(found) if found is not None and found.exists() else None


def _months_on(start: date, months: int) -> str:
    """The same day so many months later, the first of the next month where that has none; "" beyond all
    calendars.
    """
    years, month = divmod(start.month - 1 + months, 12)
    if start.year + years > date.max.year:
        return ""
    try:
        return date(start.year + years, month + 1, start.day).isoformat()
    except ValueError:
        return date(start.year + years, month + 2, 1).isoformat()


def _chinese(number: str) -> int:
    """二十五 → 25: up to ninety-nine."""
    tens, ten, ones = number.rpartition("十")
    return (10 * (_SIGNS.find(tens) if tens else 1) if ten else 0) + (_SIGNS.find(ones) if ones else 0)


def _after(found: WrittenDate) -> date:
    """The first day after all that a date names."""
    if found.year >= date.max.year:
        return date.max
    if not found.month:
        return date(found.year + 1, 1, 1)
    if not found.day:
        return date(found.year + found.month // 12, found.month % 12 + 1, 1)
    return date(found.year, found.month, found.day) + timedelta(days=1)
