"""Pages of one's own account: its offices in words, password, second factor, tokens, where one is signed in.

Whoever needs a second factor and has none is sent here by whatever else they open. Not here: signing in
(`lantai.web.signing`), what is done for others (`lantai.web.people`).
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import segno
from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter(prefix="/oneself")
FACTOR = "/oneself/second-factor"
LONGEST_URI = 400


@router.get("")
async def oneself(page: Reader) -> Response:
    """What one may, and all that is one's own."""
    return await _oneself(page)


@router.post("/password")
async def set_password(page: Reader, request: Request) -> Response:
    """Change the password; everywhere else one is signed out."""
    form = await read(request)
    if form.raw("new") != form.raw("again"):
        return await _oneself(page, 422, form, {"title": "passwords-differ"}, "password")
    asked = {"password": form.raw("password"), "code": form["code"], "new": form.raw("new")}
    try:
        await page.send("PUT", "/account/password", asked, form)
    except Refused as refused:
        return await _oneself(page, refused.status, form, refused.problem, "password")
    return page.to("/oneself", said="password")


@router.get("/second-factor")
async def second_factor(page: Reader) -> Response:
    """Where a second factor is begun."""
    return await _factor(page)


@router.post("/second-factor")
async def begin(page: Reader, request: Request) -> Response:
    """Begin it: the picture for the authenticator, and the secret as text."""
    form = await read(request)
    asked = {"password": form.raw("password"), "code": form["code"]}
    try:
        told = await page.post("/account/totp", asked, form)
    except Refused as refused:
        return await _factor(page, refused.status, form=form.shown, problem=refused.problem)
    return await _factor(page, uri=told["uri"])


@router.post("/second-factor/first-code")
async def confirm(page: Reader, request: Request) -> Response:
    """Enrol it by its first code."""
    form = await read(request)
    try:
        await page.send("PUT", "/account/totp", {"code": form["code"]}, form)
    except Refused as refused:
        return await _factor(page, refused.status, uri=form["uri"], problem=refused.problem)
    return page.to("/oneself", said="second-factor")


@router.post("/tokens")
async def make_token(page: Reader, request: Request) -> Response:
    """Make a token; its secret stands in this one answer."""
    form = await read(request)
    days = form["days"]
    may = form.all("may") if form["narrow"] else None
    asked = {"name": form["name"], "days": int(days[:9]) if days.isdecimal() else 0, "may": may}
    try:
        made = await page.post("/account/tokens", asked, form, proves="tokens")
    except Refused as refused:
        return await _oneself(page, refused.status, form, refused.problem, "tokens")
    return page.show("token.html", made=made)


@router.post("/tokens/{token}/end")
async def end_token(page: Reader, request: Request, token: str) -> Response:
    """End a token."""
    await page.send("DELETE", f"/account/tokens/{token}", None, await read(request))
    return page.to("/oneself", said="token-ended")


@router.post("/sessions/end")
async def end_sessions(page: Reader, request: Request) -> Response:
    """Sign out everywhere else."""
    await page.send("DELETE", "/account/sessions", None, await read(request))
    return page.to("/oneself", said="sessions-ended")


async def _oneself(
    page: Page, status: int = 200, form: Form | None = None, problem: Any = None, where: str = ""
) -> Response:
    """The page; after a mistake with what was typed, the problem above the form `where` it was made."""
    own, tokens, sessions = await asyncio.gather(
        page.get("/account"), page.get("/account/tokens"), page.get("/account/sessions")
    )
    return page.show(
        "oneself.html",
        status,
        own=own,
        tokens=tokens["tokens"],
        sessions=sessions["sessions"],
        form=form.shown if form else {},
        chosen=form.all("may") if form else [],
        problem=problem,
        where=where,
    )


async def _factor(page: Page, status: int = 200, uri: str = "", **values: object) -> Response:
    own = await page.get("/account")
    known = uri if uri.startswith("otpauth://totp/") and len(uri) <= LONGEST_URI else ""
    secret = parse_qs(urlsplit(known).query).get("secret", [""])[0]
    picture = _picture(known) if known else ""
    return page.show(
        "second-factor.html", status, own=own, uri=known, secret=secret, picture=picture, **values
    )


def _picture(uri: str) -> str:
    """The URI as a QR code (ISO/IEC 18004) in SVG, drawn here: no other server ever sees it."""
    return segno.make(uri, error="m", micro=False).svg_inline(border=4, omitsize=True, light="#fff")
