"""What can go wrong in the search room.

    LantaiError
    └── SearchError
        ├── QueryMistake          the person's: the query cannot be read as written
        │   └── CursorMistake     a cursor that this index did not give
        ├── RankTaken             the caller's: two documents claim one rank
        └── IndexUnusable         the machinery's
            ├── IndexBusy         another process is writing; retryable
            ├── IndexOutdated     written by another version; make anew and feed again
            └── IndexDamaged      cannot be read; make anew and feed again

Sentences for people, exit codes and HTTP statuses are not made here.
"""

from __future__ import annotations

from policies.errors import LantaiError


class SearchError(LantaiError):
    """Root of this room."""

    code = "search-failed"


class QueryMistake(SearchError):
    """A query that cannot be read: where (0-based character of the query) and why."""

    code = "query-mistake"

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(f"at character {place + 1}: {reason}")
        self.place = place
        self.reason = reason


class CursorMistake(QueryMistake):
    """A cursor that was cut, changed or made up."""

    code = "cursor-mistake"

    def __init__(self) -> None:
        super().__init__(0, "this cursor was not given by a search; start again without one")


class RankTaken(SearchError):
    """Two documents with one rank: order and paging would no longer be one."""

    code = "rank-taken"


class IndexUnusable(SearchError):
    """The index cannot serve now; it is a view, and can always be made anew from the ledger."""

    code = "index-unusable"


class IndexBusy(IndexUnusable):
    """Another process holds the writer; the call may be repeated."""

    code = "index-busy"


class IndexOutdated(IndexUnusable):
    """The folder was written with another schema: `recreate` it and feed everything again."""

    code = "index-outdated"


class IndexDamaged(IndexUnusable):
    """The folder cannot be read as an index: `recreate` it and feed everything again."""

    code = "index-damaged"
