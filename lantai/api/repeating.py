"""Requests that are sent again: with the same `Idempotency-Key` they are worked on once and answered alike.

    the same request, answered          the same answer (`Lantai-Repeated: true`)
    the same, being worked on           409 still-running
    the same, its answer not kept       409 not-kept: it held a secret, was large, or broke off
    another request with this key       422 key-reused

Kept for a day, by account; only answers that say it was done (2xx): after any other nothing was done, and the
request may be sent again. Follows draft-ietf-httpapi-idempotency-key-header. Not here: the table
(`archive.answered`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from archive import answered
from archive.answered import NOT_KEPT, RUNNING, Answer
from archive.database import Database
from lantai.api.door import Caller, utc
from lantai.api.faults import KeyReused, Malformed, NotKept, StillRunning
from lantai.api.matching import Place
from policies.errors import LantaiError
from policies.roles import route_book

KEY_HEADER = b"idempotency-key"
MOST_KEY_BYTES = 255
MOST_KEPT_BYTES = 1024 * 1024
KEPT_HEADERS = frozenset({"content-type", "location", "etag", "content-language"})
IN_PART = frozenset({500, 507})
"""What broke, or filled the disk, may have done something before."""
USE = "lantai-use"
"""Kept beside them and never sent: what the use journal is told of the request, given again or not."""

Work = Callable[[Send], Awaitable[None]]


@dataclass
class _Copy:
    """What was sent, as far as it may be kept. `after` comes before its last part is sent."""

    send: Send
    after: Callable[[_Copy], Awaitable[None]]
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    ended: bool = False

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer, and keep it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
            self.headers = [one for one in told if one[0] in KEPT_HEADERS]
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            if self.size <= MOST_KEPT_BYTES:
                self.parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.ended = True
                await self.after(self)
        await self.send(message)


async def answered_once(
    caller: Caller, place: Place, request: tuple[Scope, bytes, bytes], work: Work, send: Send
) -> Response | None:
    """Work on the request unless it came before; the former answer if it did. `request` is its scope, key and
    body. Raises `KeyReused`, `StillRunning`, `NotKept`, `Malformed`.
    """
    scope, key, body = request
    if not 0 < len(key) <= MOST_KEY_BYTES:
        raise Malformed([("header.Idempotency-Key", f"it has 1 to {MOST_KEY_BYTES} bytes")])
    database: Database = caller.archive.database
    name, told = hashlib.sha256(key).hexdigest(), _digest(key, scope, body)
    known = await run_in_threadpool(_begin, database, caller.account, name, told)
    if known is not None:
        return _again(known, told, scope)
    secret = place.name in route_book().secrets.routes

    async def settle(copy: _Copy) -> None:
        if use := scope["state"].get("use"):
            copy.headers.append((USE, json.dumps(use)))
        await run_in_threadpool(_settle, database, caller.account, name, copy, secret)

    copy = _Copy(send, settle)
    try:
        await work(copy)
    except LantaiError:  # refused before the route began
        await run_in_threadpool(_forget, database, caller.account, name)
        raise
    finally:
        if not copy.ended:
            await run_in_threadpool(_broke_off, database, caller.account, name)
    return None


def _begin(database: Database, account: str, key: str, request: str) -> Answer | None:
    with database.write() as tx:
        return answered.begin(tx, account, key, request, utc(datetime.now(UTC)))


def _again(known: Answer, request: str, scope: Scope) -> Response:
    started = scope["app"].state.started
    if known.request != request:
        raise KeyReused
    if known.status == RUNNING and known.time >= started:
        raise StillRunning
    if known.status == RUNNING:
        raise NotKept(
            "the server ended while it worked on this: look whether it was done, then use another key"
        )
    if known.status == NOT_KEPT:
        raise NotKept(
            "this came before, and its answer was not kept: it held a secret, was large or broke off"
        )
    headers = {**dict(known.headers), "Lantai-Repeated": "true"}
    scope["state"]["use"] = json.loads(headers.pop(USE, "{}"))
    return Response(known.body, status_code=known.status, headers=headers)


def _settle(database: Database, account: str, key: str, copy: _Copy, secret: bool) -> None:
    """Before the answer's last part leaves: keep it, that there was one, or nothing."""
    with database.write() as tx:
        if copy.status in IN_PART or (copy.status < 300 and (secret or copy.size > MOST_KEPT_BYTES)):
            answered.end(tx, account, key, NOT_KEPT)
        elif copy.status < 300:
            answered.end(tx, account, key, copy.status, copy.headers, b"".join(copy.parts))
        else:
            answered.forget(tx, account, key)


def _broke_off(database: Database, account: str, key: str) -> None:
    """The route broke, or whoever asked has gone: it may have been done."""
    with database.write() as tx:
        answered.end(tx, account, key, NOT_KEPT)


def _forget(database: Database, account: str, key: str) -> None:
    with database.write() as tx:
        answered.forget(tx, account, key)


def _digest(key: bytes, scope: Scope, body: bytes) -> str:
    """What the request was, under the key that it came with."""
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for part in (scope["method"].encode(), scope["raw_path"], scope["query_string"], body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
