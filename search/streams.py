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
from itertools import accumulate, pairwise
from operator import add, attrgetter

from search import segment
from search.index import Document
from search.schema import APART, GAP, GRAM_LENGTHS, GRAMS, PREFIXES, gram, paired, single, whole

BETWEEN = "\x1e"
"""ASCII's record separator stands between fields that are looked at together."""

_OFTEN = ("author", "place", "genre", "box", "shelf")
"""Fields that say the same in many documents."""
_TEXTS = ("title", "keywords", "document_number", "people", "abstract", "notes", "text")
_often, _values = attrgetter(*_OFTEN), attrgetter(*_TEXTS)
_JOINS = tuple((PREFIXES[name], " " + PREFIXES[name]) for name in _TEXTS)
_MOST_OFTEN = 200
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
    grams: list[str] = []
    for name, value in zip(_OFTEN, _often(document), strict=True):
        if value:
            tokens, pairs, runs = _known(name, value) if len(value) <= _MOST_OFTEN else _cut(name, value)
            one += tokens
            two += pairs
            grams += runs
    values = _values(document)
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
    return Streams(" ".join(one), " ".join(two), grams + keys, order)


def _cut(name: str, value: str) -> tuple[list[str], list[str], list[str]]:
    one: list[str] = []
    two: list[str] = []
    tokens = segment.tokens(value)
    _any(name, tokens, one, two)
    return one, two, _grams(name, tokens) if name in GRAMS else []


def _grams(name: str, tokens: Sequence[str]) -> list[str]:
    starts = [(at, length) for length in GRAM_LENGTHS for at in range(len(tokens) - length + 1)]
    return list(dict.fromkeys(gram(name, tokens[at : at + length]) for at, length in starts))


_known = lru_cache(maxsize=50_000)(_cut)


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
    if not tokens:
        return
    prefix = PREFIXES[name]
    join = " " + prefix
    text = join.join(tokens)
    if text.isascii():
        one.append(prefix + text)
        two.append(" ".join([f"{prefix}{first}{APART}{second}" for first, second in pairwise(tokens)]))
    else:
        one.append(" ".join([single(name, token) for token in tokens]))
        two.append(" ".join([prefix + paired(first, second) for first, second in pairwise(tokens)]))


@lru_cache(maxsize=20_000)
def _part(text: str) -> tuple[tuple[str, ...], str]:
    """The tokens of a part of a code, and its order. Numbers come and go; other parts come again."""
    return _tokens(text), segment.code_order(text)


def _codes(document: Document, one: list[str], two: list[str]) -> tuple[list[str], str]:
    """The keys and the order of a document's codes; their words go to the streams."""
    start, sign, number = document.code.rpartition("-")
    tokens: list[str] = []
    order: list[str] = []
    for text in start.split("-") if sign else ():
        part, place = _part(text)
        tokens += part
        if place:
            order.append(place)
    if _PLACES.fullmatch(number):
        tokens.append(number)
        order.append(number.zfill(10))
    else:
        tokens += _tokens(number)
        order += filter(None, [segment.code_order(number)])
    keys = _coded("code", tokens, one, two) or [whole("code", "")]
    for at, former in enumerate(document.former_codes):
        if at:
            one.append(" ".join([APART] * GAP))
            two.append(" ".join([APART] * GAP))
        keys += _coded("former_code", _tokens(former), one, two)
    return keys, "-".join(order)


def _coded(name: str, tokens: Sequence[str], one: list[str], two: list[str]) -> list[str]:
    """A code's tokens into the streams; its beginnings and itself as keys."""
    if not tokens:
        return []
    _any(name, tokens, one, two)
    levels = list(accumulate(tokens, "{}-{}".format))
    return [*[f"{name}:{level}" for level in levels[:-1]], whole(name, levels[-1])]


def _tokens(code: str) -> tuple[str, ...]:
    """The tokens of a code, in which no number is anybody's."""
    return tuple(filter(None, segment.key(code).split("-")))
