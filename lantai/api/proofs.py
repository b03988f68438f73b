"""One-time proofs: that a person gave their own password or code a moment ago, for one action.

In memory, by digest: they live for two minutes, and a server that ends takes them with it. A proof is bound
to the session that it was made in and to the action that it was made for; used or wrongly used, it is gone.
Not here: what is proved (`processes.people.proof`), which actions ask for it (`policies.roles`).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

from archive.sessions import digest

HEADER = "Lantai-Proof"
SECONDS = 120
MOST = 10_000


class Proofs:
    """The proofs of a started application. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, str, float]] = {}

    def make(self, session: str, action: str) -> str:
        """A new proof for this action in this session."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._forget()
            self._kept[digest(secret)] = (session, action, self._clock() + SECONDS)
        return secret

    def use(self, secret: str, session: str, action: str) -> bool:
        """Whether it proves this here and now. Whatever the answer, it is used up."""
        with self._lock:
            held = self._kept.pop(digest(secret), None)
        return held is not None and held[:2] == (session, action) and self._clock() < held[2]

    def _forget(self) -> None:
        now = self._clock()
        late = [name for name, (_, _, until) in self._kept.items() if until <= now]
        for name in late or list(self._kept)[: len(self._kept) - MOST + 1]:
            del self._kept[name]
