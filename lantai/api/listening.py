"""One connection as the server reads it, with ends that the server's own reader does not set.

    place     at most so many connections of one network, but for our own proxies   the end
    headers   at most so many bytes and lines before the request is anybody's       431, then the end
    time      so many seconds for the headers to come, also on a new connection     the end

Not here: bodies, whose size and pace are their routes' affair.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lantai.api.networks import lies_in
from policies.lockout import network_of

MOST_FROM_ONE = 400
"""A fifth of all that the server takes: it answers nobody any more when these are taken."""
MOST_BYTES = 32 * 1024
"""Of the request line and all headers; the gate answers what is over its own, smaller bound."""
HEADER_SECONDS = 20.0
_ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class Listening(HttpToolsProtocol):
    """uvicorn's reader of HTTP/1.1 with bounds."""

    proxies: ClassVar[tuple[str, ...]] = ()
    _from: ClassVar[Counter[str]] = Counter()
    _network = ""
    _bytes = 0
    _unread = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A connection begins, and with it the time for its first headers."""
        super().connection_made(transport)
        self._wait()
        peer = self.client[0] if self.client else ""
        if not lies_in(peer, self.proxies):
            self._network = network_of(peer)
            self._from[self._network] += 1
            if self._from[self._network] > MOST_FROM_ONE:
                transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self._come()
        self._from[self._network] -= 1
        if self._from[self._network] <= 0:
            del self._from[self._network]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What came is counted while headers are awaited: their reader tells of a header when it ends, and
        one that does not would fill the memory.
        """
        if self._late is not None:
            self._unread += len(data)
            if self._unread > MOST_BYTES + len(data) or (len(data) > MOST_BYTES and b"\r\n\r\n" not in data):
                self._refuse()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins: its headers have their time too."""
        self._bytes = 0
        self._wait()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        self._counted(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header more."""
        self._counted(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """They are all there."""
        self._come()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def _counted(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._refuse()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_ANSWER)
            self.transport.close()

    def _wait(self) -> None:
        self._come()
        self._unread = 0
        self._late = self.loop.call_later(HEADER_SECONDS, self._close)

    def _come(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def listening(proxies: tuple[str, ...]) -> type[Listening]:
    """The reader of a server whose own proxies are in these networks."""
    return type("ListeningHere", (Listening,), {"proxies": proxies, "_from": Counter()})
