"""Whether the server lives, whether the archive can be worked with, and its numbers.

    /healthz   it lives                                            everybody
    /readyz    database, ledger's head, index, enough sites        everybody: yes or no; details as /metrics
    /metrics   numbers for Prometheus                              the networks of the settings; others: 404

Not here: the doctor, which looks at everything and takes its time (`lantai.doctor`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from archive import catalogue_index
from ingest.publish import continued
from lantai.api.metrics import Numbers
from lantai.api.networks import address_of, lies_in
from lantai.wiring import Archive
from policies.errors import LantaiError
from storage.errors import SiteError

FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
SECONDS = 15.0
"""So long an answer about readiness holds: sites are asked over the network."""


class Readiness:
    """Whether the archive can be worked with, asked at most every so many seconds, by one at a time."""

    def __init__(self, archive: Archive, clock: Callable[[], float] = time.monotonic) -> None:
        self._archive = archive
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: tuple[float, dict[str, str]] | None = None

    async def parts(self) -> dict[str, str]:
        """Each part, with "" where it is well or why it is not."""
        async with self._lock:
            now = self._clock()
            if self._found is None or now - self._found[0] >= SECONDS:
                self._found = now, await run_in_threadpool(look, self._archive)
            return self._found[1]

    async def ready(self) -> bool:
        """Whether all of it is well."""
        return not any((await self.parts()).values())


def look(archive: Archive) -> dict[str, str]:
    """Each part of the archive, with "" where it is well or why it is not."""
    asked: dict[str, Callable[[Archive], str]] = {
        "database": _database, "ledger": _ledger, "index": _index, "sites": _sites,
    }  # fmt: skip
    return {name: _why_not(ask, archive) for name, ask in asked.items()}


async def alive(_request: Request) -> Response:
    """Say that the server lives."""
    return PlainTextResponse("alive\n")


async def readiness(request: Request) -> Response:
    """Say whether the archive can be worked with; to whoever watches it, also what is wrong."""
    parts = await request.app.state.readiness.parts()
    status = 503 if any(parts.values()) else 200
    if _watches(request):
        return JSONResponse({"ready": status == 200, "parts": parts}, status_code=status)
    return PlainTextResponse("ready\n" if status == 200 else "not ready\n", status_code=status)


async def numbers(request: Request) -> Response:
    """The server's numbers, for whoever watches it."""
    if not _watches(request):
        raise HTTPException(404)  # as of any path that is not there
    state = request.app.state
    kept: Numbers = state.numbers
    text = await run_in_threadpool(kept.text, state.archive, await state.readiness.ready())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


ROUTES = [Route("/healthz", alive), Route("/readyz", readiness), Route("/metrics", numbers)]


def _watches(request: Request) -> bool:
    http = request.app.state.archive.settings.http
    peer = request.client.host if request.client else ""
    address = address_of(peer, http, request.headers.getlist)
    # A proxy of which the settings know nothing: whoever is behind it would be taken for the machine itself.
    if address == peer and any(name in request.headers for name in FORWARDING):
        return False
    return lies_in(address, http.metrics_networks)


def _why_not(ask: Callable[[Archive], str], archive: Archive) -> str:
    try:
        return ask(archive)
    except (LantaiError, OSError) as fault:
        return str(fault) or type(fault).__name__


def _database(archive: Archive) -> str:
    with archive.database.read() as conn:
        archive.ledger.size(conn)
    return ""


def _ledger(archive: Archive) -> str:
    with archive.database.read() as conn:
        head = archive.ledger.newest_head(conn)
        size = archive.ledger.size(conn)
        if head is None or head.size > size:
            return "the ledger has no signed head, or one beyond its entries"
        same = archive.ledger.root(conn, head.size) == head.root
    return "" if same else "the ledger is not what its head says"


def _index(archive: Archive) -> str:
    with archive.database.read() as conn:
        nothing = not catalogue_index.findable(conn)  # it is made with the first item
    return "" if nothing else archive.index.wanting


def _sites(archive: Archive) -> str:
    tools, there = archive.at_work(archive.subject).tools(), 0
    for site in tools.vault.sites:
        with suppress(SiteError), archive.database.read() as conn:
            continued(tools, conn, site)
            there += 1
    least = archive.settings.min_copies
    return "" if there >= least else f"{there} sites can be reached, {least} are needed"
