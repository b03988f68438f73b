"""Answers of the tantivy index: total, facets and one page of hits, all on one state of the index.

Total and facets are counted in one pass and kept for a while, as the next page asks for them again; hits are
looked for tier by tier until the page is full. A kept count is of one state of the index and one view.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy
from tantivy import Query

from policies.access import View
from search import pages, records
from search.errors import CursorMistake, QueryMistake
from search.index import FACETS, MOST_HITS, FacetValue, Order, Results
from search.nodes import Node
from search.question import Question
from search.snippets import Marker, wanted
from search.translate import Translator

_BUCKETS = 60_000
_KEPT = 500
_FIELDS = {Order.RELEVANCE: "rank", Order.NEWEST: "newest", Order.OLDEST: "oldest", Order.CODE: "order_code"}
_WAYS = {
    Order.RELEVANCE: tantivy.Order.Desc,
    Order.NEWEST: tantivy.Order.Desc,
    Order.OLDEST: tantivy.Order.Asc,
    Order.CODE: tantivy.Order.Asc,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What `Index.search` was asked."""

    query: Node
    view: View
    filters: Mapping[str, str | Sequence[str]]
    limit: int
    cursor: str | None
    facets: bool | Sequence[str]
    order: Order
    without: Collection[str]
    snippets: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The facets to count, in their order. Raises QueryMistake for what is none."""
        wanting = (FACETS if self.facets else ()) if isinstance(self.facets, bool) else self.facets
        if not set(wanting) <= set(FACETS):
            raise QueryMistake(0, f"facets are {', '.join(FACETS)}")
        several = len(self.view.statuses) > 1
        return tuple(name for name in FACETS if name in wanting and (several or name != "access"))


@dataclass(frozen=True, slots=True)
class _Found:
    """A document of a page: its value in the order, its tier, its address in the engine."""

    value: Any
    tier: int
    address: tantivy.DocAddress


class Answers:
    """Makes answers for one index; keeps the last counts."""

    def __init__(self, index: tantivy.Index, schema: tantivy.Schema) -> None:
        self._index, self._schema = index, schema
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[int, dict[str, tuple[FacetValue, ...]]]] = OrderedDict()

    def forget(self) -> None:
        """The index has another state."""
        with self._lock:
            self._kept.clear()

    def answer(self, searcher: tantivy.Searcher, state: int, asked: Asked) -> Results:
        """One page. `state` names the state of the index that the searcher has open."""
        if not 0 <= asked.limit <= MOST_HITS:
            raise QueryMistake(0, f"a page has 0 to {MOST_HITS} hits")
        names = asked.names
        translator = Translator(self._index, self._schema)
        question = Question(translator, self._schema, asked.query, asked.view, asked.filters, asked.without)
        after = pages.place(asked.cursor, asked.order) if asked.cursor else None
        page = _Page(searcher, translator, question, asked.order)
        begin = page.behind(after) if after else None
        total, facets = self._counted(searcher, state, question, asked, names)
        found = page.found(min(asked.limit + 1, total) if asked.limit else 0, begin)
        shown = found[: asked.limit]
        marker = Marker(wanted(asked.query)) if asked.snippets else None
        hits = tuple(records.hit(searcher.doc(one.address), asked.view, marker) for one in shown)
        more = len(found) > len(shown)
        return Results(total, hits, facets, page.cursor(shown[-1], hits[-1].code) if more and shown else None)

    def _counted(
        self,
        searcher: tantivy.Searcher,
        state: int,
        question: Question,
        asked: Asked,
        names: tuple[str, ...],
    ) -> tuple[int, dict[str, tuple[FacetValue, ...]]]:
        """Total and facets; exact, as the engine's own cut of values lies above what an archive can have."""
        filters = tuple((name, repr(value)) for name, value in sorted(asked.filters.items()))
        key = (state, asked.query, asked.view, filters, tuple(names), frozenset(asked.without))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        counted = _counts(searcher, question.all(), names)
        with self._lock:
            self._kept[key] = counted
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return counted


class _Page:
    """The hits of one page, in one order."""

    def __init__(
        self, searcher: tantivy.Searcher, translator: Translator, question: Question, order: Order
    ) -> None:
        self._searcher, self._translator = searcher, translator
        self._question, self._order = question, order
        self._tiers = question.tiers if order is Order.RELEVANCE else 1

    def behind(self, place: pages.Place) -> _Found:
        """The document that a cursor names. Raises CursorMistake where that is not among the matches."""
        if not 0 <= place.tier < self._tiers or not place.nth >= 0:
            raise CursorMistake
        same = self._question.coded(place.code)
        if place.nth and place.nth >= _count(self._searcher, same):  # the engine makes room for so many
            raise CursorMistake
        found = self._searched(same, place.nth + 1)
        if not found:
            raise CursorMistake
        value, address = found[place.nth]
        return _Found(value, place.tier, address)

    def found(self, most: int, begin: _Found | None) -> list[_Found]:
        """The first so many documents behind `begin`."""
        found: list[_Found] = []
        for tier in range(begin.tier if begin else 0, self._tiers):
            if len(found) >= most:
                break
            also = [self._further(begin.value)] if begin and begin.tier == tier else []
            asked = self._tier(tier, also)
            hits = self._searched(asked, most - len(found))
            found += [_Found(value, tier, address) for value, address in hits]
        return found

    def cursor(self, last: _Found, code: str) -> str:
        """The cursor of the page behind a document."""
        same = self._searched(self._question.coded(code), 2)
        nth = 0
        if len(same) > 1:
            nth = _count(self._searcher, self._question.coded(code, self._nearer(last.value)))
        return pages.cursor(pages.Place(self._order, last.tier, nth, code))

    def _tier(self, tier: int, also: Sequence[Query]) -> Query:
        if self._order is Order.RELEVANCE:
            return self._question.tier(tier, *also)
        return self._question.all(*also)

    def _searched(self, query: Query, most: int) -> list[tuple[Any, tantivy.DocAddress]]:
        if most <= 0:
            return []
        found = self._searcher.search(
            query, limit=most, count=False, order_by_field=_FIELDS[self._order], order=_WAYS[self._order]
        )
        return list(found.hits)

    def _further(self, value: Any) -> Query:
        """What comes behind a value of the order."""
        if self._order is Order.CODE:
            return self._translator.codes_between(f"{{{value}", "*]")
        return self._side(value, behind=True)

    def _nearer(self, value: Any) -> Query:
        """What comes before a value of the order."""
        if self._order is Order.CODE:
            return self._translator.codes_between("[*", f"{value}}}")
        return self._side(value, behind=False)

    def _side(self, value: int, *, behind: bool) -> Query:
        field = _FIELDS[self._order]
        if (_WAYS[self._order] is tantivy.Order.Asc) is behind:
            return self._translator.between(field, value + 1, None)
        return self._translator.between(field, None, value - 1) if value else Query.empty_query()


def _count(searcher: tantivy.Searcher, asked: Query) -> int:
    found: Any = searcher.search(asked, limit=1, count=True)  # the package's types leave `count` out
    return int(found.count)


def _counts(
    searcher: tantivy.Searcher, asked: Query, names: Sequence[str]
) -> tuple[int, dict[str, tuple[FacetValue, ...]]]:
    if not names:
        return _count(searcher, asked), {}
    wanting: dict[str, Any] = {"total": {"value_count": {"field": "rank"}}}
    for name in names:
        wanting[name] = {"terms": {"field": name, "size": _BUCKETS, "segment_size": _BUCKETS}}
    answer = searcher.aggregate(asked, wanting)
    facets = {name: pages.facet(_buckets(answer[name])) for name in names}
    return int(answer["total"]["value"]), facets


def _buckets(counted: Any) -> Iterator[tuple[str, int]]:
    """Values and counts; a year is counted as a number."""
    for bucket in counted["buckets"]:
        value = bucket["key"]
        yield value if isinstance(value, str) else str(int(value)), bucket["doc_count"]
