"""Finding: what a person may see of the index, in the interface's shape.

Search filters inside the engine by the person's view. Not done here: showing one item (`processes.finding`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from archive.database import Database
from policies.access import Subject, view_of
from processes.finding.seen import Seen, seen_now, waits
from processes.finding.suggest import did_you_mean as meant
from search.errors import CursorMistake
from search.index import Hit, Order, Results
from search.living import LivingIndex
from search.nodes import Node
from search.query import parse


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: a query, and how its answer is narrowed, ordered, counted and paged.

    `filters` name fields of `search.index.FACETS` with the values allowed; `facets` as `Index.search`. With
    `readings`, what may have been meant is looked for where nothing is found.
    """

    query: str
    filters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    limit: int = 20
    cursor: str = ""
    facets: bool | Sequence[str] = False
    order: Order = Order.RELEVANCE
    readings: bool = True

    @property
    def key(self) -> tuple[Hashable, ...]:
        """The same for the same question."""
        filters = tuple(
            (name, values if isinstance(values, str) else tuple(values))
            for name, values in self.filters.items()
        )
        facets = self.facets if isinstance(self.facets, bool) else tuple(self.facets)
        return self.query, filters, self.limit, self.cursor, facets, self.order, self.readings


def search(
    database: Database,
    index: LivingIndex,
    work: Path,
    asked: Asked,
    subject: Subject | None,
    waiting: bool | None = None,
) -> dict[str, Any]:
    """One page of what `subject` may see. Raises `QueryMistake` with the place, `IndexLost`.

    `waiting` is what `processes.finding.seen.waits` said a moment ago, where it was asked.
    """
    query = parse(asked.query)
    seen = seen_now(subject, database, index, work, waits(database) if waiting is None else waiting)
    found = _found(seen, query, asked)
    few = asked.readings and not asked.cursor
    return {
        "total": found.total,
        "hits": [as_hit(hit) for hit in found.hits],
        "facets": counted(found),
        "cursor": found.cursor,
        "did_you_mean": meant(seen, asked.query, asked.filters, found.total) if few else [],
    }


def written(
    database: Database,
    index: LivingIndex,
    work: Path,
    asked: Asked,
    subject: Subject | None,
    waiting: bool | None = None,
) -> bytes:
    """What `search` gives, as JSON in one piece; raises as it does.

    An answer hangs on the documents in the index, on the view and on the question alone where nothing waits
    for the index. So it is kept by these (`index.kept`), and given again to the same view while nothing waits
    and the index is as it was. Whoever sees less or more since has another view, or something waits.
    """
    waiting = waits(database) if waiting is None else waiting
    if waiting:
        return msgspec.json.encode(search(database, index, work, asked, subject, waiting))
    state, question = index.state(), (view_of(subject), asked.key)
    answer = index.kept.given(state, question)
    if answer is None:
        told = search(database, index, work, asked, subject, waiting)
        answer = msgspec.json.encode(told)
        if told["total"] or index.count():  # an empty index may be a lost one: looked at each time
            index.kept.keep(state, question, answer)
    return answer


def _found(seen: Seen, query: Node, asked: Asked) -> Results:
    """The page. Raises `IndexLost` where nothing can be found; only who finds nothing is told, so only then
    it is looked for.
    """
    try:
        found = seen.search(
            query,
            filters=asked.filters,
            limit=asked.limit,
            cursor=asked.cursor,
            facets=asked.facets,
            order=asked.order,
        )
    except CursorMistake:
        seen.need_index()
        raise
    if not found.total:
        seen.need_index()
    return found


def as_hit(hit: Hit) -> dict[str, str]:
    """A hit in the interface's shape."""
    return {
        "code": hit.code,
        "title": hit.title,
        "author": hit.author,
        "fonds": hit.fonds,
        "year": hit.year,
        "category": hit.category,
        "retention": hit.retention,
        "office": hit.office,
        "date": hit.date,
        "access": hit.access,
        "snippet": hit.snippet,
    }


def counted(found: Results) -> dict[str, list[dict[str, Any]]]:
    """Facets in the interface's shape."""
    return {
        name: [{"value": one.value, "count": one.count} for one in values]
        for name, values in (found.facets or {}).items()
    }
