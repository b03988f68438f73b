"""When sessions and tokens were last used: noted behind the requests, so that reading waits for no lock.

A minute's grain is enough. Where nothing can be written, as in a read-only home, nothing is: a session then
ends by what is known. Not here: when one ends (`lantai.api.door`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from archive import answered, sessions, tokens
from archive.database import Database
from archive.sessions import Session
from archive.tokens import Token
from lantai.api.door import utc
from policies.errors import LantaiError

SECONDS = 60.0
MOST = 10_000
LOG = logging.getLogger("lantai.http")


class Seen:
    """What was used a moment ago. `note` belongs to the loop's thread."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, float] = {}
        self._behind = ThreadPoolExecutor(1, "sessions-seen")

    def note(self, used: Session | Token) -> None:
        """It was used just now; written where that is worth it."""
        now = self._clock()
        if now < self._known.get(used.id, 0.0):
            return
        if len(self._known) >= MOST:
            self._known = {}
        self._known[used.id] = now + SECONDS
        self._behind.submit(self._written, used, utc(datetime.now(UTC)))

    def sweep(self) -> None:
        """Forget behind what has ended: sessions, tokens, kept answers."""
        self._behind.submit(self._swept, utc(datetime.now(UTC)))

    def close(self) -> None:
        """Write what waits, then end."""
        self._behind.shutdown()

    def _written(self, used: Session | Token, now: str) -> None:
        try:
            with self._database.write() as tx:
                if isinstance(used, Session):
                    sessions.saw(tx, used.id, now)
                else:
                    tokens.used(tx, used.id, now)
        except LantaiError as fault:
            LOG.info("not noted: %s", fault)

    def _swept(self, now: str) -> None:
        try:
            with self._database.write() as tx:
                sessions.sweep(tx, now)
                tokens.sweep(tx, now)
                answered.sweep(tx, now)
        except LantaiError as fault:
            LOG.info("not swept: %s", fault)
