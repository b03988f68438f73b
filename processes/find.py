"""Finding: what a person may see of the index, in the interface's shape.

Search filters inside the engine by the person's view. Not done here: showing one item (`processes.show`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.database import Database
from policies.access import Subject
from processes.seen import seen_by
from processes.suggest import did_you_mean as meant
from search.index import Hit, Order, Results
from search.living import LivingIndex
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


def search(
    database: Database, index: LivingIndex, work: Path, asked: Asked, subject: Subject | None
) -> dict[str, Any]:
    """One page of what `subject` may see. Raises `QueryMistake` with the place, `IndexLost`."""
    query = parse(asked.query)
    seen = seen_by(subject, database, index, work)
    found = seen.search(
        query,
        filters=asked.filters,
        limit=asked.limit,
        cursor=asked.cursor,
        facets=asked.facets,
        order=asked.order,
    )
    few = asked.readings and not asked.cursor
    return {
        "total": found.total,
        "hits": [as_hit(hit) for hit in found.hits],
        "facets": counted(found),
        "cursor": found.cursor,
        "did_you_mean": meant(seen, asked.query, asked.filters, found.total) if few else [],
    }


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
