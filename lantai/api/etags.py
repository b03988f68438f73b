"""Names of representations, and the conditions of a request that speak of them: RFC 9110, sections 8.8.3, 13.

A tag is made of what the account is shown and of nothing else: the account, how deep it sees, and the very
representation, for content its digests. So it dies when access, description or account change as far as the
account may know of it, and stays where only what is hidden changed: whoever compares tags learns nothing
that the answer does not say. The place of an item's newest entry is in it where the history is shown, and
only there: elsewhere it would tell how many entries others made meanwhile.

Conditions are looked at when the view has said yes, never before. Not here: ranges (`ranges`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from starlette.datastructures import Headers

KEPT = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
"""What an answer with a tag may be kept by: the person's own programs, and asked about before each use."""

_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(r'[ \t,]*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t,]*)*')


class Met(IntEnum):
    """What the conditions of a request come to; the numbers are the statuses."""

    GO_ON = 200
    UNCHANGED = 304
    FAILED = 412


def tag(account: str, depth: str, *shown: object) -> str:
    """A strong tag of what `account` is `shown` at a `depth`: values that JSON has."""
    named = json.dumps([account, depth, *shown], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def met(headers: Headers, current: str) -> Met:
    """What `If-Match` and `If-None-Match` come to for a representation that is there, in that order (13.2.2).

    A field that cannot be read names nothing. Dates are passed over: no answer of this door has one.
    """
    wanted, had = headers.getlist("if-match"), headers.getlist("if-none-match")
    if wanted and not _names(wanted, current, weakly=False):
        return Met.FAILED
    if had and _names(had, current, weakly=True):
        return Met.UNCHANGED
    return Met.GO_ON


def range_counts(headers: Headers, current: str) -> bool:
    """Whether `If-Range` lets a range count: there is none, or it is the very tag, strongly (13.1.5)."""
    given = headers.getlist("if-range")
    return not given or (len(given) == 1 and given[0].strip() == current)


def kept(current: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers of an answer with this tag."""
    return {"ETag": current, **KEPT, **(more or {})}


def _names(fields: Sequence[str], current: str, *, weakly: bool) -> bool:
    text = ", ".join(fields)
    if text.strip() == "*":
        return True
    if not _LIST.fullmatch(text):
        return False
    return current in _tags(text, weakly=weakly)


def _tags(text: str, *, weakly: bool) -> Iterable[str]:
    """The tags of a list that may be compared: all of them, or the strong ones alone."""
    return [f'"{one["opaque"]}"' for one in _TAG.finditer(text) if weakly or not one["weak"]]
