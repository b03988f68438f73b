"""What every search engine must do for Lantai, whatever it is made of.

The docstrings here are the contract; `tests/contract/search_index_contract.py` holds each engine
to it. Not done here: deciding who may see what (`policies.access`), reading the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from policies.access import View
from search.nodes import Node

FACETS = ("fonds", "year", "category", "retention", "office", "access")
MOST_HITS = 1_000
MOST_RANK = 2**36 - 1
MOST_FACET_VALUES = 200
MOST_FILTER_VALUES = 1_000


class Order(StrEnum):
    """How results are ordered; each order is total, whatever segments the engine has.

    RELEVANCE: by tiers of field and match (the code itself, the title as a phrase, the title, other fields,
    the text), inside a tier by descending rank. NEWEST and OLDEST: by the first day that the date names,
    then by descending rank, undated last. CODE: by `segment.code_order`, ascending.
    """

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Document:
    """An item as it can be found. `rank` is unique, 0 to MOST_RANK; it is never shown to anybody.

    `date` is a date of year, month or day precision (`search.dates`); what is none is in no range.
    """

    id: str
    rank: int
    code: str = ""
    former_codes: tuple[str, ...] = ()
    title: str = ""
    author: str = ""
    fonds: str = ""
    category: str = ""
    year: str = ""
    retention: str = ""
    office: str = ""
    date: str = ""
    access: str = ""
    secrecy: str = ""
    holder: str = ""
    keywords: str = ""
    people: str = ""
    place: str = ""
    abstract: str = ""
    document_number: str = ""
    genre: str = ""
    notes: str = ""
    box: str = ""
    shelf: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found; in `snippet` what matched stands between « and ».

    Not `full`: only what `policies.access.PUBLIC_FIELDS` names, personal identifiers masked, everywhere.
    """

    id: str
    code: str
    title: str
    fonds: str
    year: str
    category: str
    retention: str
    date: str
    access: str
    snippet: str
    author: str = ""
    office: str = ""
    keywords: str = ""
    full: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many of the matches in view have this value; unpacks as `value, count`."""

    value: str
    count: int

    def __iter__(self) -> Iterator[str | int]:
        yield self.value
        yield self.count


@dataclass(frozen=True, slots=True)
class Results:
    """One page of an answer. `total` counts all matches in view; `cursor` is None on the last page."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    cursor: str | None = None


class Index(Protocol):
    """A search index: a view of the catalogue that may be thrown away and fed again.

    Safe to use from several threads, and from several processes on one folder: writers wait for one
    another, readers see everything whose `feed` had returned before their search began.
    """

    def feed(self, documents: Iterable[Document], removed: Iterable[str] = ()) -> None:
        """Take documents in, each in place of what stood under its id, and drop the removed ids.

        All of the call takes effect at once or nothing does. When it returns, a killed process or
        machine loses nothing of it; killed before, the call is simply repeated. Idempotent: the last
        document of an id counts, and an id both given and removed is there afterwards. Raises
        RankTaken where a rank is claimed twice, IndexBusy (retryable) where another process writes.
        """

    def search(
        self,
        query: Node,
        view: View,
        *,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        facets: bool | Sequence[str] = False,
        order: Order = Order.RELEVANCE,
        without: Collection[str] = (),
        snippets: bool = True,
    ) -> Results:
        """The matches in view in `order`, `limit` (0 to 1,000) at a time.

        Every part of the answer is a function of the documents in view, the query, the filters, the order,
        the limit and the cursor, and of nothing else; a document that the view shows in part is matched by
        its public fields alone, personal identifiers excepted, and shown so. `without` names ids that are
        treated as absent. Without `snippets` they are empty: most of the time of a long page goes into them.
        No cursor (None or empty) is the first page; a cursor names the last hit that was shown by its code,
        never by its rank, and is refused where that is not in view (any more), as one that was never given
        is. `filters` names fields of FACETS with the value or values allowed. Facets (all, or those named)
        count all matches in view, most frequent first, then by value, at most 200 a field; `access` is among
        them only where the view can hold more than one status. Raises
        QueryMistake (a filter or limit that cannot be) or CursorMistake.
        """

    def clear(self) -> None:
        """Drop every document; durable when it returns."""

    def rewrite(self, documents: Iterable[Document]) -> None:
        """Put `documents` in the place of everything, in one step, durably: readers see the former state or
        the new one. When it returns, no file holds a word of what is not among them. Raises like `feed`.
        """

    def count(self) -> int:
        """How many documents there are, hidden ones included: for operators, never for researchers."""
