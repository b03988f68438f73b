"""The use journal at the HTTP door: every use is written before the first byte of its answer leaves.

What an answer's status and headers say (was it given, which bytes) is known when it starts, so that is where
it waits for the journal; where the journal cannot be written the answer is 503 instead, and nothing of it
leaves. Routes that are uses stand in `policies/routes.toml`; refusals (401, 403, 404, 429) are written on
every path of the API. Who asks, from where and by which route the gate leaves in `request.state`; a route
whose path and query do not say what was used sets `request.state.use` to a table of texts, such as
`{"code": "A\\nB"}`, and one that signs in puts the `account` there. What strangers cause is bounded
(`policies.uses.Flood`). Not here: the writing (`processes.using.uses_writer`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive.accounts import account as account_named
from archive.codes import canonical_text
from lantai.api.belonging import Belonging, kind_of
from lantai.api.door import utc
from lantai.api.matching import PREFIX
from lantai.api.problems import of_error
from lantai.wiring import Archive
from policies.errors import LantaiError
from policies.lockout import network_of
from policies.roles import route_book
from policies.uses import Flood
from processes.people.accounts import LONGEST_NAME
from processes.using.uses import note, use
from processes.using.uses_writer import UseWriter

LONGEST_PATH = 200
REFUSED = frozenset({401, 403, 404, 429})
NOT_ASKED = frozenset({"query", "cursor"})
"""Parameters that are written by themselves, or say nothing."""
ALWAYS = frozenset({"sign-in", "opening"})
"""Kinds that are written whether they succeed or not."""


class _Shut(Exception):
    """The answer was begun and must not leave; ends the route that makes it."""


@dataclass
class Journal:
    """What a server keeps to write uses with."""

    archive: Archive
    writer: UseWriter
    flood: Flood = field(default_factory=Flood)
    belonging: Belonging = field(default_factory=Belonging)
    under_way: list[int] = field(default_factory=lambda: [0])
    """How many are being served whose answers have not begun; one number, on the loop's thread."""

    async def noted(self, scope: Scope, answer: Message) -> None:
        """Write the use that this answer is, if it is one; durable on return. Raises `JournalShut`."""
        if self.archive.database.read_only:
            return
        kind = _kind(scope, int(answer["status"]))
        if kind is None:
            return
        detail = _detail(scope, answer)
        account = self._account(scope, kind, detail)
        whole, code = scope["state"].get("part_of"), detail.get("code", "")
        if kind != "refused" and self.belonging.covers(whole, account, code):
            return
        if not account or answer["status"] == 429:
            left_out = self.flood.admit(network_of(detail.get("address", "")), time.monotonic())
            if left_out is None:
                return
            detail["more"] = str(left_out or "")
        await self.writer.noted(use(utc(datetime.now(UTC)), account, kind, detail, self.archive.rules))
        self.belonging.note(kind, account, code, whole, scope["state"].get("named", ()))

    def _account(self, scope: Scope, kind: str, detail: dict[str, str]) -> str:
        """Whose use it is. What somebody typed to sign in is written where it is an account's name, and not
        where it is none: it may be a password.
        """
        typed = detail.pop("account", "")
        caller = scope["state"].get("caller")
        known = "" if caller is None else str(caller.account)
        if known or kind != "sign-in" or not (typed.isprintable() and len(typed) <= LONGEST_NAME):
            return known
        with self.archive.database.read() as conn:
            there = typed == self.archive.settings.account or account_named(conn, typed) is not None
        return typed if there else ""


@contextmanager
def kept(archive: Archive) -> Iterator[Journal]:
    """The journal of a server over `archive`, open meanwhile."""
    under_way = [0]
    with UseWriter(partial(note, archive.database), lambda: under_way[0]) as writer:
        yield Journal(archive, writer, under_way=under_way)


class NotesUses:
    """The outermost layer of the application: see above. The journal is `app.state.journal`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is no request of the API passes."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        journal: Journal = scope["app"].state.journal
        shut: LantaiError | None = None
        under_way, begun = journal.under_way, False
        under_way[0] += 1

        async def noting(message: Message) -> None:
            nonlocal shut, begun
            if message["type"] == "http.response.start" and not begun:
                try:
                    await journal.noted(scope, message)
                except LantaiError as fault:
                    shut = fault
                    raise _Shut from fault
                begun = True
                under_way[0] -= 1
            await send(message)

        try:
            with suppress(_Shut):
                await self._app(scope, receive, noting)
            if shut is not None:
                await of_error(shut)(scope, receive, send)
        finally:
            if not begun:
                under_way[0] -= 1


def _kind(scope: Scope, status: int) -> str | None:
    place = scope["state"].get("place")
    kind = kind_of(scope["state"], route_book().uses.get(place.name) if place is not None else None)
    if kind is not None and (status < 400 or (kind in ALWAYS and status < 500)):
        return kind
    return "refused" if status in REFUSED else None


def _detail(scope: Scope, answer: Message) -> dict[str, str]:
    """What is told of a request: how it came, what it asked for, what it was given."""
    state, headers = scope["state"], dict(answer.get("headers", ()))
    place, path = state.get("place"), scope["path"].removeprefix(PREFIX)
    match = place.pattern.fullmatch(path) if place is not None else None
    named = match.groupdict() if match else {}
    client = scope.get("client")
    told = {
        "request": place.name if match else f"{scope['method']} {path[:LONGEST_PATH]}",
        "address": str(state.get("address") or (client[0] if client else "")),
        "code": canonical_text(named.pop("code", "")),
        "range": headers.get(b"content-range", b"").decode("latin-1"),
        "bytes": headers.get(b"content-length", b"").decode("latin-1") if "number" in named else "",
        "component": named.pop("number", ""),
        "status": str(answer["status"]),
    }
    return named | told | _asked(scope.get("query_string", b"")) | _said(state.get("use"))


def _asked(query: bytes) -> dict[str, str]:
    if not query:
        return {}
    pairs = parse_qsl(query.decode("latin-1"), encoding="utf-8", errors="replace")
    more = "&".join(f"{name}={value}" for name, value in pairs if name not in NOT_ASKED)
    return {"query": dict(pairs).get("query", ""), "asked": more}


def _said(use: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in use.items()} if isinstance(use, Mapping) else {}
