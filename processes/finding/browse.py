"""Going through an archive without a query: fonds, category, year, office, then the items by their codes.

At every level the answer counts what is in view, so a level of which nothing is in view is not there,
and one that is not there looks the same. Not here: queries (`processes.finding.find`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.database import Database
from policies.access import Subject
from processes.finding.find import as_hit
from processes.finding.seen import Seen, seen_by
from search import segment
from search.errors import QueryMistake
from search.index import MOST_FACET_VALUES, Order
from search.living import LivingIndex
from search.nodes import And, Everything, Field, Node, Not, Or, Range, Value

LEVELS = ("fonds", "category", "year", "office")
_MOST_ASKED = 25
"""So often is a level asked for its next 200 values; an archive has fewer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: values of the first levels. With `listed`, all items below are listed, and not
    the values of the next level.
    """

    values: Sequence[str] = ()
    listed: bool = False
    limit: int = 20
    cursor: str = ""


def browse(
    database: Database, index: LivingIndex, work: Path, place: Place, subject: Subject | None
) -> dict[str, Any]:
    """What stands at `place`: the values of the next `level`, each with its count, in order; or, behind the
    last level and where no item has a value of the next one, the items, in the order of their codes.

    `unnamed` counts the items in view that have no value of this level. Raises `QueryMistake`,
    `CursorMistake`, `IndexLost`.
    """
    if len(place.values) > len(LEVELS) or not all(place.values):
        raise QueryMistake(0, "browse goes by fonds, category, year and office")
    seen = seen_by(subject, database, index, work)
    filters = dict(zip(LEVELS, place.values, strict=False))
    level = LEVELS[len(filters)] if len(filters) < len(LEVELS) else ""
    counts: list[tuple[str, int]] = []
    here = _here(seen, filters)
    total = seen.search(here, filters=filters, limit=0).total
    if level and not place.listed and not place.cursor:
        counts = _values(seen, here, filters, level)
    told: dict[str, Any] = {"path": filters, "level": level if counts else "", "total": total}
    told["values"] = [{"value": value, "count": count} for value, count in counts]
    told["unnamed"] = max(total - sum(count for _, count in counts), 0) if counts else 0
    hits, cursor = ([], None) if counts else _items(seen, here, filters, place)
    return told | {"hits": hits, "cursor": cursor}


def _here(seen: Seen, filters: dict[str, str]) -> Node:
    """All that stands at a place: what a category's own levels hold stands at those, and is counted there."""
    if "category" not in filters:
        return Everything()
    found = seen.search(Everything(), filters=filters, limit=0, facets=("category",)).facets
    own = segment.key(filters["category"])
    below = [one.value for one in found.get("category", ()) if segment.key(one.value) != own]
    return _without("category", below) if below else Everything()


def _without(level: str, values: Iterable[str]) -> Node:
    return And((Everything(), Not(Or(tuple(_having(level, value) for value in values)))))


def _values(seen: Seen, here: Node, filters: dict[str, str], level: str) -> list[tuple[str, int]]:
    """Every value of a level in view, in natural order; asked again without the values known, where an
    answer was full.
    """
    found: dict[str, int] = {}
    query = here
    for _ in range(_MOST_ASKED):
        page = seen.search(query, filters=filters, limit=0, facets=(level,)).facets.get(level, ())
        new = {one.value: one.count for one in page if one.value and one.value not in found}
        found.update(new)
        if len(page) < MOST_FACET_VALUES or not new:
            break
        query = And((here, _without(level, found)))
    return sorted(found.items(), key=lambda one: segment.code_order(one[0]))


def _having(level: str, value: str) -> Field:
    if level == "year":
        return Field(level, Range(int(value), int(value)))
    return Field(level, Value(segment.key(value)))


def _items(
    seen: Seen, here: Node, filters: dict[str, str], place: Place
) -> tuple[list[dict[str, str]], str | None]:
    found = seen.search(here, filters=filters, limit=place.limit, cursor=place.cursor, order=Order.CODE)
    return [as_hit(hit) for hit in found.hits], found.cursor
