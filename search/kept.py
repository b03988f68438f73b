"""Answers that were given already, kept for whoever asks the same of the same state of an index.

An answer is a function of the index's state, the view and the question (`search.index`), so it may be given
again as long as those are the same. All of them go with the state that they were made of. Few, and small, in
memory alone. Not done here: knowing the state (`living`), what else an answer hangs on (`processes.finding`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

MOST = 4_000
MOST_BYTES = 16 * 1024 * 1024
LONGEST = 64 * 1024
"""A longer answer is not kept: a page of twenty hits is a tenth of it."""


class Kept:
    """The answers last given or given again, of one state; safe from several threads."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._state: Hashable = None
        self._held: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0

    def given(self, state: Hashable, question: Hashable) -> bytes | None:
        """The answer to a question in a state; those of any other state are forgotten."""
        with self._lock:
            self._stand(state)
            answer = self._held.get(question)
            if answer is not None:
                self._held.move_to_end(question)
            return answer

    def keep(self, state: Hashable, question: Hashable, answer: bytes) -> None:
        """Keep an answer made of what stood when `state` was looked at, or of something newer: it is dropped
        where another state was seen since.
        """
        with self._lock:
            if state != self._state or len(answer) > LONGEST:
                return
            self._bytes += len(answer) - len(self._held.pop(question, b""))
            self._held[question] = answer
            while len(self._held) > self._most or self._bytes > self._most_bytes:
                self._bytes -= len(self._held.popitem(last=False)[1])

    def _stand(self, state: Hashable) -> None:
        if state != self._state:
            self._held.clear()
            self._state, self._bytes = state, 0
