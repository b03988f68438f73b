"""Where a question to the index is asked: on the loop that serves everybody, or in a thread of its own.

A short question takes less time than handing it to a thread and back, several times over; a long one would
have everybody wait. So what may cost much (patterns, ranges, long queries, an index that waits to be fed) is
asked in a thread, all else at once. Whether anything waits says nothing of what: everybody's questions wait
alike. Not here: the questions (`processes.find`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from archive import working
from lantai.wiring import Archive

MOST_CHARACTERS = 60
MOST_ROWS = 100
_COSTLY = re.compile(r"[*?\[\]~]")
_T = TypeVar("_T")


async def asked(archive: Archive, query: str, ask: Callable[[], _T], rows: int = 0) -> _T:
    """What `ask` gives, which puts `query` to the index and reads so many rows of its answer at most."""
    if short(query) and rows <= MOST_ROWS and not _waits(archive):
        return ask()
    return await run_in_threadpool(ask)


def short(query: str) -> bool:
    """Whether a query can only be a matter of a millisecond or two."""
    return query.strip() == "*" or (len(query) <= MOST_CHARACTERS and not _COSTLY.search(query))


def _waits(archive: Archive) -> bool:
    with archive.database.read() as conn:
        return bool(working.pending(conn, 1))
