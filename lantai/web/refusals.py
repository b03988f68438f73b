"""What a reader sees where the API refused, or a page is not there: what happened, and what to do.

Absent and forbidden are the same page, as they are the same answer of the API. Not here: forms that show
their mistake in place (each page's own), the words (`lantai/words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from lantai.api.problems import STATUS
from lantai.messages import error_sentence, reading
from lantai.web.asking import address
from lantai.web.page import Page, Refused, SignInNeeded, open_page, wanted_language
from policies.errors import LantaiError


async def sign_in(request: Request, error: Exception) -> Response:
    """To the page of signing in, and from there back. Whoever sent something is told that it was not done."""
    assert isinstance(error, SignInNeeded)
    said = "" if request.method == "GET" else "session-over"
    there = address("/sign-in", {"next": error.back if error.back != "/" else "", "said": said})
    if "hx-request" in request.headers:
        return Response(None, 204, {"HX-Redirect": there})
    return RedirectResponse(there, 303)


async def refused(request: Request, error: Exception) -> Response:
    """What the API said, as a page, or in the place for notices of the page that asked."""
    assert isinstance(error, Refused)
    return await _told(request, error.status, error.problem)


async def broken(request: Request, error: Exception) -> Response:
    """What a page itself could not take."""
    if isinstance(error, HTTPException):
        if error.status_code == 405 and request.method == "GET":
            return RedirectResponse(_above(request), 303)
        return await _told(request, error.status_code, {"title": "http"})
    if isinstance(error, RequestValidationError):  # an address that no link of ours has
        return await _told(request, 404, {"title": "not-found"})
    assert isinstance(error, LantaiError)
    with reading(wanted_language(request)):
        problem = {"title": error.code, "detail": error_sentence(error.code, str(error))}
    return await _told(request, STATUS.get(error.code, 500), problem)


def _above(request: Request) -> str:
    """Where the form stands that is sent to a place of its own: whoever goes there otherwise, by reloading
    what it answered or after signing in again, comes to the form.
    """
    path, query = request.url.path, request.url.query
    while path:
        path = path.rpartition("/")[0]
        scope = {**request.scope, "path": path or "/"}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            break
    return address(path or "/") + (f"?{query}" if query else "")


async def _told(request: Request, status: int, problem: Mapping[str, Any]) -> Response:
    page: Page = getattr(request.state, "page", None) or await open_page(request)
    if status == 404:  # one text, whatever the API had to say: nothing of what was asked for stands in it
        problem = {"title": "not-found"}
    response = page.show(
        "notice.html" if page.part else "refused.html", status, status=status, problem=problem
    )
    if page.part:
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML"
    return response
