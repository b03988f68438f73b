"""The application: every router, the one place where errors become answers, and the matrix that holds it all.

A route that the matrix does not name stops the start: nothing is open by being forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lantai.api import finding, jobs, journal, oneself, people, uses
from lantai.api.door import PREFIX
from lantai.api.problems import absent, of_error, problem
from lantai.api.works import KINDS
from lantai.wiring import opened
from policies.errors import LantaiError
from policies.roles import route_book

ROUTERS: tuple[APIRouter, ...] = (
    finding.router, jobs.router, uses.router, oneself.router, people.router,
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
            app.state.archive = archive
            yield

    app = FastAPI(
        title="Lantai 兰台",
        version="1",
        lifespan=lifespan,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    need_matrix(app.routes)
    app.add_exception_handler(LantaiError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(journal.NotesUses)  # the outermost: it sees every answer
    return app


def need_matrix(routes: Iterable[object]) -> None:
    """Every route is named by the matrix. Raises `ValueError` for one that is not."""
    for route in routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                name = f"{method} {route.path.removeprefix(PREFIX)}"
                if name not in route_book().routes and name not in route_book().free.routes:
                    raise ValueError(f"the matrix does not name {method} {route.path}")


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, LantaiError)
    return of_error(error)


async def _malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
    return problem(422, "malformed", "the request is not as this route takes it", mistakes=told)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return absent() if error.status_code == 404 else problem(error.status_code, "http", str(error.detail))
