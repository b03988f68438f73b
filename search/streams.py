"""The words of a document as the two streams that the index takes in: tokens, and pairs of neighbours.

Written for speed, as every record of an archive passes here: what is made of nothing but common characters
is cut by one expression, a series of codes once. Everything else is cut by `segment.tokens`, and both ways
give the same. Not done here: what the terms mean to a query (`search.schema`, `search.translate`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import add

from search import segment
from search.index import Document
from search.schema import APART, GAP, PREFIXES, keyed, paired, single, whole

BETWEEN = "\x1e"
"""ASCII's record separator stands between fields that are looked at together."""

_TEXTS = (
    "title", "author", "keywords", "place", "abstract", "document_number", "genre", "people", "notes",
    "box", "shelf", "text",
)  # fmt: skip
_JOINS = tuple((PREFIXES[name], " " + PREFIXES[name]) for name in _TEXTS)
_PLACES = re.compile("[0-9]{1,10}")
_FIRST_WIDE = "\u3004"


@dataclass(slots=True)
class Streams:
    """Terms with one space between: of `one`, of `two`, and the keys."""

    one: str
    two: str
    keys: list[str]
    order: str


def streams(document: Document) -> Streams:
    """What a document is found by."""
    one: list[str] = []
    two: list[str] = []
    values = (
        document.title, document.author, document.keywords, document.place, document.abstract,
        document.document_number, document.genre, document.people, document.notes, document.box,
        document.shelf, document.text,
    )  # fmt: skip
    joined = BETWEEN.join(values)
    if joined.count(BETWEEN) == len(values) - 1 and segment.as_it_stands(joined):
        for (prefix, join), value in zip(_JOINS, joined.lower().split(BETWEEN), strict=True):
            if value:
                _plain(prefix, join, segment.runs(value), one, two)
    else:
        for name, value in zip(_TEXTS, values, strict=True):
            if value:
                _any(name, segment.tokens(value), one, two)
    keys, order = _codes(document, one, two)
    return Streams(" ".join(one), " ".join(two), keys, order)


def _plain(prefix: str, join: str, runs: list[str], one: list[str], two: list[str]) -> None:
    """Runs of Chinese characters, or words of letters and digits."""
    last = ""
    for run in runs:
        if run > _FIRST_WIDE:
            if last:
                two.append(f"{prefix}{last}{APART}{run[0]}" if last < _FIRST_WIDE else prefix + last + run[0])
            if len(run) > 1:
                two.append(prefix + join.join(map(add, run, run[1:])))
            one.append(prefix + join.join(run))
            last = run[-1]
        else:
            if last:
                two.append(f"{prefix}{last}{APART}{run}")
            one.append(prefix + run)
            last = run


def _any(name: str, tokens: Sequence[str], one: list[str], two: list[str]) -> None:
    prefix = PREFIXES[name]
    one.extend(single(name, token) for token in tokens)
    two.extend(prefix + paired(first, second) for first, second in pairwise(tokens))


@dataclass(frozen=True, slots=True)
class _Series:
    """What all codes of a series share."""

    order: str
    key: str
    levels: tuple[str, ...]
    one: str
    two: str
    last: str


@lru_cache(maxsize=20_000)
def _series(text: str) -> _Series:
    tokens = _parts(text)
    one: list[str] = []
    two: list[str] = []
    _any("code", tokens, one, two)
    levels = tuple(keyed("code", "-".join(tokens[: end + 1])) for end in range(len(tokens)))
    last = tokens[-1] if tokens else ""
    return _Series(segment.code_order(text), "-".join(tokens), levels, " ".join(one), " ".join(two), last)


def _codes(document: Document, one: list[str], two: list[str]) -> tuple[list[str], str]:
    """The keys and the order of a document's codes; their words go to the streams."""
    start, sign, number = document.code.rpartition("-")
    series = _series(start) if sign and _PLACES.fullmatch(number) else None
    if series is not None and series.key:
        one += (series.one, PREFIXES["code"] + number)
        two += (series.two, PREFIXES["code"] + paired(series.last, number))
        keys = [*series.levels, whole("code", f"{series.key}-{number}")]
        order = f"{series.order}-{number:0>10}"
    else:
        tokens = _parts(document.code)
        _any("code", tokens, one, two)
        keys, order = _levels("code", tokens), segment.code_order(document.code)
    for at, former in enumerate(document.former_codes):
        if at:
            one.append(" ".join([APART] * GAP))
            two.append(" ".join([APART] * GAP))
        tokens = _parts(former)
        _any("former_code", tokens, one, two)
        keys += _levels("former_code", tokens)
    return keys, order


def _parts(code: str) -> tuple[str, ...]:
    """The tokens of a code, in which no number is anybody's."""
    return tuple(filter(None, segment.key(code).split("-")))


def _levels(name: str, tokens: Sequence[str]) -> list[str]:
    """A code as its beginnings and itself."""
    levels = [keyed(name, "-".join(tokens[: end + 1])) for end in range(len(tokens) - 1)]
    return [*levels, whole(name, "-".join(tokens))] if tokens else []
