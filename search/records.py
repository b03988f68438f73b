"""A document as tantivy keeps it, and a hit made from what it kept."""

from __future__ import annotations

import json
from typing import Any

import tantivy

from search import segment
from search.dates import span
from search.fields import KINDS, Kind
from search.index import Document, Hit
from search.snippets import Wanted, snippet
from search.translate import keyed

_SHOWN = (
    "id",
    "code",
    "title",
    "fonds",
    "year",
    "category",
    "retention",
    "date",
    "access",
    "author",
    "office",
    "keywords",
)
_TEXTS = tuple(name for name, kind in KINDS.items() if kind is Kind.TEXT)
_DESCRIBED = tuple(name for name in _TEXTS if name != "text")


def record(document: Document) -> dict[str, Any]:
    """The engine's fields of a document."""
    codes = [document.code, *document.former_codes]
    streams = {name: segment.stream(getattr(document, name)) for name in _TEXTS}
    code_streams = [segment.stream(code) for code in codes]
    stored = {name: value for name in (*_SHOWN, *_TEXTS) if (value := getattr(document, name))}
    fields: dict[str, Any] = {
        "id": document.id,
        "rank": document.rank,
        "all": [streams[name] for name in _DESCRIBED if streams[name]] + code_streams,
        "code": code_streams,
        "keys": _keys(document, codes),
        "stored": json.dumps(stored, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    }
    fields |= {name: text for name, text in streams.items() if text}
    fields |= {
        name: getattr(document, name) for name in ("fonds", "category", "retention", "office", "access")
    }
    fields |= {"secrecy": document.secrecy, "holder": document.holder}
    return fields | _moments(document)


def hit(kept: tantivy.Document, wanting: tuple[Wanted, ...]) -> Hit:
    """What is shown of a found document."""
    stored: dict[str, str] = json.loads(kept["stored"][0])
    shown = {name: stored.get(name, "") for name in _SHOWN}
    return Hit(**shown, full=True, snippet=snippet(stored, wanting))


def _keys(document: Document, codes: list[str]) -> list[str]:
    """Whole values as terms. A category is found by its first level too: `KU` finds `KU·01`."""
    values = [("code", segment.key(code)) for code in codes]
    for name in ("fonds", "retention", "office", "access"):
        values.append((name, segment.key(getattr(document, name))))
    levels = segment.tokens(document.category)
    values += [("category", "-".join(levels[: depth + 1])) for depth in range(len(levels))]
    return [keyed(name, key) for name, key in values if key]


def _moments(document: Document) -> dict[str, int]:
    moments: dict[str, int] = {}
    if document.year.isascii() and document.year.isdigit() and len(document.year) <= 4:
        moments["year"] = int(document.year)
    days = span(document.date)
    if days:
        moments["first_day"], moments["last_day"] = days
    return moments
