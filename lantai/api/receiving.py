"""The body of a request on its way into an upload: a part at a time, sealed and durable before the next.

No more than a part and a piece of the network's is in memory for each request. A connection that says
nothing for a minute is cut; one that breaks off leaves what came, and the sender goes on from there.

Not here: headers (`upload_headers`), what is kept (`processes.uploading.upload_arrival`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ingest.errors import ArchiveRefused
from lantai.api.documents import document
from lantai.api.door import Caller
from lantai.api.faults import TooOften
from lantai.api.problems import STATUS, of_error, problem
from lantai.api.upload_headers import standing_headers
from lantai.messages import error_sentence
from processes.uploading.upload_arrival import Arrival
from processes.uploading.upload_asked import Arriving
from processes.uploading.upload_errors import OffsetDiffers, UploadSlow
from storage.staging import PART_BYTES

SILENT_SECONDS = 60
MOST_AT_ONCE = 16
"""Bodies of one account: each has a part in memory, however slowly it comes."""
_under_way: Counter[str] = Counter()


async def received(caller: Caller, request: Request, upload: str, asked: Arriving, status: int) -> Response:
    """Take the body of `request` in and say how far the file came. Raises what `Arrival` raises, and
    `TooOften` where the account sends too many at once.
    """
    if _under_way[caller.account] >= MOST_AT_ONCE:
        raise TooOften(1)
    _under_way[caller.account] += 1
    try:
        return await _received(caller, request, upload, asked, status)
    finally:
        _under_way[caller.account] -= 1
        if not _under_way[caller.account]:
            del _under_way[caller.account]


async def _received(caller: Caller, request: Request, upload: str, asked: Arriving, status: int) -> Response:
    tools, limits = caller.archive.tools(), caller.archive.settings.uploads
    try:
        arrival = await run_in_threadpool(Arrival, tools, limits, upload, asked)
        try:
            await _take(request, arrival)
        finally:
            await run_in_threadpool(arrival.close)
    except OffsetDiffers as fault:
        more: dict[str, object] = {"expected-offset": fault.expected, "provided-offset": fault.given}
        return _refused(fault, {"Upload-Offset": str(fault.expected)}, more)
    except ArchiveRefused as fault:
        told = [{"where": "body", "what": mistake} for mistake in fault.mistakes]
        return _refused(fault, {}, {"mistakes": told})
    except ClientDisconnect:  # nobody hears the answer; what came is kept
        return problem(400, "bad-request", "the request broke off")
    came = arrival.standing
    told_back = {"path": came.path, "bytes": came.bytes, "complete": came.whole}
    return document(told_back, standing_headers(came), status)


async def _take(request: Request, arrival: Arrival) -> None:
    """Part by part. Where the connection ends early, what has come is kept before it is told."""
    held = bytearray()
    try:
        async for piece in _pieces(request):
            held += piece
            while len(held) >= PART_BYTES:
                part = bytes(held[:PART_BYTES])
                del held[:PART_BYTES]
                await run_in_threadpool(arrival.take, part, last=False)
    except (ClientDisconnect, UploadSlow):
        if held:
            await run_in_threadpool(arrival.take, bytes(held), last=False)
        raise
    await run_in_threadpool(arrival.take, bytes(held), last=True)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """What the network gives. Raises `ClientDisconnect`, `UploadSlow`."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise UploadSlow(SILENT_SECONDS) from None
        yield piece


def _refused(
    fault: OffsetDiffers | ArchiveRefused, headers: dict[str, str], more: dict[str, object]
) -> Response:
    if fault.code not in STATUS:
        return of_error(fault)
    said = error_sentence(fault.code, str(fault))
    return problem(STATUS[fault.code], fault.code, said, headers, **more)
