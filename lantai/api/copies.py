"""Routes of use copies: pictures, tiles, the course of a sound, what a browser plays.

Who may look at an item may look at its copies, by the access of this very request; a copy that was kept by a
browser is asked about before each use. What may only be looked at is not kept at all. A copy that is not
there is made meanwhile: 202 and `Retry-After` where that takes longer than a little. Not here: making
(`lantai.api.making`), the originals (`content`), what of it is written to the use journal (`belonging`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response

from ingest.probes.draw import PLAY
from lantai.api import belonging, etags
from lantai.api.documents import disposition
from lantai.api.door import Caller, Door
from lantai.api.lasting import lasting
from lantai.api.making import Making
from lantai.api.problems import problem
from lantai.api.ranges import Span, Unsatisfiable, span
from lantai.api.sending import Sending
from policies.access import Subject, copying, may, view_of
from processes.errors import ContentAway, NotFound
from processes.finding.deliver import VIEW, Found, find_content
from processes.use_copies import reading
from processes.use_copies.kinds import SUFFIXES, kinds_of, mime_of, taken
from processes.use_copies.making import shown_by
from storage.errors import StorageError
from storage.use_copies import FORM, Shown

router = APIRouter(tags=["finding"])

Number = Annotated[int, Path(ge=1, le=1_000_000, description="Which component, from 1.")]
Place = Annotated[int, Path(ge=0, le=1_000_000)]
HELD_DOWN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECONDS_TO_WAIT = 2
JSON = "application/json"

Read = Callable[[Shown, str], "bytes | None"]
"""A copy of a kind, or a part of it; None where it is not there, empty where there is nothing of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One copy that somebody may have: how it is read where it is there, and how it is told."""

    found: Found
    kind: str
    mime: str
    current: str
    headers: Mapping[str, str]
    read: Read


@router.get("/items/{code}/components/{number}/tiles")
async def tiles(door: Door, request: Request, code: str, number: Number) -> Response:
    """How a picture is cut into tiles: width, height, tile, levels (columns and rows, the coarsest first)."""
    belonging.part_of(request, "view")
    read = partial(reading.pyramid, door.archive.use_copies)
    return await _answer(door, request, code, number, "tiles", JSON, read)


@router.get("/items/{code}/components/{number}/tiles/{level}/{column}/{row}", response_class=Response)
async def tile(
    door: Door, request: Request, code: str, number: Number, level: Place, column: Place, row: Place
) -> Response:
    """One tile, JPEG."""
    belonging.part_of(request, "view")
    read = partial(reading.tile, door.archive.use_copies, (level, column, row))
    return await _answer(door, request, code, number, "tiles", "image/jpeg", read, (level, column, row))


@router.get("/items/{code}/components/{number}/peaks")
async def peaks(door: Door, request: Request, code: str, number: Number) -> Response:
    """The course of a sound: seconds, and the least and greatest value of each slice of it."""
    belonging.part_of(request, "view")
    return await _answer(door, request, code, number, "peaks", JSON, door.archive.use_copies.read)


async def copy_of(door: Caller, request: Request, code: str, number: int, size: str) -> Response:
    """A copy as a component's content: a picture, or what is played in its place."""
    belonging.part_of(request, "search" if size == "thumb" else "view")
    return await _answer(
        door, request, code, number, size, "", partial(reading.whole, door.archive.use_copies)
    )


async def _answer(
    door: Caller, request: Request, code: str, number: int, kind: str, mime: str, read: Read, *place: Any
) -> Response:
    """The copy as it is there, or made; what the conditions of the request come to is said before."""
    ask = partial(_asked, door, code, number, kind, mime, read, place, request.headers)
    try:
        wanted, comes_to, content = await run_in_threadpool(ask)
        if comes_to is etags.Met.GO_ON and content is None:
            making: Making = request.app.state.making
            if not await making.made(wanted.found, wanted.kind):
                return _later(request)
            wanted, comes_to, content = await run_in_threadpool(ask)
    except StorageError as fault:
        raise ContentAway from fault
    if comes_to is etags.Met.FAILED:
        return problem(412, "changed", "the copy is not what If-Match names", {"ETag": wanted.current})
    if comes_to is etags.Met.UNCHANGED:
        told = ("ETag", "Cache-Control", "Vary")
        return Response(None, 304, {name: wanted.headers[name] for name in told if name in wanted.headers})
    if not content:
        raise NotFound(f"copy of {code}")
    if wanted.kind == PLAY:
        return await run_in_threadpool(_played, door, request, wanted)
    return _given(request, wanted, content)


def _asked(
    door: Caller, code: str, number: int, kind: str, mime: str, read: Read, place: Sequence[Any], had: Headers
) -> tuple[Wanted, etags.Met, bytes | None]:
    """Which copy it is, what the conditions come to, and the copy where it is wanted and there."""
    wanted = _wanted(door, code, number, kind, mime, read, place)
    comes_to = etags.met(had, wanted.current)
    return wanted, comes_to, _read(door, wanted) if comes_to is etags.Met.GO_ON else None


def _wanted(
    door: Caller, code: str, number: int, kind: str, mime: str, read: Read, place: Sequence[Any]
) -> Wanted:
    """Who may have which copy. Raises `NotFound`, also where there is none of this kind."""
    found = find_content(door.archive.database, code, door.archive.subject, number, VIEW)
    part = found.component
    kind = kind or taken(part)
    if kind not in kinds_of(part):
        raise NotFound(f"copy of {code}")
    mime = mime or mime_of(part, kind)
    current = etags.tag(
        door.account, "copy", FORM, kind, *place, number, found.record.item.code, part.digests
    )
    if may(view_of(copying(door.archive.subject)), found.record.standing):
        kept = etags.kept(current)
    else:
        kept = {"ETag": current, "Cache-Control": "no-store"}
    name = found.neutral.rpartition(".")[0]
    file = disposition(f"{name}-{kind}.{SUFFIXES[mime]}", "inline")
    return Wanted(found, kind, mime, current, {**kept, **HELD_DOWN, "Content-Disposition": file}, read)


def _read(door: Caller, wanted: Wanted) -> bytes | None:
    """The copy as it is kept, None where it is not. Raises `StorageError` where its key cannot be had."""
    item, part = wanted.found.record.item, wanted.found.component
    reader = door.archive.to_read()
    shown = shown_by(reader.vault, item.batch, part, reader.key(item.batch, part.object_id))
    return wanted.read(shown, wanted.kind)


def _played(door: Caller, request: Request, wanted: Wanted) -> Response:
    """A long copy in pieces, as long as whoever asked may look at it."""
    item, part = wanted.found.record.item, wanted.found.component
    reader, copies = door.archive.to_read(), door.archive.use_copies
    shown = shown_by(reader.vault, item.batch, part, reader.key(item.batch, part.object_id))
    size = reading.length(copies, shown, wanted.kind)
    ranged = _ranged(request, wanted, size)
    if isinstance(ranged, Response):
        return ranged
    told, start, end = ranged

    def need(subject: Subject) -> None:
        find_content(door.archive.database, item.code, subject, wanted.found.number, VIEW)

    pieces = reading.pieces(copies, shown, wanted.kind, start, end)
    told["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(None, 200, told)
    return Sending(lasting(pieces, door, need), told, 206 if "Content-Range" in told else 200)


def _given(request: Request, wanted: Wanted, content: bytes) -> Response:
    ranged = _ranged(request, wanted, len(content))
    if isinstance(ranged, Response):
        return ranged
    headers, start, end = ranged
    if request.method == "HEAD":
        return Response(None, 200, {**headers, "Content-Length": str(len(content))})
    return Response(content[start:end], 206 if "Content-Range" in headers else 200, headers)


def _ranged(request: Request, wanted: Wanted, size: int) -> tuple[dict[str, str], int, int] | Response:
    """The headers of what is asked for, and from where to where it goes; or that there is no such part."""
    headers = {**wanted.headers, "Content-Type": wanted.mime, "Accept-Ranges": "bytes"}
    counts = request.method != "HEAD" and etags.range_counts(request.headers, wanted.current)
    try:
        part: Span | None = span(request.headers.getlist("range"), size) if counts else None
    except Unsatisfiable:
        return problem(
            416, "range", "no byte of the copy is in this range", {"Content-Range": f"bytes */{size}"}
        )
    if part is None:
        return headers, 0, size
    return {**headers, "Content-Range": part.told(size)}, part.start, part.end


def _later(request: Request) -> Response:
    """It is being made; nothing was given, so nothing is written as given."""
    belonging.not_given(request)
    told = {"Retry-After": str(SECONDS_TO_WAIT), "Cache-Control": "no-store"}
    return Response(b'{"making":true}\n', 202, told, JSON)
