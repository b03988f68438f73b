"""What a query finds, read off its tree and plain documents one by one: what engines are held against.

Slow and simple on purpose; it shares with the engines the tokens of a text (`search.segment`) and no
more. Not done here: the view (`policies.access`), order, facets, snippets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from policies.access import PUBLIC_FIELDS
from search import segment
from search.dates import span
from search.fields import KINDS, Kind
from search.index import Document
from search.nodes import (
    ANY,
    And,
    CodeRange,
    Everything,
    Field,
    Like,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Value,
    Wild,
    Words,
)

TEXTS = tuple(name for name, kind in KINDS.items() if kind is Kind.TEXT)
CODES = tuple(name for name, kind in KINDS.items() if kind is Kind.CODE)
ONLY_NAMED = ("box", "shelf")
OF_CODE = ("fonds", "category", "retention", "office", "access", "code", "year", "date")
"""What everybody may name who may see a record at all."""

Fits = Callable[[str], bool]
_tokens = lru_cache(maxsize=100_000)(segment.tokens)


def matches(node: Node, document: Document, full: bool = True) -> bool:
    """Whether a tree finds a document that is shown wholly (`full`), or else by its public fields alone
    and without personal identifiers.
    """
    match node:
        case And(parts) | Or(parts):
            each = (matches(part, document, full) for part in parts)
            return all(each) if isinstance(node, And) else any(each)
        case Not(part):
            return not matches(part, document, full)
        case Field(name, part):
            return _may_name(name, full) and _in_field(name, part, document, full)
    return isinstance(node, Everything) or _anywhere(node, document, full)


def _anywhere(part: Words | Phrase | Prefix | Wild | Like, document: Document, full: bool) -> bool:
    if "-" in _pattern(part):
        return _in_field("code", part, document, full)
    names = [name for name in (*TEXTS, *CODES) if _may_name(name, full) and name not in ONLY_NAMED]
    return _in_texts(part, [text for name in names for text in _texts(name, document)], full)


def _pattern(part: object) -> str:
    return part.start if isinstance(part, Prefix) else part.pattern if isinstance(part, Wild) else ""


def _may_name(name: str, full: bool) -> bool:
    return full or name in PUBLIC_FIELDS or name in OF_CODE


def _texts(name: str, document: Document) -> list[str]:
    return list(document.former_codes) if name == "former_code" else [getattr(document, name)]


def _in_field(name: str, part: object, document: Document, full: bool) -> bool:
    texts = _texts(name, document)
    if name == "code" and full:
        texts += document.former_codes
    match part:
        case Range(low, high):
            return _in_range(_numbers(name, document), low, high)
        case CodeRange(low_code, high_code):
            order = segment.code_order(document.code)
            below = high_code is None or order < high_code + segment.AFTER
            return bool(order) and (low_code or "") <= order and below
        case Value(key):
            return key in _keys(name, document)
        case Prefix() | Wild() if KINDS[name] is not Kind.TEXT:
            return any(map(_fitting(part), _whole(name, texts, document)))
    assert isinstance(part, Words | Phrase | Prefix | Wild | Like)
    return _in_texts(part, texts, full)


def _in_texts(part: Words | Phrase | Prefix | Wild | Like, texts: list[str], full: bool) -> bool:
    match part:
        case Words(words):
            return all(_run(run, texts, full) for run in words)
        case Phrase(tokens):
            return _run(tokens, texts, full)
    return _word(part, texts, full)


def _run(run: tuple[str, ...], texts: Iterable[str], full: bool) -> bool:
    """Neighbouring tokens in one of the texts."""
    if not full and any(segment.PRIVATE in token for token in run):
        return False
    held = [_tokens(text) for text in texts]
    return any(
        all(wanted in (ANY, token) for wanted, token in zip(run, one[at:], strict=False))
        for one in held
        for at in range(len(one) - len(run) + 1)
    )


def _word(part: Prefix | Wild | Like, texts: Iterable[str], full: bool) -> bool:
    fits = _fitting(part)
    for token in (token for text in texts for token in _tokens(text)):
        private = token.startswith(segment.PRIVATE)
        if private and (not full or isinstance(part, Like)):
            continue
        if fits(token.removeprefix(segment.PRIVATE)):
            return True
    return False


def _fitting(part: Prefix | Wild | Like) -> Fits:
    match part:
        case Prefix(start):
            return lambda token: token.startswith(start)
        case Wild(pattern):
            return _fits(pattern)
        case Like(wanted):
            return lambda token: token == wanted or (len(wanted) >= 3 and _one_apart(token, wanted))


def _fits(pattern: str) -> Fits:
    signs = {"*": ".*", "?": "."}
    expression = re.compile("".join(signs.get(one) or re.escape(one) for one in pattern), re.DOTALL)
    return lambda text: expression.fullmatch(text) is not None


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter more, less, changed, or two changed places make one of the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((at for at in range(len(short)) if short[at] != long[at]), len(short))
    if len(long) > len(short):
        return short[at:] == long[at + 1 :]
    swapped = long[:at] + long[at : at + 2][::-1] + long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or short == swapped


def _whole(name: str, texts: list[str], document: Document) -> list[str]:
    if KINDS[name] is Kind.CODE:
        return [key for text in texts if (key := segment.key(text))]
    return _keys(name, document)


def _keys(name: str, document: Document) -> list[str]:
    """A value; a category's levels above it too."""
    if name == "category":
        levels = segment.tokens(document.category)
        return ["-".join(levels[: end + 1]) for end in range(len(levels))]
    key = segment.key(getattr(document, name))
    return [key] if key else []


def _numbers(name: str, document: Document) -> tuple[int, int] | None:
    if name == "date":
        return span(document.date)
    year = document.year
    return (int(year), int(year)) if year.isascii() and year.isdigit() and len(year) <= 4 else None


def _in_range(held: tuple[int, int] | None, low: int | None, high: int | None) -> bool:
    if held is None:
        return False
    return held[1] >= (low or 0) and (high is None or held[0] <= high)
