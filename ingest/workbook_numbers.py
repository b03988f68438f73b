"""The text that a person sees for a number in a workbook's cell: 0026, 20160101, 2016-01-01.

Pure. Dates are written YYYY-MM-DD whatever their format, to the precision that the format shows: a
cell that shows a month holds the first day of it, which nobody meant. Other formats (currency,
percent, fractions) show the plain number. Source: ECMA-376 part 1, §18.8.30, numFmt, with the
built-in formats that mainland Chinese programs write without defining them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 28, 29, 30, 31, 51, 53, 54, 58), "yyyy-mm-dd"),
    **dict.fromkeys((17, 27, 36, 50, 52, 57), "yyyy-mm"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), "hh:mm:ss"),
    22: "yyyy-mm-dd hh:mm",
}
_LITERALS = re.compile(r'"[^"]*"|[\\_*].|\[(?!h|m|s)[^\]]*\]')
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_ABSENT_DAY = 60  # 1900-02-29, which the format counts and the calendar does not


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What of a number format matters here: how many digits at least, and which parts of a date."""

    digits: int = 0
    year: bool = False
    month: bool = False
    day: bool = False
    clock: bool = False


PLAIN = NumberFormat()


def number_format(code: str) -> NumberFormat:
    """Read a format code such as `0000`, `yyyy"年"m"月"` or `General`."""
    shown = _LITERALS.sub("", code.lower().partition(";")[0])
    if shown and not shown.strip("0"):
        return NumberFormat(digits=len(shown))
    if "general" in shown or not re.search("[ymdhs]", shown):
        return PLAIN
    return NumberFormat(0, "y" in shown, "m" in shown, "d" in shown, bool(re.search("[hs]", shown)))


def number_text(written: str, form: NumberFormat, starts_1904: bool) -> str:
    """The text of a number as the file writes it. Raises ValueError where it is no number."""
    value = float(written)
    if form.year or form.month or form.day or form.clock:
        return _date_text(value, form, starts_1904) or _plain(written, value)
    plain = _plain(written, value)
    return plain.zfill(form.digits) if plain.isdecimal() else plain


def _plain(written: str, value: float) -> str:
    if written.isdecimal():
        return written.lstrip("0") or "0"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")


def _date_text(serial: float, form: NumberFormat, starts_1904: bool) -> str:
    """A date, a time or both, or nothing where the number is none."""
    if not 0 <= serial < _LAST_SERIAL or (int(serial) == _ABSENT_DAY and not starts_1904):
        return ""
    moment = _moment(serial, starts_1904)
    if form.clock and not (form.year or form.day):
        return f"{moment:%H:%M:%S}" if serial < 1 else f"{moment:%Y-%m-%d %H:%M:%S}"
    if form.clock and serial != int(serial):
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    return _day_text(moment.date(), form)


def _moment(serial: float, starts_1904: bool) -> datetime:
    first = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 31 if serial < _ABSENT_DAY else 30)  # noqa: DTZ001 - a table's dates have no zone
    return first + timedelta(seconds=round(serial * 86400))


def _day_text(day: date, form: NumberFormat) -> str:
    if form.day or form.clock or not form.year:
        return day.isoformat()
    return day.isoformat()[:7] if form.month else day.isoformat()[:4]
