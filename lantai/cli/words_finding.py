"""What is said of results: hits, counts, suggestions, saved searches, and where a query is mistaken."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lantai.cli.words import plain, value_of
from lantai.messages import label, retell, say, word

_AROUND = 30
"""So many characters of a query are shown on each side of a mistake."""


def of_hits(found: Mapping[str, Any]) -> Iterator[str]:
    """Search results, what else may have been meant, and how to go on."""
    yield say("hits", total=found["total"])
    yield from _lines(found["hits"])
    for field, values in (found.get("facets") or {}).items():
        counted = "  ".join(f"{value_of(field, v['value'])} {v['count']}" for v in values)
        yield say("facet", field=label(field), values=counted)
    for query in found.get("did_you_mean") or ():
        yield say("did-you-mean", query=plain(query))
    if found.get("cursor"):
        yield say("hits-more", cursor=found["cursor"])


def _lines(hits: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Two or three lines a hit: code and title, with marks where the title says why it was found; author,
    date and access; else the snippet.
    """
    for hit in hits:
        told = hit["snippet"].replace("«", "").replace("»", "") == " ".join(hit["title"].split())
        yield f"  {hit['code']}  {plain(hit['snippet'] if told else hit['title'])}"
        about = (plain(hit["author"]), hit["date"], word("access", hit["access"]))
        yield "      " + "  ".join(part for part in about if part)
        if hit["snippet"] and not told:
            yield f"      {plain(hit['snippet'])}"


def of_list(done: Mapping[str, Any]) -> Iterator[str]:
    """A list of results written."""
    yield say("list-written", rows=done["rows"], file=plain(done["file"]))
    if done["undescribed"]:
        yield say("list-undescribed", count=done["undescribed"])


def of_browse(shown: Mapping[str, Any]) -> Iterator[str]:
    """Where somebody stands, the next level with its counts, or the items."""
    path = "  ".join(say("field", field=label(name), value=plain(v)) for name, v in shown["path"].items())
    yield from [path] if path else []
    yield say("hits", total=shown["total"])
    if shown["values"]:
        yield say("browse-level", level=label(shown["level"]))
        for one in shown["values"]:
            yield f"  {plain(one['value'])}  {one['count']}"
        if shown["unnamed"]:
            yield say("browse-unnamed", count=shown["unnamed"], level=label(shown["level"]))
    yield from _lines(shown["hits"])
    if shown.get("cursor"):
        yield say("hits-more", cursor=shown["cursor"])


def of_suggestions(found: Mapping[str, Any]) -> Iterator[str]:
    """Ways to go on, one a line."""
    if not found["suggestions"]:
        yield say("no-suggestions")
    for one in found["suggestions"]:
        yield f"  {plain(one['text'])}"


def of_searches(listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Saved searches, each with what it finds today."""
    if not listed:
        yield say("no-searches")
    for one in listed:
        if one["mistake"]:
            yield say("search-mistaken", name=plain(one["name"]), reason=plain(retell(one["mistake"])))
            continue
        narrowed = (
            say("field", field=label(name), value=", ".join(value_of(name, v) for v in values))
            for name, values in one["filters"].items()
        )
        about = "  ".join([plain(one["query"]), *narrowed, word("order", one["order"])])
        yield say("search-line", name=plain(one["name"]), total=one["total"], about=about)


def of_search_saved(name: str) -> str:
    """A search saved."""
    return say("search-saved", name=plain(name))


def of_search_forgotten(name: str) -> Iterator[str]:
    """A saved search forgotten."""
    yield say("search-forgotten", name=plain(name))


def pointed(query: str, place: int) -> Iterator[str]:
    """The query around `place` (in characters) and a caret under it, as wide as a terminal shows it."""
    start, end = max(0, place - _AROUND), min(len(query), place + _AROUND)
    before, after = plain(query[start:place]), plain(query[place:end])
    cut = "…" if start else ""
    yield f"  {cut}{before}{after}{'…' if end < len(query) else ''}"
    yield f"  {' ' * (len(cut) + _width(before))}^"


def _width(text: str) -> int:
    """Columns of a terminal: two for a wide character, none for a mark that is written over another."""
    wide = {"W": 2, "F": 2}
    return sum(
        0 if unicodedata.combining(one) else wide.get(unicodedata.east_asian_width(one), 1) for one in text
    )
