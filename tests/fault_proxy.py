"""An HTTP proxy in front of a real server that does to requests and answers what networks and servers do.

It forwards everything unless a fault was ordered: with as many of the requests that fit as the fault says, it
does one thing wrong.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


@dataclass
class Message:
    """A request or an answer: its first line's words, its headers as they came, its body."""

    first: list[str]
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def method(self) -> str:
        return self.first[0]

    @property
    def target(self) -> str:
        return self.first[1]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def put(self, name: str, value: str) -> None:
        """Set a header in place of those of that name."""
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()] + [(name, value)]


class Cut(Exception):
    """Close the connection without another word."""


Before = Callable[[Message], Message | None]
After = Callable[[Message, Message], Message]


@dataclass
class Fault:
    """What goes wrong, for the next `times` requests that fit. `before` may answer in the server's place;
    `after` changes the answer; `limit` cuts the answer's body after so many bytes.
    """

    fits: Callable[[Message], bool] = lambda _: True
    times: int = 1
    before: Before | None = None
    after: After | None = None
    limit: int | None = None
    seen: list[str] = field(default_factory=list)


class Proxy:
    """A proxy on loopback to `upstream`; a context manager. `tls`: certificate and key to listen with."""

    def __init__(self, upstream: str, tls: tuple[Path, Path] | None = None) -> None:
        address = urlsplit(upstream)
        self.upstream = (address.hostname or "", address.port or 80)
        self.requests: list[str] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        proxy = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                proxy.serve(self)

        class Server(ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                """Connections break here on purpose."""

        self._server = Server(("127.0.0.1", 0), Handler)

    @property
    def endpoint(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def order(self, fault: Fault) -> Fault:
        """Do this wrong from now on, as often as it says."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def __enter__(self) -> Proxy:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, handler: StreamRequestHandler) -> None:
        """All requests of one connection."""
        connection: socket.socket = handler.request
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        try:
            while request := read_message(stream):
                self.requests.append(f"{request.method} {request.target}")
                self._answer(connection, request)
        except Cut:
            pass
        finally:
            connection.close()

    def _answer(self, connection: socket.socket, request: Message) -> None:
        fault = self._fault_for(request) or Fault()
        answer = fault.before(request) if fault.before else None
        if answer is None:
            answer = self.forward(request)
        if fault.after:
            answer = fault.after(request, answer)
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        body = answer.body if fault.limit is None else answer.body[: fault.limit]
        connection.sendall(
            f"HTTP/1.1 {answer.first[1]} {answer.first[2]}\r\n{head}\r\n".encode("latin-1") + body
        )
        if fault.limit is not None:
            raise Cut

    def _fault_for(self, request: Message) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fault.fits(request):
                    fault.times -= 1
                    fault.seen.append(f"{request.method} {request.target}")
                    return fault
        return None

    def forward(self, request: Message) -> Message:
        """What the server says to a request."""
        server = http.client.HTTPConnection(*self.upstream, timeout=60)
        try:
            server.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                server.putheader(name, value)
            server.endheaders(request.body or None)
            response = server.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Cut from error
        finally:
            server.close()
        answer = Message(
            ["HTTP/1.1", str(response.status), response.reason], list(response.getheaders()), body
        )
        if response.chunked or (request.method != "HEAD" and response.status != 204):
            answer.headers = [pair for pair in answer.headers if pair[0].lower() != "transfer-encoding"]
            answer.put("Content-Length", str(len(body)))
        return answer


def read_message(stream: object) -> Message | None:
    """One request from a connection; None when it has ended."""
    first = stream.readline().decode("latin-1").split()  # type: ignore[attr-defined]
    if len(first) != 3:
        return None
    headers = []
    while line := stream.readline().decode("latin-1").strip():  # type: ignore[attr-defined]
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    message = Message(first, headers, b"")
    length = int(message.header("content-length") or 0)
    message.body = stream.read(length)  # type: ignore[attr-defined]
    return message if len(message.body) == length else None


# What can go wrong.


def cut(request: Message) -> Message | None:
    """The connection breaks before the server hears of the request."""
    raise Cut


def cut_after(request: Message, answer: Message) -> Message:
    """The server does as it was asked, and its answer is lost."""
    raise Cut


def slow(seconds: float) -> Before:
    """The request is on its way for a while."""

    def wait(request: Message) -> None:
        time.sleep(seconds)

    return wait


def slow_answer(seconds: float) -> After:
    """The server does as it was asked, and its answer comes too late."""

    def wait(request: Message, answer: Message) -> Message:
        time.sleep(seconds)
        return answer

    return wait


def says(status: int, reason: str = "Bad", body: bytes = b"", **headers: str) -> Before:
    """Something between us and the server answers in its place."""

    def answer(request: Message) -> Message:
        told = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return Message(["HTTP/1.1", str(status), reason], [*told, ("Content-Length", str(len(body)))], body)

    return answer


def with_header(name: str, value: str) -> After:
    """The server does as it was asked and says something else of it."""

    def change(request: Message, answer: Message) -> Message:
        answer.put(name, value)
        return answer

    return change


def flipped(request: Message, answer: Message) -> Message:
    """One bit of the answer's body is another one."""
    middle = len(answer.body) // 2
    answer.body = answer.body[:middle] + bytes([answer.body[middle] ^ 1]) + answer.body[middle + 1 :]
    return answer


def of(method: str, part: str = "", *, without: str = "\0") -> Callable[[Message], bool]:
    """Whether a request has that method, `part` in its address and not `without`."""
    return lambda request: (
        request.method == method and part in request.target and without not in request.target
    )
