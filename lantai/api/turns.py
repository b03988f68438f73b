"""Threads of their own for what is slow by intent or by others: everybody else keeps theirs.

    turns   strangers who sign in: argon2
    ways    strangers who come by their organisation, which may be slow

Of whoever is signed in so few proofs are looked at at once (`policies.lockout`) that they need none.
Whoever finds too many waiting is told to come again. Not here: how many hash at once
(`processes.people.hashing`), how often one address may try (`lantai.api.limits`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from processes.people.people_errors import SlowDown

THREADS = 4
"""Twice as many as hash at once: the next ones read what they need meanwhile."""
MOST_WAITING = 60
SECONDS = 10
_T = TypeVar("_T")


class Turns:
    """The turns of a started application; they wait in no thread."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(THREADS)

    @property
    def waiting(self) -> int:
        """How many wait for theirs."""
        return self._limiter.statistics().tasks_waiting

    async def taken(self, work: Callable[[], _T]) -> _T:
        """What `work` gives, in its turn. Raises what it raises, and `SlowDown` where too many wait."""
        if self.waiting >= MOST_WAITING:
            raise SlowDown(SECONDS)
        return await to_thread.run_sync(work, limiter=self._limiter)
