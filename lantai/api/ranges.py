"""Which bytes somebody asked for: RFC 9110, section 14, for a content of known length.

One range is served; several are answered with the whole, as that section allows (14.2: a server may ignore
the field), and so is a field that cannot be read. Not here: whether a range is looked at at all (`etags`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ONE = re.compile(r"bytes[ \t]*=[ \t]*(?P<first>[0-9]*)-(?P<last>[0-9]*)[ \t]*", re.IGNORECASE)
_MOST_DIGITS = 18
"""A longer number is larger than any content; Python would take long over reading it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end` of a content, `end` not among them."""

    start: int
    end: int

    @property
    def bytes(self) -> int:
        """How many."""
        return self.end - self.start

    def told(self, length: int) -> str:
        """The value of `Content-Range` (14.4)."""
        return f"bytes {self.start}-{self.end - 1}/{length}"


class Unsatisfiable(Exception):
    """The range begins behind the end of the content, or is the last none of its bytes."""


def span(fields: Sequence[str], length: int) -> Span | None:
    """The bytes that the lines of a `Range` field ask for, None for the whole. Raises `Unsatisfiable`.

    Of a content without bytes every suffix is the whole (14.1.2), and nothing else is there.
    """
    found = _ONE.fullmatch(", ".join(fields).strip(" \t"))
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        return _suffix(_number(found["last"]), length)
    first = _number(found["first"])
    last = _number(found["last"]) if found["last"] else length - 1
    if found["last"] and last < first:
        return None
    if first >= length:
        raise Unsatisfiable
    return Span(first, min(last, length - 1) + 1)


def _suffix(wanted: int, length: int) -> Span | None:
    if not wanted:
        raise Unsatisfiable
    return Span(max(0, length - wanted), length) if length else None


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    return int("9" * _MOST_DIGITS) if len(significant) > _MOST_DIGITS else int(significant or "0")
