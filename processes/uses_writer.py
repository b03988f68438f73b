"""One thread writes the uses of many who ask at once: whatever waits goes into one transaction.

A door that serves many awaits `noted` before the first byte of an answer. Order on the way: queue → all that
waits, at most MOST → one commit → everybody in it is told. A commit that fails is told to all in it, and the
thread goes on: the next may succeed. Not here: what is written (`processes.uses`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType

from archive.uses import Use
from policies.errors import LantaiError
from processes.errors import JournalShut

MOST = 500

Waiting = tuple[Use, asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class UseWriter:
    """Writes uses through `write` (all of them durably, or raising). To be entered once, and left once."""

    def __init__(self, write: Callable[[Sequence[Use]], None]) -> None:
        self._write = write
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="use-journal", daemon=True)
        self._open = False

    def __enter__(self) -> UseWriter:
        self._open = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        """Write what waits, then end."""
        self._open = False
        self._queue.put(None)
        self._thread.join()

    async def noted(self, use: Use) -> None:
        """Return when the use is durable. Raises `JournalShut`."""
        if not self._open or not self._thread.is_alive():
            raise JournalShut("the journal is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put((use, loop, done))
        await done

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            some, last = self._more(first)
            fault = self._written([use for use, _, _ in some])
            for loop in {id(loop): loop for _, loop, _ in some}.values():
                _tell(loop, [done for _, its, done in some if its is loop], fault)
            if last:
                return

    def _more(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """All that waits, and whether it was the last."""
        some = [first]
        while len(some) < MOST:
            try:
                one = self._queue.get_nowait()
            except Empty:
                break
            if one is None:
                return some, True
            some.append(one)
        return some, False

    def _written(self, some: Sequence[Use]) -> LantaiError | None:
        try:
            self._write(some)
        except LantaiError as fault:
            return fault
        except Exception as fault:  # noqa: BLE001 - whoever waits must be told, and the next be tried
            return JournalShut(f"{type(fault).__name__}: {fault}")
        return None


def _tell(
    loop: asyncio.AbstractEventLoop, waiting: Sequence[asyncio.Future[None]], fault: LantaiError | None
) -> None:
    try:
        loop.call_soon_threadsafe(_settle, waiting, fault)
    except RuntimeError:  # the loop has ended, and with it whoever waited
        return


def _settle(waiting: Sequence[asyncio.Future[None]], fault: LantaiError | None) -> None:
    for done in waiting:
        if done.done():  # whoever asked has gone
            continue
        if fault is None:
            done.set_result(None)
        else:
            done.set_exception(fault)
