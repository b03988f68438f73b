"""The leaves of a query tree: what one word, phrase or range means in its field."""

from __future__ import annotations

import re

from search import segment
from search.dates import span
from search.errors import QueryMistake
from search.fields import KINDS, Kind, value_of
from search.lexer import Lexeme
from search.nodes import And, CodeRange, Field, Node, Not, Phrase, Range, Value, Words
from search.patterns import has_wildcard, pattern

_BOUNDS = re.compile(r"(.*?)(?:\s+(?:TO|to|To|至)\s+|至)(.*)", re.DOTALL)
_YEAR = re.compile(r"[0-9]{1,4}")
_PLACES = ("box", "shelf")
"""Where `3排2列` means just that, and not 2排3列."""


def word(sign: Lexeme, field: str) -> Node | None:
    """An unquoted run of signs; None where it holds nothing that can be looked for."""
    kind = KINDS[field] if field else Kind.TEXT
    if has_wildcard(sign.text):
        return pattern(sign, field)
    match kind:
        case Kind.YEAR | Kind.DATE:
            return Field(field, Range(*_moment(sign.text, kind, sign.place)))
        case Kind.VALUE:
            return _value(sign, field)
        case Kind.CODE:
            return _phrase(sign.text, field)
    if field in _PLACES:
        return _phrase(sign.text, field)
    found = segment.words(sign.text)
    return _in(field, Words(found)) if found else None


def phrase(sign: Lexeme, field: str) -> Node | None:
    """A quoted run; empty quotes are refused, as they could only mean something else."""
    kind = KINDS[field] if field else Kind.TEXT
    if kind in (Kind.YEAR, Kind.DATE):
        return Field(field, Range(*_moment(sign.text, kind, sign.place)))
    if kind is Kind.VALUE:
        return _value(sign, field)
    found = _phrase(sign.text, field)
    if found is None:
        raise QueryMistake(sign.place, "there is no word between these quotation marks")
    return found


def range_(sign: Lexeme, field: str) -> Node:
    """`[low TO high]`; `{` and `}` leave the bound itself out; an absent bound or * is open."""
    if field not in ("code", "date", "year"):
        raise QueryMistake(sign.place, "only code, date and year have ranges; put brackets in quotes")
    bounds = _BOUNDS.fullmatch(f" {sign.text[1:-1]} ")
    if bounds is None:
        raise QueryMistake(sign.place, _FORMS[field])
    low, high = ("" if part.strip() == "*" else part.strip() for part in bounds.groups())
    if field == "code":
        return _codes(sign, low, high)
    return Field(field, _moments(sign, KINDS[field], low, high))


_FORMS = {
    "code": "a range of codes is written [A014-WS·2016-Y-0001 TO A014-WS·2016-Y-0100]",
    "date": "a range is written [1949 TO 1966]",
    "year": "a range is written [1949 TO 1966]",
}


def _moments(sign: Lexeme, kind: Kind, low: str, high: str) -> Range:
    start, end = (_moment(part, kind, sign.place) if part else None for part in (low, high))
    first, last = (start[0] if start else None), (end[1] if end else None)
    if start and sign.text[0] == "{":
        first = start[1] + 1
    if end and sign.text[-1] == "}":
        last = end[0] - 1
    if last is not None and last < (first or 0):
        raise QueryMistake(sign.place, "this range ends before it begins")
    return Range(first, last)


def _codes(sign: Lexeme, low: str, high: str) -> Node:
    """A bound holds, or leaves out, every code that begins with it, as a year in dates holds its days."""
    first, last = (segment.code_order(part) for part in (low, high))
    for part, order in ((low, first), (high, last)):
        if part and (not order or has_wildcard(part)):
            raise QueryMistake(sign.place, _FORMS["code"])
    left_out = last and sign.text[-1] == "}"
    if first and sign.text[0] == "{":
        first += segment.AFTER
    if last and (first > last + segment.AFTER or (left_out and first >= last)):
        raise QueryMistake(sign.place, "this range ends before it begins")
    held = Field("code", CodeRange(first or None, last or None))
    return And((held, Not(Field("code", CodeRange(last, last))))) if left_out else held


def _moment(text: str, kind: Kind, place: int) -> tuple[int, int]:
    """A year or date as its first and last number."""
    if kind is Kind.DATE:
        days = span(text)
        if days is None:
            raise QueryMistake(place, "a date is written 1949, 1949-10 or 1949-10-01; a range [1949 TO 1966]")
        return days
    year = segment.fold(text).strip().removesuffix("年")
    if not _YEAR.fullmatch(year):
        raise QueryMistake(place, "a year is written 2016; a range [2010 TO 2016]")
    return int(year), int(year)


def _value(sign: Lexeme, field: str) -> Node:
    key = value_of(field, sign.text)
    if key is None:
        raise QueryMistake(sign.place, _VALUES[field])
    if not key:
        raise QueryMistake(sign.place, f"nothing follows {field}:")
    return Field(field, Value(key))


_VALUES = {
    "access": "access is open, restricted, postponed, closed or unreviewed",
    "secrecy": "the secrecy marks that can be looked for are internal and domestic",
}


def _phrase(text: str, field: str) -> Node | None:
    found = segment.tokens(text)
    return _in(field, Phrase(found)) if found else None


def _in(field: str, part: Words | Phrase) -> Node:
    return Field(field, part) if field else part
