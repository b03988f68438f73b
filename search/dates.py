"""Dates of year, month or day precision as spans of days.

A date of which only the year or the month is known stands for all its days. Days are written as
numbers, YYYYMMDD, the last day of a month always 31: they are compared, never computed with.
Not done here: judging whether a date is plausible.
"""

from __future__ import annotations

import re

from search.segment import fold

_ISO = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")
_TIME = re.compile(r"(?<=\d)t\d{2}:\d{2}[\d:.]*(?:z|[-+][\d:]{2,5})?$| \d{2}:\d{2}[\d:.]*$")
_RUN = re.compile(r"(\d{4})(\d{2})?(\d{2})?")


def span(text: str) -> tuple[int, int] | None:
    """First and last day that `text` can mean, or None where it is no date.

    Takes `1949`, `194910`, `19491001`, `1949-10-01`, `1949/10`, `1949.10.1` and `1949年10月1日`;
    00 for an unknown month or day. The time of an ISO time stamp is left out.
    """
    text = _TIME.sub("", fold(text).strip())
    match = _RUN.fullmatch(text) or _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    if year == 0 or month > 12 or day > 31 or (day and not month):
        return None
    first = year * 10_000 + (month or 1) * 100 + (day or 1)
    last = year * 10_000 + (month or 12) * 100 + (day or 31)
    return first, last
