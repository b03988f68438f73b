"""What both doors make of somebody's words before they ask: order, filters, a kept search, a list's headings.

Not here: finding itself (`processes.finding.find`), reading a command's or a request's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lantai.errors import UsageMistake
from lantai.messages import label, word
from policies.access import STATUSES

if TYPE_CHECKING:
    from lantai.wiring import Archive
    from processes.finding.find import Asked
    from search.index import Order


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody typed: a query, or the name of a kept search; filters, order, page and facets."""

    query: str = ""
    saved: str = ""
    filters: Mapping[str, Sequence[str] | None] | None = None
    order: str = ""
    limit: int = 20
    cursor: str = ""
    facets: bool = False

    @property
    def narrowed(self) -> dict[str, Sequence[str]]:
        """The filters that name a value."""
        return {name: values for name, values in (self.filters or {}).items() if values}


def need_sense(words: Words) -> None:
    """The words fit together. Raises `UsageMistake`."""
    if not (words.query or words.saved):
        raise UsageMistake("say what to look for; * finds everything")
    if words.saved and (words.query or words.narrowed):
        raise UsageMistake("a kept search brings its own query and filters")
    if not set(words.narrowed.get("access", ())) <= set(STATUSES):
        raise UsageMistake("the access is one of open, restricted, postponed, closed, unreviewed")
    order_of(words.order)


def order_of(name: str) -> Order:
    """The order of that name, by relevance where there is none. Raises `UsageMistake`."""
    from search.index import Order

    if name not in ("", *Order):
        raise UsageMistake("the order is one of relevance, newest, oldest, code")
    return Order(name or "relevance")


def asked_of(archive: Archive, words: Words, *, readings: bool = True) -> Asked:
    """What is asked by words that make sense; a kept search as it was kept, but for its page, and its order
    where another is named. Raises `NotFound`, `SearchUnreadable`.
    """
    from processes.finding.find import Asked
    from processes.finding.saved import asked_again

    order = order_of(words.order)
    asked = Asked(words.query, words.narrowed, words.limit, words.cursor, words.facets, order, readings)
    if not words.saved:
        return asked
    kept = asked_again(archive.database, words.saved, archive.subject)
    order = order if words.order else kept.order
    return replace(asked, query=kept.query, filters=kept.filters, order=order)


def list_words() -> tuple[list[str], dict[str, str]]:
    """The headings of a list of results, and what its statuses are called, in the reader's language."""
    from processes.finding.result_list import COLUMNS

    return headings(COLUMNS), {status: word("access", status) for status in STATUSES}


def headings(columns: Sequence[str]) -> list[str]:
    """What the columns of a list are called in the reader's language."""
    called = [word("column", name) if word("column", name) != name else label(name) for name in columns]
    return [name[:1].upper() + name[1:] for name in called]
