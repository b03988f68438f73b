"""One thread writes the uses of many who ask at once: whatever waits goes into one transaction.

A door that serves many awaits `noted`, on its loop, before the first byte of an answer. Order on the way:
what waits, gathered by the loop → the thread, a group at a time, at most MOST → one commit → everybody in
the group is told, in one call. So a group costs two turns between the threads, however many are in it. A
commit that fails is told to all in it, and the thread goes on: the next may succeed.

Where the last group had several, the next waits for more: a millisecond for each that the last one had, at
most LINGER_SECONDS, and no longer than until everybody who is under way waits here. Who is alone waits for
nobody. Not here: what is written (`processes.using.uses`).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType

from archive.uses import Use
from policies.errors import LantaiError
from processes.errors import JournalShut

MOST = 500
LINGER_SECONDS = 0.010

Waiting = tuple[Use, "asyncio.Future[None]"]


@dataclass(frozen=True, slots=True)
class _Group:
    loop: asyncio.AbstractEventLoop
    waiting: Sequence[Waiting]


class UseWriter:
    """Writes uses through `write` (all of them durably, or raising). To be entered once, and left once.

    `under_way` tells how many are being served whose answers have not begun, those that wait here included;
    without it nobody is known to come soon. Used by one loop at a time.
    """

    def __init__(
        self, write: Callable[[Sequence[Use]], None], under_way: Callable[[], int] = lambda: 0
    ) -> None:
        self._write = write
        self._under_way = under_way
        self._queue: SimpleQueue[_Group | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="use-journal", daemon=True)
        self._open = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Waiting] = []
        self._due: asyncio.Handle | None = None
        self._writing = False
        self._last = 0
        self._since = 0.0

    def __enter__(self) -> UseWriter:
        self._open = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        """Write what waits, then end."""
        self._open = False
        while self._waiting:
            self._give()
        self._queue.put(None)
        self._thread.join()

    async def noted(self, use: Use) -> None:
        """Return when the use is durable. Raises `JournalShut`."""
        if not self._open or not self._thread.is_alive():
            raise JournalShut("the journal is closed")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._move(loop)
        done: asyncio.Future[None] = loop.create_future()
        now = time.monotonic()  # the loop's own time may stand still for a turn, and a turn may be long
        if not self._waiting:
            self._since = now
        self._waiting.append((use, done))
        if not self._writing:
            self._arrange(loop) if now - self._since < LINGER_SECONDS else self._give()
        await done

    def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to another loop; what waited on the former one is written."""
        while self._waiting:
            self._give()
        self._loop, self._due, self._writing, self._last = loop, None, False, 0

    def _arrange(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have what waits given to the thread: after this turn of the loop, or when more have come."""
        here = len(self._waiting)
        linger = 0.0 if here >= MOST else min(LINGER_SECONDS, 0.001 * (self._last - 1))
        if linger <= 0 or here >= self._under_way():
            if self._due is not None:
                self._due.cancel()
            self._due = loop.call_soon(self._give)
        elif self._due is None:
            self._due = loop.call_later(linger, self._give)

    def _give(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        if group and self._loop is not None:
            self._writing, self._last = True, len(group)
            self._queue.put(_Group(self._loop, group))

    def _work(self) -> None:
        while (group := self._queue.get()) is not None:
            fault = self._written([use for use, _ in group.waiting])
            try:
                group.loop.call_soon_threadsafe(self._settle, group, fault)
            except RuntimeError:  # the loop has ended, and with it whoever waited
                continue

    def _written(self, some: Sequence[Use]) -> LantaiError | None:
        try:
            self._write(some)
        except LantaiError as fault:
            return fault
        except Exception as fault:  # noqa: BLE001 - whoever waits must be told, and the next be tried
            return JournalShut(f"{type(fault).__name__}: {fault}")
        return None

    def _settle(self, group: _Group, fault: LantaiError | None) -> None:
        """Tell everybody of a group, on their loop, and have the next one written."""
        for _, done in group.waiting:
            if done.done():  # whoever asked has gone
                continue
            if fault is None:
                done.set_result(None)
            else:
                done.set_exception(fault)
        if group.loop is self._loop:
            self._writing = False
            if self._waiting:
                self._arrange(group.loop)
