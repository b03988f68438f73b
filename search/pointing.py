"""A query with a mark under the place of a mistake, for a screen of one font width."""

from __future__ import annotations

import unicodedata

from policies.folding import visible

_BEFORE, _AFTER = 40, 30


def pointed(query: str, place: int) -> str:
    """Two lines: some 70 characters of `query` around `place` (0-based), and `^` under the place.

    Characters that nobody sees are written as escapes; Chinese characters count two columns.
    """
    place = max(0, min(place, len(query)))
    start, end = max(0, place - _BEFORE), min(len(query), place + _AFTER)
    before = ("…" if start else "") + _shown(query[start:place])
    after = _shown(query[place:end]) + ("…" if end < len(query) else "")
    return f"{before}{after}\n{' ' * _columns(before)}^"


def _shown(text: str) -> str:
    return visible("".join(" " if character.isspace() else character for character in text))


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF") for one in text
    )
