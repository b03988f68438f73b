"""Paging and facets: the parts of an answer that every engine makes alike.

A cursor holds the order, the tier and the code of the last hit shown, and the how-manieth of its code that
was, with a checksum: a mistyped or cut one is refused. All of that its holder has seen. It is no permission
either: the code is looked for in the view anew with every page, and one that is not there is refused like
one that was made up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from search.errors import CursorMistake
from search.index import MOST_FACET_VALUES, FacetValue, Order

_CHECK_BYTES = 6
_LONGEST = 4_000
_ORDERS = {"r": Order.RELEVANCE, "n": Order.NEWEST, "o": Order.OLDEST, "c": Order.CODE}
_SIGNS = {order: sign for sign, order in _ORDERS.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """Behind the document with this code, in this tier; `nth` counts those of one code from 0."""

    order: Order
    tier: int
    nth: int
    code: str


def cursor(place: Place) -> str:
    """The cursor of the page behind a place."""
    told = f"{_SIGNS[place.order]}{place.tier}.{place.nth}.{place.code}".encode()
    return base64.urlsafe_b64encode(_check(told) + told).decode().rstrip("=")


def place(text: str, order: Order) -> Place:
    """The place in a cursor of this order. Raises CursorMistake for whatever `cursor` did not make."""
    if len(text) > _LONGEST:
        raise CursorMistake
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
        told = raw[_CHECK_BYTES:].decode()
        head, nth, code = told.split(".", 2)
        found = Place(_ORDERS[head[:1]], int(head[1:]), int(nth), code)
    except (ValueError, KeyError, binascii.Error) as error:
        raise CursorMistake from error
    if found.order is not order or cursor(found) != text:
        raise CursorMistake
    return found


def facet(counted: Iterable[tuple[str, int]]) -> tuple[FacetValue, ...]:
    """Values by falling count, then by value."""
    ordered = sorted(counted, key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[:MOST_FACET_VALUES])


def _check(told: bytes) -> bytes:
    return hashlib.sha256(b"lantai cursor" + told).digest()[:_CHECK_BYTES]
