"""How somebody reads: their language and whether paper is light or dark, each kept in a cookie of its own;
and where they go on afterwards, at pages of our own alone.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs, unquote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from lantai.web.page import LANGUAGE, THEME, Page

router = APIRouter()
SECONDS = 365 * 86_400


@router.get("/language/{wanted}")
async def language(request: Request, wanted: Literal["zh", "en"]) -> Response:
    """Go on in that language, where one was."""
    return _kept(request, LANGUAGE, wanted)


@router.get("/theme/{wanted}")
async def theme(request: Request, wanted: Literal["light", "dark", "auto"]) -> Response:
    """Go on with that paper, where one was; `auto` is the device's own, and needs no cookie."""
    return _kept(request, THEME, "" if wanted == "auto" else wanted)


def _kept(request: Request, name: str, value: str) -> Response:
    there = own_path(request.query_params.get("next", ""))
    response = RedirectResponse(there, 303)
    response.set_cookie(name, value, max_age=SECONDS if value else 0, path="/", httponly=True, samesite="lax")
    return response


def own_path(wanted: str) -> str:
    """A path of our own to go on at, whatever a link says; the first page where it is none."""
    strange = not wanted.startswith("/") or wanted[1:2] in {"/", "\\"} or any(ord(one) < 33 for one in wanted)
    return "/" if strange or len(wanted) > 2000 else wanted


def onward(page: Page, wanted: str, **more: object) -> Response:
    """Go on at `wanted`, a page of our own, with what stands in its query, and `more`. A path is quoted anew
    where it is written, so that it is one of ours after unquoting too.
    """
    path, _, query = own_path(wanted).partition("?")
    return page.to("/" + unquote(path).lstrip("/"), **(parse_qs(query) | more))
