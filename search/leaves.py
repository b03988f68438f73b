"""The leaves of a query tree: what one word, phrase or range means in its field."""

from __future__ import annotations

import re

from search import segment
from search.dates import span
from search.errors import QueryMistake
from search.fields import KINDS, Kind
from search.lexer import Lexeme
from search.nodes import Everything, Field, Node, Phrase, Prefix, Range, Value, Words

_BOUNDS = re.compile(r"(.*?)(?:\s+(?:TO|to|至)\s+|至)(.*)", re.DOTALL)
_YEAR = re.compile(r"[0-9]{1,4}")


def word(sign: Lexeme, field: str) -> Node | None:
    """An unquoted run of signs; None where it holds nothing that can be looked for."""
    kind = KINDS[field] if field else Kind.TEXT
    if "*" in sign.text:
        return _starred(sign, field, kind)
    match kind:
        case Kind.YEAR | Kind.DATE:
            return Field(field, Range(*_moment(sign.text, kind, sign.place)))
        case Kind.VALUE:
            return _value(sign, field)
        case Kind.CODE:
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
    kind = KINDS.get(field, Kind.TEXT)
    if kind not in (Kind.YEAR, Kind.DATE):
        raise QueryMistake(sign.place, "only date and year have ranges; put words with brackets in quotes")
    bounds = _BOUNDS.fullmatch(f" {sign.text[1:-1]} ")
    if bounds is None:
        raise QueryMistake(sign.place, "a range is written [1949 TO 1966]")
    low, high = (_bound(part.strip(), kind, sign.place) for part in bounds.groups())
    first, last = (low[0] if low else None), (high[1] if high else None)
    if low and sign.text[0] == "{":
        first = low[1] + 1
    if high and sign.text[-1] == "}":
        last = high[0] - 1
    if last is not None and last < (first or 0):
        raise QueryMistake(sign.place, "this range ends before it begins")
    return Field(field, Range(first, last))


def _bound(text: str, kind: Kind, place: int) -> tuple[int, int] | None:
    return None if text in ("", "*") else _moment(text, kind, place)


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
    key = segment.key(sign.text)
    if not key:
        raise QueryMistake(sign.place, f"nothing follows {field}:")
    return Field(field, Value(key))


def _phrase(text: str, field: str) -> Node | None:
    found = segment.tokens(text)
    return _in(field, Phrase(found)) if found else None


def _in(field: str, part: Words | Phrase | Prefix) -> Node:
    return Field(field, part) if field else part


def _starred(sign: Lexeme, field: str, kind: Kind) -> Node:
    """A run that ends with a star, or the star alone."""
    if not field and sign.text in ("*", "*:*"):
        return Everything()
    head = sign.text[:-1]
    found = segment.tokens(head)
    if "*" in head or sign.text[-1] != "*" or not found or kind in (Kind.YEAR, Kind.DATE):
        raise QueryMistake(sign.place, "a star stands alone or at the end of a word or code")
    if kind is Kind.TEXT and segment.wide(found[-1]):
        return _in(field, Phrase(found))
    start = segment.key(head)
    if segment.tokens(head[-1]) == ():
        start += "-"
    if kind is Kind.TEXT and len(found) > 1 and (field or not segment.code_like(head + "0")):
        raise QueryMistake(sign.place, "a star follows one word, a Chinese run or a code")
    return _in(field, Prefix(start))
