"""The application: every router, the one place where errors become answers, and the matrix that holds it all.

A route that the matrix does not name stops the start: nothing is open by being forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from lantai.api import (
    batches,
    carrying,
    content,
    copies,
    desk,
    destroying,
    entered,
    exporting,
    finding,
    fonds,
    health,
    items,
    jobs,
    journal,
    keeping,
    lists,
    oneself,
    organisation,
    parts,
    people,
    reading_room,
    reports,
    retrievals,
    signing,
    trusting,
    uploads,
    uses,
)
from lantai.api.answers import Answers
from lantai.api.described import DESCRIPTION, PROBLEMS, described
from lantai.api.faults import Malformed
from lantai.api.gate import Gate
from lantai.api.matching import PREFIX, Places
from lantai.api.metrics import Numbers
from lantai.api.problems import absent, of_error, problem
from lantai.api.ways import Ways
from lantai.api.works import KINDS
from lantai.web.app import furnish
from lantai.wiring import opened
from policies.errors import LantaiError

ROUTERS: tuple[APIRouter, ...] = (
    signing.router,
    finding.router,
    items.router,
    content.router,
    copies.router,
    desk.router,
    jobs.router,
    keeping.router,
    trusting.router,
    entered.router,
    exporting.router,
    destroying.router,
    carrying.router,
    uses.router,
    oneself.router,
    organisation.router,
    people.router,
    reports.router,
    retrievals.router,
    fonds.router,
    reading_room.router,
    uploads.router,
    lists.router,
    batches.router,
)


def application(home: Path) -> FastAPI:
    """The door of the archive at `home`; it is opened when the server starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with (
            opened(home) as archive,
            journal.kept(archive) as app.state.journal,
            jobs.working(archive, KINDS) as app.state.jobs,
        ):
            async with parts.standing(app.state, archive):
                yield

    places, numbers = Places(ROUTERS), Numbers()
    app = FastAPI(
        title="Lantai 兰台",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
        routes=list(health.ROUTES),
        middleware=[  # the outermost first
            Middleware(Answers, numbers=numbers),
            Middleware(journal.NotesUses),
            Middleware(Gate, places=places),
        ],
    )
    app.state.places, app.state.numbers = places, numbers
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.add_exception_handler(LantaiError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.openapi = described(app)  # type: ignore[method-assign]
    furnish(app)
    app.state.straight = Ways(app)  # with the handlers of errors that the pages have put before ours
    return app


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, LantaiError)
    return of_error(error)


async def _malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [(".".join(map(str, one["loc"])), str(one["msg"])) for one in error.errors()]
    return of_error(Malformed(mistakes))


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return absent() if error.status_code == 404 else problem(error.status_code, "http", str(error.detail))
