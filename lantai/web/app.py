"""The workbench in the application: every page, the files, and what becomes of what is refused.

Not here: the API and its gate (`lantai.api.app`), which every page asks.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lantai.api.matching import PREFIX
from lantai.web import (
    batches,
    browse,
    certificates,
    choices,
    desk,
    desk_appraising,
    desk_correcting,
    desk_destroying,
    desk_due,
    desk_fonds,
    desk_holding,
    desk_retrieving,
    files,
    helping,
    ingest,
    items,
    jobs,
    ledger,
    oneself,
    people,
    reading_room,
    refusals,
    reports,
    search,
    sheets,
    signing,
    today,
    uses,
    vault,
    vault_carriers,
    vault_keys,
)
from lantai.web.page import Refused, SignInNeeded
from policies.errors import LantaiError

ROUTERS: tuple[APIRouter, ...] = (
    today.router,
    signing.router,
    choices.router,
    helping.router,
    oneself.router,
    uses.router,
    people.router,
    search.router,
    browse.router,
    items.router,
    batches.router,
    ingest.router,
    jobs.router,
    vault.router,
    vault_keys.router,
    vault_carriers.router,
    ledger.router,
    desk.router,
    desk_appraising.router,
    desk_correcting.router,
    desk_destroying.router,
    desk_due.router,
    desk_fonds.router,
    desk_holding.router,
    desk_retrieving.router,
    reports.router,
    reading_room.router,
    certificates.router,
)


def furnish(app: FastAPI) -> None:
    """Put the pages into `app`. What goes wrong below the API's prefix is answered as before."""
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.router.routes.extend(files.mounts())
    app.state.broken_page = sheets.broken
    app.add_exception_handler(SignInNeeded, refusals.sign_in)
    app.add_exception_handler(Refused, refusals.refused)
    for kind in (LantaiError, HTTPException, RequestValidationError):
        _shared(app, kind)


def _shared(app: FastAPI, kind: type[Exception]) -> None:
    """Errors of `kind` become a page where a page was asked for."""
    of_api = app.exception_handlers[kind]

    async def either(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(PREFIX) and not _comes_back(request):
            answered: Response = await of_api(request, error)  # type: ignore[misc]
            return answered
        return await refusals.broken(request, error)

    app.add_exception_handler(kind, either)


def _comes_back(request: Request) -> bool:
    """Whether a browser comes back from an organisation's sign-in: what goes wrong there somebody reads."""
    back = request.url.path == f"{PREFIX}/session/organisation/return"
    return back and "text/html" in request.headers.get("accept", "")
