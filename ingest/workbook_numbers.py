"""The text that a person sees for a cell of a workbook by its number format: 0026, 2016-01-01, 机密★10年.

Pure. Dates are written YYYY-MM-DD whatever their format, to the precision that the format shows: a
cell that shows a month holds the first day of it, which nobody meant. Other formats (currency,
percent, fractions) show the plain number. Words that a format puts around a value belong to what is
seen and are kept, but for bare units (2016年 is 2016). Source: ECMA-376 part 1, §18.8.30, numFmt, with
the built-in formats that mainland Chinese programs write without defining them.
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
_TOKENS = re.compile(
    r'"([^"]*)"?|\\(.)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[([^\]]*)\]|(;)|([^\x00-\x7f]+)|(.)', re.DOTALL
)
_UNITS = frozenset("年月日时時分秒点點号號件页頁张張第卷册份个個人元上下午星期周季度")
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_ABSENT_DAY = 60  # 1900-02-29, which the format counts and the calendar does not


Words = tuple[str, str]


@dataclass(slots=True)
class _Section:
    """One of a format's up to four parts: its code without words, its words, whether it has a condition."""

    code: str = ""
    before: str = ""
    behind: str = ""
    condition: bool = False

    def say(self, words: str) -> None:
        if re.search("[0#?@a-z]", self.code):
            self.behind += words
        else:
            self.before += words

    @property
    def words(self) -> Words:
        """Its words, where they are more than units and signs."""
        told = any(c.isalnum() and c not in _UNITS for c in self.before + self.behind)
        return (self.before, self.behind) if told else ("", "")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What of a number format matters here: how many digits at least, and which parts of a date.

    `words`: what stands before and behind a number above, below and at zero; `text_words`: around a text.
    `conditional`: words that depend on conditions of the format's own, which nobody evaluates here.
    """

    digits: int = 0
    year: bool = False
    month: bool = False
    day: bool = False
    clock: bool = False
    words: tuple[Words, ...] = ()
    text_words: Words = ("", "")
    conditional: bool = False

    def around(self, text: str) -> str:
        """A text cell as it is seen."""
        return self.text_words[0] + text + self.text_words[1]

    def around_number(self, shown: str, value: float) -> str:
        """A number as it is seen, from the number alone."""
        section = 2 if value == 0 else int(value < 0)
        before, behind = self.words[section] if section < len(self.words) else (*self.words, ("", ""))[0]
        return before + shown + behind


PLAIN = NumberFormat()


def number_format(code: str) -> NumberFormat:
    """Read a format code such as `0000`, `yyyy"年"m"月"`, `"机密★"0"年"` or `General`."""
    sections = _sections(code)
    words = tuple(section.words for section in sections[:3])
    text = sections[3] if len(sections) > 3 else next((s for s in sections if "@" in s.code), _Section())
    told = any(section.words != ("", "") for section in sections)
    conditional = told and any(section.condition for section in sections)
    shown = sections[0].code
    if shown and not shown.strip("0"):
        return NumberFormat(len(shown), words=words, text_words=text.words, conditional=conditional)
    if "general" in shown or not re.search("[ymdhs]", shown):
        return NumberFormat(words=words, text_words=text.words, conditional=conditional)
    parts = ("y" in shown, "m" in shown, "d" in shown, bool(re.search("[hs]", shown)))
    return NumberFormat(0, *parts, words, text.words, conditional)


def _sections(code: str) -> list[_Section]:
    sections = [_Section()]
    for quoted, escaped, currency, bracket, end, foreign, other in _TOKENS.findall(code):
        section = sections[-1]
        if end:
            sections.append(_Section())
        elif bracket[:1] in ("<", ">", "="):
            section.condition = True
        elif bracket[:1].lower() in ("h", "m", "s"):
            section.code += f"[{bracket.lower()}]"
        elif other:
            section.code += other.lower()
        else:
            section.say(quoted or escaped or currency or foreign)
    return sections


def number_text(written: str, form: NumberFormat, starts_1904: bool) -> str | None:
    """The text of a number as the file writes it; None where its words depend on conditions.

    Raises ValueError where it is no number.
    """
    value = float(written)
    if form.conditional:
        return None
    if form.year or form.month or form.day or form.clock:
        shown = _date_text(value, form, starts_1904) or _plain(written, value)
    else:
        plain = _plain(written, value)
        shown = plain.zfill(form.digits) if plain.isdecimal() else plain
    return form.around_number(shown, value)


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
