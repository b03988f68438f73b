"""Where a question to the index is asked: on the loop that serves everybody, or in a thread of its own.

A short question takes less time than handing it to a thread and back, several times over; a long one would
have everybody wait. So what may cost much (patterns, ranges, long queries, an index that waits to be fed) is
asked in a thread, all else at once. Whether anything waits says nothing of what: everybody's questions wait
alike. Not here: the questions (`processes.finding.find`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from lantai.wiring import Archive
from processes.finding.seen import waits

MOST_CHARACTERS = 60
MOST_ROWS = 100
_COSTLY = re.compile(r"[*?\[\]~]")
_T = TypeVar("_T")


async def asked(archive: Archive, query: str, ask: Callable[..., _T], rows: int = 0) -> _T:
    """What `ask` gives, which puts `query` to the index and reads so many rows of its answer at most. It is
    told `waiting=False` where nothing waited a moment ago: it need not look again.
    """
    if short(query) and rows <= MOST_ROWS and not waits(archive.database):
        return ask(waiting=False)
    return await run_in_threadpool(ask)


def short(query: str) -> bool:
    """Whether a query can only be a matter of a millisecond or two."""
    return query.strip() == "*" or (len(query) <= MOST_CHARACTERS and not _COSTLY.search(query))
