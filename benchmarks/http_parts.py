"""What measuring the HTTP door needs: homes that are served, people signed in, servers, and their memory.

People are signed in by rows, as signing in leaves them: two hundred passwords would measure argon2. Limits of
requests are off in the homes made here. Not here: asking (`http_load`), measuring (`http`, `http_soak`).
"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from archive import sessions
from benchmarks.measure import RunFailed, resident
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint

LANTAI = (sys.executable, "-m", "lantai.cli.main")
COOKIE = "__Host-lantai"
CSRF = "csrf-of-a-benchmark"
API = "/api/v1"
OFF = "\n[http.limits]\naccount = 0\naccount_searches = 0\naddress = 0\naddress_searches = 0\nsign_ins = 0\n"
_PAUSE = 0.25
IDLE_SECONDS = 10


def settle(home: Path) -> None:
    """Settings of a home that is measured: no limits of requests, no processes behind commands."""
    file = home / "lantai.toml"
    text = file.read_text(encoding="utf-8").replace("background = true", "background = false")
    text = text.replace('decode = "full"', 'decode = "structure"')
    file.write_text(text + OFF, encoding="utf-8")


def people(home: Path, roles: Mapping[str, str]) -> None:
    """Appoint accounts, each with one role, who handle every fonds where the role handles any."""
    from policies.roles import role_book

    with opened(home) as archive:
        for name, role in roles.items():
            fonds = ["all"] if role_book().roles[role].handles else []
            appoint(archive.tools(), Appointment(name, [role], fonds, "internal"), archive.settings.account)


def cookies(home: Path, account: str, count: int) -> list[str]:
    """So many sessions of an account, as the headers of requests name them."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"csrf": CSRF, "address": "127.0.0.1"}
    with opened(home) as archive, archive.database.write() as tx:
        made = [sessions.begin(tx, account, now, "2999-01-01T00:00:00Z", told) for _ in range(count)]
    return [f"{COOKIE}={secret}" for secret in made]


def free_port() -> int:
    """A port of this machine that nobody listens at now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Memory:
    """Resident bytes of a server (`bytes`), and of it and all that came from it (`together`, where pages that
    they share count for each), since it was first looked at.
    """

    seconds: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    together: list[int] = field(default_factory=list)

    def slope(self, after: float = 0.3) -> float:
        """Bytes a second by which it grows, by least squares, the first share of the time left out."""
        first = int(len(self.seconds) * after)
        return slope(self.seconds[first:], self.bytes[first:])


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Of the line through points that is nearest to them; 0 where there is none."""
    if len(xs) < 2:
        return 0.0
    middle, mean = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    return sum((x - middle) * (y - mean) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0.0


@dataclass(frozen=True)
class Server:
    """A server that answers, and the memory it takes meanwhile."""

    port: int
    pid: int
    memory: Memory


@contextmanager
def running(command: Sequence[str], port: int, ready: str) -> Iterator[Server]:
    """A server, once `ready` is answered. Raises `RunFailed` where it ends before, or takes a minute."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
        over, memory = Event(), Memory()
        watcher = Thread(target=_watch, args=(process.pid, memory, over), daemon=True)
        try:
            _await(process, port, ready)
            watcher.start()
            yield Server(port, process.pid, memory)
        except RunFailed as fault:
            said.seek(0)
            raise RunFailed(f"{fault}\n{said.read()[-2000:].decode(errors='replace')}") from fault
        finally:
            over.set()
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def served(home: Path, *words: str) -> AbstractContextManager[Server]:
    """The archive at `home` as `lantai serve` serves it."""
    port = free_port()
    command = [*LANTAI, "--home", str(home), "serve", "--port", str(port), *words]
    return running(command, port, "/healthz")


def _await(process: subprocess.Popen[bytes], port: int, ready: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RunFailed(f"the server ended with {process.returncode}")
        try:
            Client(port).asked("GET", ready)
            return
        except OSError:
            time.sleep(_PAUSE)
    raise RunFailed("the server does not answer")


def _watch(pid: int, memory: Memory, over: Event) -> None:
    started = time.monotonic()
    while not (memory.bytes and over.wait(_PAUSE)):
        memory.seconds.append(time.monotonic() - started)
        memory.bytes.append(resident(pid, alone=True))
        memory.together.append(resident(pid))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One connection of somebody who is signed in; it is made anew where the server closed it."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._used = 0.0
        self._headers = {"Cookie": cookie, "X-CSRF-Token": CSRF} if cookie else {}

    def asked(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One request and its answer; a body that is no bytes goes as JSON. Raises OSError."""
        sent = {**self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None and not isinstance(body, bytes):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        now = time.monotonic()
        if now - self._used > IDLE_SECONDS:  # the server may be closing it just now
            self._connection.close()
        self._used = now
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        except (OSError, http.client.HTTPException) as fault:
            self._connection.close()
            raise OSError(str(fault)) from fault

    def need(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """As `asked`. Raises `RunFailed` for a status of 400 and above."""
        answer = self.asked(method, path, body, **headers)
        if answer.status >= 400:
            raise RunFailed(f"{method} {path}: {answer.status} {answer.body[:500].decode(errors='replace')}")
        return answer

    def awaited(self, started: Answer, seconds: float = 3600) -> Any:
        """The result of the long work that `started` answered. Raises `RunFailed` where it fails."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.need("GET", started.headers["location"]).document
            if told["state"] == "done":
                return told["result"]
            if told["state"] not in ("waiting", "running"):
                raise RunFailed(f"the work {told['kind']} {told['state']}: {told.get('problem')}")
            time.sleep(_PAUSE)
        raise RunFailed("the work does not end")
