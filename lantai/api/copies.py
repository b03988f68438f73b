"""Routes of use copies: pictures, tiles, the course of a sound, what a browser plays.

Who may look at an item may look at its copies, by the access of this very request; a copy that was kept by a
browser is asked about before each use. What may only be looked at is not kept at all. A copy that is not
there is made meanwhile: 202 and `Retry-After` where that takes longer than a little. Not here: making
(`lantai.api.making`), the originals (`content`), what of it is written to the use journal (`belonging`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response

from ingest.probes.draw import PEAKS, PLAY, THUMB, TILES
from lantai.api import belonging, etags
from lantai.api.documents import disposition
from lantai.api.door import Caller, Door
from lantai.api.lasting import lasting
from lantai.api.making import Making, StillMaking
from lantai.api.problems import problem
from lantai.api.ranges import Span, Unsatisfiable, span
from lantai.api.sending import Sending
from policies.access import Subject, copying, may, view_of
from processes.errors import ContentAway, CopyNotKept, NotFound
from processes.finding.deliver import VIEW, Found, find_content
from processes.use_copies import reading
from processes.use_copies.kinds import MOST_PAGES, SUFFIXES, kinds_of, mime_of, of_page, pages_of, taken
from processes.use_copies.making import shown_by
from storage.errors import StorageError
from storage.use_copies import FORM, Shown

router = APIRouter(tags=["finding"])

Number = Annotated[int, Path(ge=1, le=1_000_000, description="Which component, from 1.")]
Place = Annotated[int, Path(ge=0, le=1_000_000)]
Page = Annotated[
    int, Query(ge=1, le=MOST_PAGES, description="Which page of a picture that has several, from 1.")
]
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
class Asked:
    """What a request asks for: a copy of a component, of which page, how it is read where it is there, and
    which part of it. An empty `kind` is the one that stands for the component, an empty `mime` its own.
    """

    code: str
    number: int
    page: int
    kind: str
    read: Read
    mime: str = ""
    place: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One copy that somebody may have, and how it is told."""

    found: Found
    kind: str
    page: int
    mime: str
    current: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A copy that may be had, what the conditions of the request come to, and it itself: None where it is not
    there, or not wanted; empty where there is nothing of it.
    """

    wanted: Wanted
    comes_to: etags.Met
    content: bytes | None


@router.get("/items/{code}/components/{number}/tiles")
async def tiles(door: Door, request: Request, code: str, number: Number, page: Page = 1) -> Response:
    """How a picture is cut into tiles: width, height, tile, levels (columns and rows, the coarsest first)."""
    belonging.part_of(request, "view")
    read = partial(reading.pyramid, door.archive.use_copies)
    return await _answer(door, request, Asked(code, number, page, TILES, read, JSON))


@router.get("/items/{code}/components/{number}/tiles/{level}/{column}/{row}", response_class=Response)
async def tile(
    door: Door, request: Request, code: str, number: Number,
    level: Place, column: Place, row: Place, page: Page = 1,
) -> Response:  # fmt: skip
    """One tile, JPEG."""
    belonging.part_of(request, "view")
    place = (level, column, row)
    read = partial(reading.tile, door.archive.use_copies, place)
    return await _answer(door, request, Asked(code, number, page, TILES, read, "image/jpeg", place))


@router.get("/items/{code}/components/{number}/peaks")
async def peaks(door: Door, request: Request, code: str, number: Number) -> Response:
    """The course of a sound: seconds, and the least and greatest value of each slice of it."""
    belonging.part_of(request, "view")
    return await _answer(door, request, Asked(code, number, 1, PEAKS, door.archive.use_copies.read, JSON))


async def copy_of(
    door: Caller, request: Request, code: str, number: int, size: str, page: int = 1
) -> Response:
    """A copy as a component's content: a picture, or what is played in its place."""
    belonging.part_of(request, "search" if size == THUMB else "view")
    read = partial(reading.whole, door.archive.use_copies)
    return await _answer(door, request, Asked(code, number, page, size, read))


async def _answer(door: Caller, request: Request, asked: Asked) -> Response:
    """The copy as it is there, or made; what the conditions of the request come to is said before."""
    look = partial(_look, door, asked, request.headers)
    try:
        seen = await run_in_threadpool(look)
        if seen.comes_to is etags.Met.GO_ON and seen.content is None:
            seen = await _made(request.app.state.making, seen.wanted, look)
        if seen.comes_to is not etags.Met.GO_ON:
            return _as_it_was(seen)
        if not seen.content:
            raise NotFound(f"copy of {asked.code}")
        if seen.wanted.kind == PLAY:
            return await run_in_threadpool(_played, door, request, seen.wanted)
        return _given(request, seen.wanted, seen.content)
    except StillMaking:
        return _later(request)
    except StorageError as fault:
        raise ContentAway from fault


async def _made(making: Making, wanted: Wanted, look: Callable[[], Seen]) -> Seen:
    """The copy once it is made, as whoever asked may have it by then. Raises `CopyNotKept`, `StillMaking`."""
    short = await making.made(wanted.found, wanted.kind, wanted.page)
    seen = await run_in_threadpool(look)
    if seen.content is not None or seen.comes_to is not etags.Met.GO_ON:
        return seen
    if short is None:
        raise CopyNotKept
    return replace(seen, content=short)


def _look(door: Caller, asked: Asked, had: Headers) -> Seen:
    """Which copy it is, and the copy where it is wanted and there. Raises `NotFound`, `StorageError`."""
    wanted = _wanted(door, asked)
    comes_to = etags.met(had, wanted.current)
    if comes_to is not etags.Met.GO_ON:
        return Seen(wanted, comes_to, None)
    return Seen(wanted, comes_to, asked.read(_shown(door, wanted), of_page(wanted.kind, wanted.page)))


def _wanted(door: Caller, asked: Asked) -> Wanted:
    """Who may have which copy. Raises `NotFound`, also where there is none of this kind, or no such page."""
    found = find_content(door.archive.database, asked.code, door.archive.subject, asked.number, VIEW)
    part, page = found.component, asked.page
    kind = asked.kind or taken(part)
    if kind not in kinds_of(part) or page > pages_of(part):
        raise NotFound(f"copy of {asked.code}")
    mime = asked.mime or mime_of(part, kind)
    named = (FORM, of_page(kind, page), *asked.place, asked.number, found.record.item.code, part.digests)
    current = etags.tag(door.account, "copy", *named)
    if may(view_of(copying(door.archive.subject)), found.record.standing):
        kept = etags.kept(current)
    else:
        kept = {"ETag": current, "Cache-Control": "no-store"}
    name = found.neutral.rpartition(".")[0]
    file = disposition(f"{name}-{of_page(kind, page)}.{SUFFIXES[mime]}", "inline")
    return Wanted(found, kind, page, mime, current, {**kept, **HELD_DOWN, "Content-Disposition": file})


def _shown(door: Caller, wanted: Wanted) -> Shown:
    """What the copy is of, with its key. Raises `StorageError` where that cannot be had."""
    item, part = wanted.found.record.item, wanted.found.component
    reader = door.archive.to_read()
    return shown_by(reader.vault, item.batch, part, reader.key(item.batch, part.object_id))


def _as_it_was(seen: Seen) -> Response:
    """Nothing of the copy, by what the request said of the one that it has."""
    if seen.comes_to is etags.Met.FAILED:
        return problem(412, "changed", "the copy is not what If-Match names", {"ETag": seen.wanted.current})
    told, headers = ("ETag", "Cache-Control", "Vary"), seen.wanted.headers
    return Response(None, 304, {name: headers[name] for name in told if name in headers})


def _played(door: Caller, request: Request, wanted: Wanted) -> Response:
    """A long copy in pieces, as long as whoever asked may look at it. The first is had before anything is
    said: what does not open at all is an error and no cut.
    """
    shown, copies = _shown(door, wanted), door.archive.use_copies
    ranged = _ranged(request, wanted, reading.length(copies, shown, wanted.kind))
    if isinstance(ranged, Response):
        return ranged
    told, start, end = ranged
    told["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(None, 200, told)

    def need(subject: Subject) -> None:
        find_content(door.archive.database, wanted.found.record.item.code, subject, wanted.found.number, VIEW)

    pieces = lasting(reading.pieces(copies, shown, wanted.kind, start, end), door, need)
    status = 206 if "Content-Range" in told else 200
    return Sending(pieces, told, status, first=next(pieces, b""))


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
