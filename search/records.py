"""A document as tantivy keeps it, and a hit made from what it kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields as fields_of
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

import tantivy

from policies.access import PUBLIC_FIELDS, Standing, View, shows_all
from policies.screening import beginning, masked, possible
from search import segment
from search.dates import span
from search.fields import KINDS, Kind
from search.index import Document, Hit
from search.schema import RAW, code_place, dated, keyed, moment, standing
from search.snippets import Marker
from search.streams import BETWEEN, streams

_KEPT = (
    "id", "code", "title", "fonds", "year", "category", "retention", "date", "access", "author", "office",
    "keywords", "secrecy", "holder", "place", "abstract", "document_number", "genre", "people", "notes",
)  # fmt: skip
_kept = attrgetter(*_KEPT)
_HELD = tuple(name for name, kind in KINDS.items() if kind is Kind.VALUE)
_held = attrgetter(*_HELD)
_MOST_PAGES = 200_000
"""So many characters of the page text are kept for snippets; all of it is found."""


def prepared(documents: Iterable[Document], schema: tantivy.Schema) -> Iterator[tantivy.Document]:
    """Documents as the engine takes them."""
    made = tantivy.Document.from_dict
    for document in documents:
        yield made(record(document), schema)


def record(document: Document) -> dict[str, Any]:
    """The engine's fields of a document."""
    kept = BETWEEN.join(_kept(document))
    if kept.count(BETWEEN) != len(_KEPT) - 1 or not encodable(kept):
        return record(_cleaned(document))
    found = streams(document)
    days = _days(document.date)
    newest, oldest = moment(days[0] if days else 0, document.rank)
    found.keys += _keys(document)
    fields: dict[str, Any] = {
        "id": document.id,
        "rank": document.rank,
        "newest": newest,
        "oldest": oldest,
        "order_code": code_place(found.order, document.rank),
        "one": found.one,
        "two": found.two,
        "keys": found.keys,
        "stored": kept.encode(),
    }
    for name in RAW:
        fields[name] = getattr(document, name)
    if days:
        fields["first_day"], fields["last_day"] = days
        found.keys.append(dated(days[0] // 10_000))
    if document.year.isascii() and document.year.isdigit() and len(document.year) <= 4:
        fields["year"] = int(document.year)
    if document.text:
        fields["pages"] = beginning(document.text, _MOST_PAGES).encode("utf-8", "replace")
    return fields


def hit(kept: tantivy.Document, view: View, marker: Marker | None) -> Hit:
    """What is shown of a found document in a view; without a snippet where there is nothing to mark it."""
    shown = dict(zip(_KEPT, kept["stored"][0].decode().split(BETWEEN), strict=True))
    full = shows_all(view, Standing(*_standing_of(shown)))
    texts, mask = (shown, None) if full else _masked(shown)
    marked = ""
    if marker is not None:
        pages = kept.get_first("pages")
        if pages:
            texts, mask = texts | {"text": pages.decode()}, None if full else masked
        marked = marker.snippet(texts, mask)
    return Hit(
        id=shown["id"],
        code=shown["code"],
        title=texts["title"],
        fonds=shown["fonds"],
        year=shown["year"],
        category=shown["category"],
        retention=shown["retention"],
        date=texts["date"],
        access=shown["access"],
        snippet=marked,
        author=texts["author"],
        office=shown["office"],
        keywords=texts["keywords"],
        full=full,
    )


def _masked(shown: dict[str, str]) -> tuple[dict[str, str], Callable[[str], str] | None]:
    """The public fields without personal identifiers, and what takes them out of their pieces. Most records
    hold none, and are looked at once.
    """
    public = _public_of(shown)
    if not possible(BETWEEN.join(public)):
        return dict(zip(_PUBLIC, public, strict=True)), None
    return {name: masked(text) for name, text in zip(_PUBLIC, public, strict=True)}, masked


_standing_of = itemgetter("id", "fonds", "access", "secrecy", "holder")
_PUBLIC = tuple(name for name in _KEPT if name in PUBLIC_FIELDS)
_public_of = itemgetter(*_PUBLIC)


def _keys(document: Document) -> list[str]:
    """Whole values as terms. A category is found by its first level too: `KU` finds `KU·01`."""
    found = [*_standing(document.access, document.secrecy, document.holder)]
    for name, value in zip(_HELD, _held(document), strict=True):
        if value:
            found += _value_keys(name, value)
    return found


@lru_cache(maxsize=1_000)
def _standing(access: str, secrecy: str, holder: str) -> tuple[str, ...]:
    return (standing(access, secrecy, holder), f"secrecy={secrecy}", f"holder={holder}")


@lru_cache(maxsize=20_000)
def _value_keys(name: str, value: str) -> tuple[str, ...]:
    if name != "category":
        key = segment.key(value)
        return (keyed(name, key),) if key else ()
    levels = segment.tokens(value)
    return tuple(keyed(name, "-".join(levels[: depth + 1])) for depth in range(len(levels)))


@lru_cache(maxsize=50_000)
def _days(date: str) -> tuple[int, int] | None:
    return span(date)


def encodable(text: str) -> bool:
    """Whether a text holds no half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(document: Document) -> Document:
    """The document without half characters, and without what stands between fields."""
    texts = {one.name: getattr(document, one.name) for one in fields_of(document)}
    clean = {
        name: value.replace(BETWEEN, " ").encode("utf-8", "replace").decode()
        for name, value in texts.items()
        if isinstance(value, str)
    }
    return replace(document, **clean)  # type: ignore[arg-type]  # all of them are text
