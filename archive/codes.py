"""Archival codes: read, print, and what series a number belongs to. The profile of the rule set decides.

`A014-WS·2016-Y-BGS-0026` and `Z109-WS·2011·Y·办公室-0001` are two dialects of one grammar: levels in
order, `-` between upper and lower ones, `·` between those of one level. Source: DA/T 22-2015 §5,
DA/T 13-94, DA/T 13-2022. Not done here: giving numbers (`numbering.py`), whether a code is taken.

    ArchiveError (errors.py)
    └── MalformedCode          a text that is no code of the profile, with the part that is wrong
        └── NumberPastWidth    a number that the profile's width cannot hold
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from archive.errors import ArchiveError
from policies.folding import DOT, fold_code
from policies.ruleset import CodeProfile

_UNKEPT = re.compile("[\0\ud800-\udfff]")
Parts = Mapping[str, str]
"""A code's values by level; an absent level is missing or "". What is no level is not looked at."""


class MalformedCode(ArchiveError):
    """A text that is no archival code of the profile. `part` names the level that is wrong."""

    code = "code-malformed"

    def __init__(self, text: str, part: str, reason: str) -> None:
        super().__init__(f"{text!r}, {part}: {reason}")
        self.text = text
        self.part = part
        self.reason = reason


class NumberPastWidth(MalformedCode):
    """The next number has more digits than the profile allows: the series is full."""

    code = "number-past-width"


@dataclass(frozen=True, slots=True)
class ArchivalCode:
    """A code by its levels, "" where it has none. `category` holds its sub-levels: `KU·01`."""

    fonds: str = ""
    catalogue: str = ""
    category: str = ""
    year: str = ""
    retention: str = ""
    office: str = ""
    volume: str = ""
    group: str = ""
    item: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The levels that the code has, with their values."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return tuple((name, value) for name, value in named if value)


def canonical_text(text: str) -> str:
    """`text` in the spelling that codes are compared in: U+00B7, `-`, half width, NFC, no outer space.

    Takes every dot and hyphen that is met in practice (U+2022, U+2027, U+30FB, full-width hyphens and
    more). Case is kept: it tells codes apart. Never fails, whether `text` is a code or not: what no database
    takes becomes U+FFFD, which stands in no code.
    """
    return _UNKEPT.sub("\ufffd", fold_code(text))


def parse(text: str, profile: CodeProfile) -> ArchivalCode:
    """Read a code in any spelling. Raises `MalformedCode` naming the part that is wrong."""
    code = canonical_text(text)
    match = _whole(profile).fullmatch(code)
    if match is None:
        raise _fault(code, profile)
    return ArchivalCode(**{part: value for part, value in match.groupdict().items() if value})


def format_code(code: ArchivalCode, profile: CodeProfile) -> str:
    """The canonical text of `code`. Raises `MalformedCode` where the profile has no such code."""
    text = _joined(dict(code.parts), profile.parts, profile)
    stray = next((part for part, _ in code.parts if part not in profile.parts), None)
    if stray:
        raise MalformedCode(text, stray, "is not a level of this profile's codes")
    if parse(text, profile) != code:
        raise MalformedCode(text, "category", "reads as another code: a value holds a separator")
    return text


def series_of(code: ArchivalCode | Parts, profile: CodeProfile) -> str:
    """The stable text of the series, such as `A014-WS·2016-Y-BGS`; without an office it is another one.

    Raises `MalformedCode` where a level that the profile requires is missing or has the wrong form.
    """
    parts = _parts_of(code)
    text = _joined(parts, profile.series, profile)
    for part in profile.series:
        _check(text, part, parts.get(part, ""), profile)
    return text


def item_number(code: ArchivalCode) -> int:
    """The item number, without its zeros. Raises `MalformedCode` where the code has none."""
    if not (code.item.isascii() and code.item.isdecimal()):
        raise MalformedCode(code.item, "item", "is no number")
    return int(code.item)


def with_number(series: ArchivalCode | Parts, number: int, profile: CodeProfile) -> ArchivalCode:
    """The code of item `number` with these levels.

    Raises `NumberPastWidth` where the number has more digits than the profile's width and the profile
    refuses that, `MalformedCode` where a level is missing or has the wrong form.
    """
    digits = f"{number:0{profile.width}d}"
    parts = _parts_of(series)
    levels = {part: parts.get(part, "") for part in profile.parts if part != "item"}
    text = _joined(levels | {"item": digits}, profile.parts, profile)
    if number < 1:
        raise MalformedCode(text, "item", "numbers start at 1")
    if len(digits) > profile.width and profile.past_width == "refuse":
        raise NumberPastWidth(text, "item", f"has more than {profile.width} digits: the series is full")
    for part, value in levels.items():
        _check(text, part, value, profile)
    return ArchivalCode(**levels, item=digits)


def numbered(series: Parts, profile: CodeProfile) -> Callable[[int], str]:
    """A printer of codes with these levels and any number: the levels are checked once, for all of them.

    Raises `MalformedCode` at once, the printer `NumberPastWidth`; it prints what `format_code` would.
    """
    first = format_code(with_number(series, 1, profile), profile)
    before = first[: -profile.width]

    def text(number: int) -> str:
        digits = f"{number:0{profile.width}d}"
        if len(digits) > profile.width and profile.past_width == "refuse":
            raise NumberPastWidth(before + digits, "item", f"has more than {profile.width} digits")
        return before + digits

    return text


def _parts_of(code: ArchivalCode | Parts) -> Parts:
    return dict(code.parts) if isinstance(code, ArchivalCode) else code


def _joined(parts: Parts, wanted: tuple[str, ...], profile: CodeProfile) -> str:
    text = ""
    for place, part in enumerate(profile.parts):
        value = parts.get(part, "")
        if part in wanted and value:
            text += (profile.joint(place) if text else "") + value
    return text


def _check(text: str, part: str, value: str, profile: CodeProfile) -> None:
    level = profile.level(part)
    if level is None or (not value and level.optional):
        return
    if not value:
        raise MalformedCode(text, part, "is missing")
    if not _level(part, profile).fullmatch(value):
        raise MalformedCode(text, part, f"{value!r} does not have the form {level.pattern}")


@lru_cache(maxsize=64)
def _level(part: str, profile: CodeProfile) -> re.Pattern[str]:
    return re.compile(_form(part, profile))


def _form(part: str, profile: CodeProfile) -> str:
    """The form of one level. Numbers past the width have no leading zeros, so each has one spelling."""
    width = profile.width
    if part == "item":
        more = rf"|[1-9][0-9]{{{width},}}" if profile.past_width == "widen" else ""
        return rf"(?!0+(?![0-9]))(?:[0-9]{{{width}}}{more})"
    level = profile.level(part)
    form = f"(?:{level.pattern})" if level else "(?!)"
    return f"{form}(?:{DOT}(?:{profile.sub_level}))*" if part == "category" and profile.sub_level else form


def _grammar(profile: CodeProfile) -> Iterator[str]:
    """The regular expression of each level in order, with its joint and its name."""
    for place, level in enumerate(profile.levels):
        form = f"{re.escape(profile.joint(place))}(?P<{level.part}>{_form(level.part, profile)})"
        yield f"(?:{form})?" if level.optional else form


@lru_cache(maxsize=16)
def _whole(profile: CodeProfile) -> re.Pattern[str]:
    return re.compile("".join(_grammar(profile)))


def _fault(code: str, profile: CodeProfile) -> MalformedCode:
    """The first level that does not fit, with an optional one before it where that has taken its place."""
    forms = list(_grammar(profile))
    for place, level in enumerate(profile.levels):
        begun = "".join(forms[: place + 1]) + rf"(?=[-{DOT}]|\Z)"
        if re.match(begun, code) is None:
            return MalformedCode(code, _blamed(code, place, profile), f"expected {example(profile)}")
        if level.part == "item":
            break
    return MalformedCode(code, "item", f"more follows where the code should end; expected {example(profile)}")


def _blamed(code: str, place: int, profile: CodeProfile) -> str:
    """The level that is wrong, or the optional one before it where a piece too many stands for that."""
    part, before = profile.levels[place].part, profile.levels[max(place - 1, 0)]
    if not before.optional or len(re.split(f"[-{DOT}]", code)) < len(profile.levels):
        return part
    begun = "".join(list(_grammar(profile))[:place]).removesuffix("?") + rf"(?=[-{DOT}]|\Z)"
    return part if re.match(begun, code) else before.part


def example(profile: CodeProfile) -> str:
    """The levels of a code as people write them down: `fonds-category·year-retention-[office]-item`."""
    text = ""
    for place, level in enumerate(profile.levels):
        text += profile.joint(place) + (f"[{level.part}]" if level.optional else level.part)
    return text
