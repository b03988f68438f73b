"""The index as one account sees it: whatever is asked of it goes through that account's view.

What fewer may see since the index was fed is looked up in the catalogue before every question, so a
decision holds for the next question, whether the index knows of it or not. Not here: what is asked
(`processes.finding.find`, `browse`, `suggest`), who may see what (`policies.access`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive import catalogue, working
from archive.database import Database
from policies.access import Clause, Subject, View, shows_all, view_of
from processes.errors import IndexLost
from processes.finding.index import feed, feed_if_free
from search.index import Order, Results
from search.living import LivingIndex
from search.nodes import Node

MOST_NARROWED = 5_000
"""So many lines of the outbox are looked up for a question; where more wait, the index is fed first."""

_ANY_FOUND = View((Clause(withdrawn=False),))


@dataclass(frozen=True, slots=True)
class Seen:
    """An index through the view of one subject, for as long as a command or request takes."""

    database: Database
    index: LivingIndex
    work: Path
    view: View
    _lost_once: list[frozenset[str]] = field(default_factory=list)

    def search(
        self,
        query: Node,
        *,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 20,
        cursor: str = "",
        facets: bool | Sequence[str] = False,
        order: Order = Order.RELEVANCE,
        snippets: bool = True,
    ) -> Results:
        """See `Index.search`; what the view lost since the index was fed counts as absent: looked up for the
        first question, and the same for all that a request asks.
        """
        if not self._lost_once:
            self._lost_once.append(self._lost())
        without = self._lost_once[0]
        return self.index.search(
            query,
            self.view,
            filters=filters,
            limit=limit,
            cursor=cursor,
            facets=facets,
            order=order,
            without=without,
            snippets=snippets,
        )

    def need_index(self) -> None:
        """Raise `IndexLost` where the index is empty and the archive is not, and no feeding will mend it."""
        if not self.index.count() and _is_lost(self.database, self.index):
            raise IndexLost

    def _lost(self) -> frozenset[str]:
        """Items that the index may know as wider open than they are: read before the index is asked.

        For whoever does not handle them these are all that were closed, withdrawn, described or recoded since
        the index was fed, in view or not: it still has the former title and code, and what was struck out
        may be why. They are there again when the index was fed.
        """
        if not waits(self.database):
            return frozenset()
        while True:
            with self.database.read() as conn:
                lines = working.narrowed(conn, -1 if self.database.read_only else MOST_NARROWED + 1)
                if len(lines) <= MOST_NARROWED or self.database.read_only:
                    ids = list(dict.fromkeys(lines))
                    standing = [record.standing for record in catalogue.items(conn, ids, self.view)]
                    break
            feed(self.database, self.index, self.work)
        return frozenset(ids) - {one.item for one in standing if shows_all(self.view, one)}


def seen_by(subject: Subject | None, database: Database, index: LivingIndex, work: Path) -> Seen:
    """The index as `subject` sees it. What waits to be indexed is fed first, unless somebody is at it.

    Raises `IndexLost` where the index is empty and the archive is not, and no feeding will mend it.
    """
    if waits(database):
        feed_if_free(database, index, work)
    seen = Seen(database, index, work, view_of(subject))
    seen.need_index()
    return seen


def seen_now(
    subject: Subject | None, database: Database, index: LivingIndex, work: Path, waiting: bool
) -> Seen:
    """As `seen_by`, for whoever has just looked whether anything is `waiting` for the index (`waits`), and
    asks `Seen.need_index` where nothing is found.
    """
    if waiting:
        feed_if_free(database, index, work)
    # Where nothing waits, nobody sees less than the index knows.
    return Seen(database, index, work, view_of(subject), [] if waiting else [frozenset()])


def waits(database: Database) -> bool:
    """Whether anything waits for the index: asked with every question, and once for all that it needs."""
    told = database.asked(working.ANYTHING_WAITS, {})
    return told is None or bool(told[0])


def _is_lost(database: Database, index: LivingIndex) -> bool:
    """Whether an empty index should hold something: it is wanting, or nothing waits that will be fed to it.
    Reads one item at most.
    """
    with database.read() as conn:
        there = bool(catalogue.items_after(conn, -1, _ANY_FOUND, 1))
        waits = bool(working.pending(conn, 1))
    return there and (bool(index.wanting) or not waits)
