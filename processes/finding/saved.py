"""Saved searches: kept for their account alone, asked again through what its view is today.

What is kept is what was typed: query, filters and order; never an answer. Not here: the table
(`archive.saved`), asking (`processes.finding.find`).
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

from archive import saved
from archive.database import Database
from policies.access import Subject
from processes.errors import NotAllowedValue, NotFound, SearchSaved, SearchUnreadable
from processes.finding.find import Asked
from processes.finding.seen import seen_by
from search.errors import QueryMistake
from search.index import FACETS, Order
from search.living import LivingIndex
from search.query import parse

LONGEST_NAME = 100
MOST_SAVED = 200


def save(
    database: Database, name: str, asked: Asked, subject: Subject, time: str, *, replace: bool = False
) -> None:
    """Keep `asked` (its page aside) for the account of `subject` under `name`.

    Raises `NotAllowedValue` for a name that cannot be or one too many, `SearchSaved` where the name is taken
    and `replace` is not set, `ReadOnly`.
    """
    if not name.strip() or len(name) > LONGEST_NAME or any(map(_unprintable, name)):
        raise NotAllowedValue(f"a saved search has a name of 1 to {LONGEST_NAME} characters")
    filters = {field: _values(values) for field, values in asked.filters.items()}
    kept = {"query": asked.query, "filters": filters, "order": asked.order.value}
    detail = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    with database.write() as tx:
        there = [one.name for one in saved.saved_searches(tx, subject.account)]
        if name in there and not replace:
            raise SearchSaved(name)
        if name not in there and len(there) >= MOST_SAVED:
            raise NotAllowedValue(f"an account saves at most {MOST_SAVED} searches; forget one first")
        saved.put_search(tx, saved.SavedSearch(subject.account, name, time, detail))


def asked_again(database: Database, name: str, subject: Subject) -> Asked:
    """What was saved under `name`. Raises `NotFound`, `SearchUnreadable`."""
    _need_name(name)
    with database.read() as conn:
        found = saved.saved_search(conn, subject.account, name)
    if found is None:
        raise NotFound(f"saved search {name}")
    return _read(found)


def forget(database: Database, name: str, subject: Subject) -> None:
    """Drop what was saved under `name`, readable or not. Raises `NotFound`, `ReadOnly`."""
    _need_name(name)
    with database.write() as tx:
        if not saved.drop_search(tx, subject.account, name):
            raise NotFound(f"saved search {name}")


def listed(database: Database, index: LivingIndex, work: Path, subject: Subject) -> list[dict[str, Any]]:
    """Every saved search of the account, by name: what it asks, and how many it finds in today's view; of
    one that can no longer be asked why, in `mistake`, and `total` is None. Raises `IndexLost`.
    """
    with database.read() as conn:
        every = saved.saved_searches(conn, subject.account)
    if not every:
        return []
    seen = seen_by(subject, database, index, work)
    told: list[dict[str, Any]] = []
    for one in every:
        line = {"name": one.name, "saved": one.saved, "query": "", "filters": {}, "order": ""}
        try:
            asked = _read(one)
            line |= {"query": asked.query, "filters": dict(asked.filters), "order": asked.order.value}
            total = seen.search(parse(asked.query), filters=asked.filters, limit=0).total
        except (SearchUnreadable, QueryMistake) as mistake:
            told.append(line | {"total": None, "mistake": mistake.reason})
        else:
            told.append(line | {"total": total, "mistake": ""})
    return told


def _read(one: saved.SavedSearch) -> Asked:
    try:
        kept = json.loads(one.detail)
        query, filters = (
            str(kept["query"]),
            {str(name): _values(kept["filters"][name]) for name in kept["filters"]},
        )
        order = Order(kept["order"])
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise SearchUnreadable(one.name, "it was written by another version") from fault
    if unknown := sorted(set(filters) - set(FACETS)):
        raise SearchUnreadable(one.name, f"results cannot be narrowed by {unknown[0]}")
    return Asked(query, filters, order=order)


def _values(values: object) -> list[str]:
    if isinstance(values, str):
        return [values]
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
        raise ValueError(values)
    return list(values)


def _need_name(name: str) -> None:
    """No search was ever saved under what is no name; not every database takes it as a question."""
    if any(map(_unprintable, name)):
        raise NotFound(f"saved search {name}")


def _unprintable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
