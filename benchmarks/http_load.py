"""Many users of one server at once, in a process of their own: `python -m benchmarks.http_load < ORDER`.

Each user keeps one connection and asks again when it has its answer, which it takes from the shared list of
paths, each user from another place in it. Time counts from the first byte of a request sent to the last byte
of its answer had. Answers have a `Content-Length`; whatever else comes is counted as broken. The order and
what is told are JSON. Not here: which server, and what for (`benchmarks.http`).
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

WARM_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks for what, and for how long. Each user is a connection with a cookie of its own."""

    port: int
    cookies: Sequence[str]
    paths: Sequence[str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: requests a second, and seconds of one request; `statuses` of all answers."""

    requests: int
    rate: float
    p50: float
    p99: float
    longest: float
    bytes: int
    statuses: dict[str, int]

    @property
    def clean(self) -> bool:
        """Whether every request was answered with 200 or 206."""
        return bool(self.requests) and set(self.statuses) <= {"200", "206"}


@dataclass
class Tally:
    """What all users together have had since the warming up."""

    since: float
    until: float
    seconds: list[float] = field(default_factory=list)
    bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    def note(self, status: str, begun: float, ended: float, size: int) -> None:
        """Count an answer, unless it came while the server was being warmed."""
        if begun >= self.since:
            self.seconds.append(ended - begun)
            self.bytes += size
            self.statuses[status] += 1

    def load(self) -> Load:
        """All of it."""
        ranked = sorted(self.seconds) or [0.0]
        count = len(self.seconds)
        return Load(
            count,
            count / (self.until - self.since),
            at_share(ranked, 0.5),
            at_share(ranked, 0.99),
            ranked[-1],
            self.bytes,
            dict(self.statuses),
        )


def at_share(ranked: Sequence[float], share: float) -> float:
    """The value below which this share of them lies."""
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class User(asyncio.Protocol):
    """One connection that asks until the time is up."""

    def __init__(
        self, tally: Tally, paths: Sequence[str], cookie: str, place: int, over: asyncio.Future[None]
    ) -> None:
        self._tally = tally
        self._paths, self._cookie = paths, cookie
        self._place = place
        self._over = over
        self._head = b""
        self._left = -1
        self._size = 0
        self._status = ""
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own has the same methods
        self._ask()

    def _ask(self) -> None:
        self._place = (self._place + 1) % len(self._paths)
        self._head, self._left, self._size = b"", -1, 0
        self._begun = time.perf_counter()
        self._transport.write(request(self._paths[self._place], self._cookie))

    def data_received(self, data: bytes) -> None:
        """Take what came; where it is all, ask for the next."""
        if self._left < 0:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._left = self._size = length_of(head)
            self._status = head[9:12].decode("latin-1")
            if self._left < 0:
                self._end("broken")
                return
        self._left -= len(data)
        if self._left <= 0:
            self._end(self._status)

    def _end(self, status: str) -> None:
        now = time.perf_counter()
        self._tally.note(status, self._begun, now, max(self._size, 0))
        if now < self._tally.until and status != "broken":
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        """The time is up, or the server hung up."""
        if time.perf_counter() < self._tally.until:
            self._tally.note("closed", self._begun, time.perf_counter(), 0)
        if not self._over.done():
            self._over.set_result(None)


def length_of(head: bytes) -> int:
    """How long the body behind these headers is; -1 where they do not say it."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0 if head[9:12] in (b"204", b"304") else -1


def request(path: str, cookie: str) -> bytes:
    """One request as it is sent; the path is of printable ASCII."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode("ascii")


async def ask(order: Order) -> Load:
    """Let all users ask until the time is up."""
    loop = asyncio.get_running_loop()
    now = time.perf_counter()
    tally = Tally(now + order.seconds * WARM_SHARE, now + order.seconds)
    ends = []
    for number, cookie in enumerate(order.cookies):
        over: asyncio.Future[None] = loop.create_future()
        ends.append(over)
        start = number * len(order.paths) // len(order.cookies)
        user = User(tally, order.paths, cookie, start, over)
        await loop.create_connection(lambda user=user: user, "127.0.0.1", order.port)  # type: ignore[misc]
    await asyncio.wait([asyncio.ensure_future(over) for over in ends], timeout=order.seconds + 30)
    return tally.load()


def loaded(order: Order) -> Load:
    """What came of `order`, carried out by a process of its own. Raises CalledProcessError."""
    command = [sys.executable, "-m", "benchmarks.http_load"]
    done = subprocess.run(
        command, input=json.dumps(asdict(order)), capture_output=True, text=True, check=True
    )
    return Load(**json.loads(done.stdout))


def main() -> None:
    """Carry out the order on standard input, tell what came of it."""
    order = Order(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(ask(order)))))


if __name__ == "__main__":
    main()
