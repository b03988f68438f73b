"""Routes of content: one component of an item, whole or in part, verified before it leaves.

What a browser does with it is held down: a neutral file name, the type that was found when it came in and no
guessing, nothing that runs. What may only be looked at is asked for with `use=view`, shown and not kept.
Not here: who may have it (`processes.finding.deliver`), how pieces are sent (`sending`), copies (`copies`).
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from lantai.api import copies, etags
from lantai.api.documents import disposition
from lantai.api.door import Caller, Door
from lantai.api.lasting import lasting
from lantai.api.problems import problem
from lantai.api.ranges import Span, Unsatisfiable, span
from lantai.api.sending import Sending
from policies.access import Subject
from processes.errors import ContentAway
from processes.finding import deliver
from processes.finding.deliver import VIEW, Found, find_content, find_within
from processes.finding.show import as_public
from storage.errors import StorageError
from storage.sealing import Key
from storage.vault import Vault

router = APIRouter(tags=["finding"])

Use = Annotated[
    Literal["original", "copy", "view"],
    Query(description="What for: to take away, a use copy, or to look at."),
]
Size = Annotated[
    Literal["", "thumb", "screen", "play"],
    Query(description="Which use copy; the largest there is where none is named."),
]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Which component, from 1.")]

_log = logging.getLogger("lantai.api")
_MIME = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


@router.get("/items/{code}/components/{number}", response_class=Response)
@router.head("/items/{code}/components/{number}", response_class=Response)
async def component(
    door: Door, request: Request, code: str, number: Number,
    use: Use = "original", size: Size = "", page: copies.Page = 1,
) -> Response:  # fmt: skip
    """An item's content: verified, by ranges, with a tag; or a use copy of it."""
    if use == "copy":
        return await copies.copy_of(door, request, code, number, size, page)
    return await run_in_threadpool(_component, door, request, code, number, use)


def _component(door: Caller, request: Request, code: str, number: int, use: str) -> Response:
    with door.archive.database.read() as conn:
        found = find_within(conn, code, door.archive.subject, number, use)
        current = _tag(conn, door, found, use)
    headers = _headers(found, current, use)
    comes_to = etags.met(request.headers, current)
    if comes_to is etags.Met.FAILED:
        return problem(412, "changed", "the content is not what If-Match names", {"ETag": current})
    if comes_to is etags.Met.UNCHANGED:
        return Response(None, 304, {name: headers[name] for name in ("ETag", "Cache-Control", "Vary")})
    if request.method == "HEAD":
        return Response(None, 200, headers)
    try:
        wanted = _wanted(request, found, current)
    except Unsatisfiable:
        none = {"Content-Range": f"bytes */{found.component.bytes}"}
        return problem(416, "range", "no byte of the content is in this range", none)
    return _sent(door, found, wanted, headers, use)


def _wanted(request: Request, found: Found, current: str) -> Span | None:
    if not etags.range_counts(request.headers, current):
        return None
    return span(request.headers.getlist("range"), found.component.bytes)


def _sent(door: Caller, found: Found, wanted: Span | None, headers: dict[str, str], use: str) -> Response:
    """The first piece is had before anything is said: what cannot be read at all is an error and no cut."""
    status = 200
    if wanted is not None:
        status, length = 206, found.component.bytes
        headers |= {"Content-Range": wanted.told(length), "Content-Length": str(wanted.bytes)}
    try:
        reader = door.archive.to_read()
        key = reader.key(found.record.item.batch, found.component.object_id)
        if found.component.bytes <= deliver.SMALL:
            whole = deliver.whole_of_found(reader.vault, found, key)
            return Response(whole if wanted is None else whole[wanted.start : wanted.end], status, headers)
        pieces = _pieces(door, reader.vault, found, key, wanted, use)
        return Sending(pieces, headers, status, first=next(pieces, b""))
    except StorageError as fault:
        _log.warning("content cannot be read: %s", fault)
        raise ContentAway from fault


def _pieces(
    door: Caller, vault: Vault, found: Found, key: Key, wanted: Span | None, use: str
) -> Iterator[bytes]:
    """A long component in pieces, as long as whoever asked may have it."""

    def need(subject: Subject) -> None:
        find_content(door.archive.database, found.record.item.code, subject, found.number, use)

    if wanted is None:
        return lasting(deliver.pieces_of_found(vault, found, key), door, need)
    return lasting(deliver.part_of_found(vault, found, key, wanted.start, wanted.end), door, need)


def _tag(conn: Connection, door: Caller, found: Found, use: str) -> str:
    """What the account is shown of the component: to staff its history too, to others not even that."""
    if not found.staff:
        return etags.tag(door.account, "public", use, found.number, as_public(found.record.item))
    newest = door.archive.ledger.newest_of(conn, found.record.item.id)
    return etags.tag(door.account, "full", use, found.number, newest, found.component.digests)


def _headers(found: Found, current: str, use: str) -> dict[str, str]:
    part = found.component
    kept = {"Cache-Control": "no-store"} if use == VIEW else {}
    return etags.kept(current, kept) | {
        "Content-Type": part.mime if _MIME.fullmatch(part.mime) else "application/octet-stream",
        "Content-Length": str(part.bytes),
        "Content-Disposition": disposition(found.neutral, "inline" if use == VIEW else "attachment"),
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(part.sha256)).decode()}:",
        **copies.HELD_DOWN,
    }
