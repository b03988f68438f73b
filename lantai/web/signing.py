"""Pages of coming in: signing in, a first password by one-time code, an organisation's own sign-in, signing
out.

Not here: what somebody does for their own account once they are in (`lantai.web.oneself`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.choices import onward, own_path
from lantai.web.forms import Form, read
from lantai.web.page import Anyone, Page, Reader, Refused

router = APIRouter()


@router.get("/sign-in")
async def sign_in_page(page: Anyone) -> Response:
    """Where somebody says who they are."""
    there = own_path(page.request.query_params.get("next", ""))
    return page.show("sign-in.html", next=there, ways=await page.get("/session/ways"))


@router.post("/sign-in")
async def sign_in(page: Anyone, request: Request) -> Response:
    """Sign in, and go on where one wanted to be."""
    form = await read(request)
    asked = {"account": form["account"], "password": form.raw("password"), "code": form["code"]}
    return await _in(page, form, "sign-in.html", "/session", asked)


@router.get("/sign-in/organisation")
async def organisation(page: Anyone) -> Response:
    """To the organisation's own sign-in; where it cannot be reached, the page that one came from says so."""
    answer = await page.asked("GET", "/session/organisation")
    if answer.status >= 400:
        return await _again(page, Form([]), "sign-in.html", Refused(answer))
    there = next(value.decode() for name, value in answer.headers if name == b"location")
    return page.away(there)


@router.get("/first-password")
async def first_password_page(page: Anyone) -> Response:
    """Where a one-time code becomes a password."""
    return page.show("first-password.html", next="/")


@router.post("/first-password")
async def first_password(page: Anyone, request: Request) -> Response:
    """Set it, then sign in with it."""
    form = await read(request)
    if form.raw("password") != form.raw("again"):
        return page.show(
            "first-password.html", 422, next="/", form=form.shown, problem={"title": "passwords-differ"}
        )
    asked = {"account": form["account"], "code": form["code"], "password": form.raw("password")}
    answer = await page.asked("PUT", "/account/first-password", None, asked)
    if answer.status >= 400:
        return await _again(page, form, "first-password.html", Refused(answer))
    credentials = {"account": form["account"], "password": form.raw("password"), "code": ""}
    return await _in(page, form, "first-password.html", "/session", credentials)


@router.get("/sign-in/returned")
async def returned(page: Anyone) -> Response:
    """Where a browser is that comes back from the organisation. It goes on from here by itself: the session's
    cookie is sent to what our own page asks for, and not to what another site's link does (SameSite).
    """
    return page.show("returned.html")


@router.get("/sign-in/code")
async def code_page(page: Anyone) -> Response:
    """Where the second factor's code is typed after the organisation's sign-in."""
    return page.show("sign-in-code.html", next="/")


@router.post("/sign-in/code")
async def code(page: Anyone, request: Request) -> Response:
    """End the organisation's sign-in with it."""
    form = await read(request)
    return await _in(page, form, "sign-in-code.html", "/session/organisation", {"code": form["code"]})


@router.post("/sign-out")
async def sign_out(page: Reader, request: Request) -> Response:
    """End the session."""
    await page.send("DELETE", "/session", None, await read(request))
    return page.to("/sign-in", said="signed-out")


async def _in(page: Page, form: Form, template: str, path: str, asked: dict[str, Any]) -> Response:
    answer = await page.asked("POST", path, None, asked)
    if answer.status >= 400:
        return await _again(page, form, template, Refused(answer))
    if answer.document.get("only_self"):
        return page.to("/oneself/second-factor")
    return onward(page, form["next"])


async def _again(page: Page, form: Form, template: str, refused: Refused) -> Response:
    return page.show(
        template,
        refused.status,
        next=own_path(form["next"]),
        ways=await page.get("/session/ways"),
        form=form.shown,
        problem=refused.problem,
    )
