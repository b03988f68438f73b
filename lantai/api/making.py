"""Use copies made while somebody waits: a few at a time, each once however many ask.

Whoever asks waits a little without holding a thread, then is told to come again; the making goes on. Not
here: how one is made (`processes.use_copies.making`), who may have it (`lantai.api.copies`).
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from archive import catalogue
from ingest.probes.draw import PLAY, TILES
from lantai.wiring import Archive
from policies.access import EVERYTHING
from processes.finding.deliver import Found
from processes.use_copies.making import Wish, Workshop, make
from storage.sealing import Key

SECONDS = 4.0
SECONDS_KEPT = 30.0
"""So long what was made is kept for whoever comes again for it."""
MOST_WAITING = 1_000
"""So many copies may be asked for and not yet made; whoever asks for more is told to come again."""


_LONG = frozenset({PLAY, TILES})
"""What is too long to be given from memory where it cannot be kept."""


_Name = tuple[str, str, int]
"""Of which object, which kind, which page."""


class StillMaking(Exception):
    """It takes longer than a little: whoever asked is told to come again."""


class Making:
    """The copies under way in one server. Used on the loop's thread."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._pool = ThreadPoolExecutor(
            max(1, len(os.sched_getaffinity(0)) - 1), thread_name_prefix="use-copies"
        )
        self._long = ThreadPoolExecutor(1, thread_name_prefix="use-copies-played")
        self._under_way: dict[_Name, Future[bytes | None]] = {}

    async def made(self, found: Found, kind: str, page: int = 1) -> bytes | None:
        """Have a copy made that was not there. None where it is kept, to be read as ever; itself where the
        disk did not take it and it is short. Raises `StillMaking`, and as making does.
        """
        name = (found.component.object_id, kind, page)
        future = self._under_way.get(name)
        if future is None:
            if not self._has_room():
                raise StillMaking
            future = self._under_way[name] = self._pool_of(kind).submit(self._make, found, kind, page)
            future.add_done_callback(partial(self._ended, asyncio.get_running_loop(), name))
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), SECONDS)
        except TimeoutError:
            raise StillMaking from None
        finally:
            if future.done():
                self._under_way.pop(name, None)

    def _has_room(self) -> bool:
        """Whether another may begin. What ended and nobody came again for makes room."""
        if len(self._under_way) >= MOST_WAITING:
            self._under_way = {name: one for name, one in self._under_way.items() if not one.done()}
        return len(self._under_way) < MOST_WAITING

    def _ended(self, loop: asyncio.AbstractEventLoop, name: _Name, future: Future[bytes | None]) -> None:
        """What came of it waits for whoever was told to come again, and no longer: what failed may go well
        another time, what was kept may be swept, and no picture stays in memory.
        """
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(loop.call_later, SECONDS_KEPT, self._forget, name, future)

    def _forget(self, name: _Name, future: Future[bytes | None]) -> None:
        if self._under_way.get(name) is future:
            del self._under_way[name]

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        for pool in (self._pool, self._long):
            pool.shutdown(wait=False, cancel_futures=True)

    def _pool_of(self, kind: str) -> ThreadPoolExecutor:
        """What is to be played takes minutes: one after the other, and no picture waits for it."""
        return self._long if kind == PLAY else self._pool

    def _make(self, found: Found, kind: str, page: int) -> bytes | None:
        archive, item = self._archive, found.record.item
        reader = archive.to_read()
        key: Key = reader.key(item.batch, found.component.object_id)
        shop = Workshop(
            archive.use_copies, reader.vault, lambda: archive.probes, archive.home / "work", self._there
        )
        done = make(shop, Wish(item.id, item.batch, found.component, kind, page), key)
        return None if done.kept or kind in _LONG else done.content

    def _there(self, item: str) -> bool:
        with self._archive.database.read() as conn, suppress(KeyError):
            return bool(catalogue.items(conn, [item], EVERYTHING))
        return False
