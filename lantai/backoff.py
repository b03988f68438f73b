"""When to try again what failed: later each time, by a clock that is handed in. Not done here: waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

FIRST_SECONDS = 2.0
MOST_SECONDS = 3600.0


class Backoff:
    """Remembers what failed, why, and when it is due again: after 2 s, then twice as long each time, at most
    an hour. Forgets what went well.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pauses: dict[Hashable, float] = {}
        self._due: dict[Hashable, float] = {}
        self._reasons: dict[Hashable, str] = {}

    def due(self, what: Hashable) -> bool:
        """Whether to try `what` now: it never failed, or long enough ago."""
        return self._clock() >= self._due.get(what, float("-inf"))

    def reason(self, what: Hashable) -> str:
        """Why `what` failed last, or nothing."""
        return self._reasons.get(what, "")

    def failed(self, what: Hashable, reason: str) -> None:
        """Leave `what` alone for a while."""
        self._pauses[what] = min(self._pauses.get(what, FIRST_SECONDS / 2) * 2, MOST_SECONDS)
        self._due[what] = self._clock() + self._pauses[what]
        self._reasons[what] = reason

    def well(self, what: Hashable) -> None:
        """`what` is as it should be."""
        for table in (self._pauses, self._due, self._reasons):
            table.pop(what, None)
