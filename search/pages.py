"""Paging and facets: the parts of an answer that every engine makes alike.

A cursor is the rank of the last hit shown, with a checksum: a mistyped or cut one is refused. It is
no secret and no permission: the view is asked anew with every page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from search.errors import CursorMistake
from search.index import MOST_FACET_VALUES, FacetValue

_CHECK_BYTES = 6


def cursor(rank: int) -> str:
    """The cursor of the page behind the document with this rank."""
    place = rank.to_bytes(8, "big")
    return base64.urlsafe_b64encode(place + _check(place)).decode().rstrip("=")


def rank(text: str) -> int:
    """The rank in a cursor. Raises CursorMistake for whatever `cursor` did not make."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise CursorMistake from error
    place, check = raw[:8], raw[8:]
    if len(place) != 8 or check != _check(place) or cursor(int.from_bytes(place, "big")) != text:
        raise CursorMistake
    return int.from_bytes(place, "big")


def facet(counted: Iterable[tuple[str, int]]) -> tuple[FacetValue, ...]:
    """Values by falling count, then by value."""
    ordered = sorted(counted, key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[:MOST_FACET_VALUES])


def _check(place: bytes) -> bytes:
    return hashlib.sha256(b"lantai cursor" + place).digest()[:_CHECK_BYTES]
