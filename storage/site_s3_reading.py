"""Reading objects of a bucket: ranges, and streams that go on where a connection broke off.

A stream that is taken up again asks for the same entity tag, so what is given out is of one object. What a
server cannot give out whole although it is there and knows the object, is damaged; a server that does not
answer at all is away. Not done here: whether the bytes are the right ones.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping

from storage.site_s3_client import Client, Response, tag_of
from storage.site_s3_faults import NOT_S3, Fault, understood

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def read_range(client: Client, name: str, start: int, length: int | None) -> bytes:
    """The bytes from `start`, at most `length`, fewer where the object ends. Raises `Fault`."""
    if length == 0:
        client.head(name)
        return b""
    last = "" if length is None else str(start + length - 1)
    headers = {"Range": f"bytes={start}-{last}"} if start or last else {}

    def whole(response: Response) -> bytes:
        try:
            _tagged(response)
            data = _more(response, None)
        finally:
            response.release_conn()
        if response.status != 206:  # a server that knows no ranges sends everything
            return data[start:] if length is None else data[start : start + length]
        first, end = _sent_range(response)
        if first != start or end - first + 1 != len(data) or (last and end > int(last)):
            raise Fault("broken", "another range came than was asked for", again=True)
        return data

    doubt = _Doubt(client, name)
    while True:
        try:
            return client.ask("GET", name, headers=headers, stream=True, check=whole, attempts=1)
        except Fault as fault:
            if fault.kind == "range":
                return b""
            doubt.add(fault)


def _sent_range(response: Response) -> tuple[int, int]:
    found = _RANGE.fullmatch(response.headers.get("content-range", ""))
    if not found:
        raise Fault("broken", "a range came without its place", again=True)
    return int(found[1]), int(found[2])


def _more(response: Response, most: int | None) -> bytes:
    """The next bytes of an answer that has begun."""
    try:
        piece: bytes = response.read(most, decode_content=False)
    except Exception as error:  # noqa: BLE001 - a body that breaks off may raise anything
        response.close()
        raise understood(error) from None
    return piece


def _tagged(response: Response) -> str:
    """The tag that every object has; a portal that answers in the server's place gives none."""
    if not tag_of(response):
        raise Fault("broken", NOT_S3, again=True)
    return tag_of(response)


class _Doubt:
    """Failures in a row at reading one object: whether to ask again, and if not, what it was."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._count = 0
        self._since = 0.0

    def clear(self) -> None:
        """Something came."""
        self._count = 0

    def add(self, fault: Fault) -> None:
        """One failure more: returns after a pause when it is worth another try, else raises `Fault`."""
        patience = self._client.patience
        if not self._count:
            self._since = time.monotonic()
        self._count += 1
        if fault.kind != "broken":
            if not patience.again(fault, self._count):
                raise fault
            return
        if self._count > 1:
            self._client.head(self._name)  # a server that does not know the object either says what it is
            if time.monotonic() - self._since >= patience.verdict_seconds:
                raise Fault("damaged", f"the server cannot give it out whole: {fault.reason}")
        patience.pause(self._count)


def stream(client: Client, name: str, most: int) -> Iterator[memoryview]:
    """The whole object in order, in pieces of at most `most` bytes. Raises `Fault`."""
    download = _Download(client, name)
    try:
        while piece := download.next(most):
            yield memoryview(piece)
    finally:
        download.close()


class _Download:
    """One object on its way, over as many connections as it takes."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name
        self._at = 0
        self._size: int | None = None
        self._tag = ""
        self._doubt = _Doubt(client, name)
        self._body: Response | None = None

    def next(self, most: int) -> bytes:
        """The next bytes, none at the end."""
        while self._size is None or self._at < self._size:
            try:
                body = self._body or self._open()
                piece = _more(body, most)
                if not piece and self._size is not None and self._at < self._size:
                    raise Fault("broken", "fewer bytes came than were announced", again=True)
            except Fault as fault:
                self._give_up_or_wait(fault)
                continue
            if not piece:
                break
            self._doubt.clear()
            self._at += len(piece)
            return piece
        return b""

    def close(self) -> None:
        """Let go of the connection; one that holds bytes yet cannot be used again."""
        body, self._body = self._body, None
        if body is not None:
            if self._size is None or self._at < self._size:
                body.close()
            body.release_conn()

    def _open(self) -> Response:
        headers: Mapping[str, str] = {}
        if self._at:
            headers = {"Range": f"bytes={self._at}-", "If-Match": f'"{self._tag}"'}
        self._body = self._client.ask(
            "GET", self._name, headers=headers, stream=True, check=self._begun, attempts=1
        )
        return self._body

    def _begun(self, response: Response) -> Response:
        try:
            self._hold_against_before(response)
        except Fault:
            response.close()
            raise
        return response

    def _hold_against_before(self, response: Response) -> None:
        if not self._at:
            announced = response.headers.get("content-length", "")
            self._size = int(announced) if announced.isdecimal() else None
            self._tag = _tagged(response)
        elif response.status != 206 or _sent_range(response)[0] != self._at:
            raise Fault("broken", "the server cannot go on in the middle of an object")

    def _give_up_or_wait(self, fault: Fault) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
        if fault.kind == "stands":
            raise Fault("away", "the object was replaced while it was read") from None
        self._doubt.add(fault)
