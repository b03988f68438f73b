"""Sending what is long: pieces made in threads, one ahead of the one that is on its way, and never more.

A reader that is slow keeps two pieces in memory and no thread; one that went away frees both at once, and one
that takes nothing for a minute is gone. Where making the next piece fails, the connection is cut: after the
first byte there is no other way to say that what came is not all (RFC 9112, section 8), and whoever reads
sees it, by `Content-Length` or by the chunk that never ends. Not here: what the pieces are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from policies.errors import LantaiError

SECONDS_FOR_A_PIECE = 60.0
"""So long a reader may take over one piece, and over each MiB of a longer one: 17 kB a second."""
_PIECE = 1 << 20

_THREADS = 8
_log = logging.getLogger("lantai.api")


class CutShort(Exception):
    """An answer that cannot be finished; whatever serves it cuts the connection."""


class Sending(Response):
    """An answer of `pieces`; `first`, if any, was taken from them already. `headers` tell the length, or
    nobody does.
    """

    def __init__(
        self, pieces: Iterator[bytes], headers: Mapping[str, str], status: int = 200, first: bytes = b""
    ) -> None:
        super().__init__(None, status)
        told = {name.lower(): value for name, value in headers.items()}
        self.raw_headers = [(name.encode("latin-1"), told[name].encode("latin-1")) for name in told]
        self._pieces = pieces
        self._first = first

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send them, as ASGI has it. Raises `CutShort` where one cannot be had, or nobody takes it."""
        gone = asyncio.create_task(_gone(receive))
        ahead = _threads().submit(next, self._pieces, None)
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if self._first:
                await _taken(send, self._first)
            self._first = b""
            while (piece := await asyncio.wrap_future(ahead)) is not None and not gone.done():
                ahead = _threads().submit(next, self._pieces, None)
                await _taken(send, piece)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (LantaiError, OSError, TimeoutError) as fault:
            _log.warning("an answer was cut short: %s", fault or type(fault).__name__)
            raise CutShort from fault
        finally:
            gone.cancel()
            ahead.add_done_callback(self._close)

    def _close(self, _ended: Future[bytes | None]) -> None:
        """Free what the pieces hold, when no thread is at them any more."""
        with suppress(LantaiError, OSError):
            getattr(self._pieces, "close", lambda: None)()


async def _taken(send: Send, piece: bytes) -> None:
    async with asyncio.timeout(SECONDS_FOR_A_PIECE * max(1.0, len(piece) / _PIECE)):
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="sending")
