"""Asking the API as the reader of a page would: through the whole door, in the same process.

What the reader's browser sent to say who they are and where they come from goes along; what the API answers
to it is all that a page knows. Not here: what the API does, and how its answers look (`lantai.web.page`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.types import Message

from lantai.api.matching import PREFIX

FROM_READER = (
    b"cookie",
    b"host",
    b"origin",
    b"sec-fetch-site",
    b"user-agent",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-proto",
)
"""Headers of the reader's request that the API judges by; no other one is passed on."""
MOST_BYTES = 16 * 1024 * 1024
"""More than that no page shows at once; what is longer is a link to the API itself."""

Query = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said: its status, its headers and its whole body."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes

    @property
    def document(self) -> Any:
        """The body's JSON, `{}` where there is none."""
        return msgspec.json.decode(self.content) if self.content else {}

    @property
    def cookies(self) -> list[bytes]:
        """The cookies that it sets."""
        return [value for name, value in self.headers if name == b"set-cookie"]


class TooMuch(Exception):
    """An answer that no page can hold; a page asked for something that it should have linked to."""


async def ask(
    request: Request,
    method: str,
    path: str,
    *,
    query: Query | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    language: str = "en",
) -> Answer:
    """What the API answers to `method` at `path` (below its prefix, not quoted). Empty values of `query` are
    left out; a list gives its parameter several times. `body` is sent as JSON. Raises `TooMuch`.
    """
    content = b"" if body is None else msgspec.json.encode(body)
    scope = _scope(
        request, method, path, query or {}, {**(headers or {}), "accept-language": language}, content
    )
    told: dict[str, Any] = {"status": 500, "headers": []}
    held, given = bytearray(), False

    async def receive() -> Message:
        nonlocal given
        if given:
            await asyncio.Event().wait()  # whoever asks stays until the answer is whole
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            told.update(status=message["status"], headers=list(message["headers"]))
        held.extend(message.get("body", b""))
        if len(held) > MOST_BYTES:
            raise TooMuch(path)

    await request.app(scope, receive, send)
    return Answer(told["status"], told["headers"], bytes(held))


def address(path: str, query: Query | None = None) -> str:
    """The path of a page or a route as it stands in a link: quoted, with what `query` names."""
    pairs = urlencode(_pairs(query or {}))
    return quote(path, safe="/·-._~") + (f"?{pairs}" if pairs else "")


def _pairs(query: Query) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, _plain(one)) for one in values if one not in ("", None) and one is not False]
    return pairs


def _plain(value: object) -> str:
    return "true" if value is True else str(value)


def _scope(
    request: Request, method: str, path: str, query: Query, headers: Mapping[str, str], content: bytes
) -> dict[str, Any]:
    passed = [(name, value) for name, value in request.headers.raw if name in FROM_READER]
    passed += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if content:
        passed += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    return {
        "type": "http",
        "asgi": request.scope.get("asgi", {"version": "3.0"}),
        "http_version": "1.1",
        "scheme": request.scope["scheme"],
        "method": method,
        "path": PREFIX + path,
        "raw_path": (PREFIX + quote(path)).encode(),
        "query_string": urlencode(_pairs(query)).encode(),
        "root_path": "",
        "headers": passed,
        "client": request.scope.get("client"),
        "server": request.scope.get("server"),
    }
