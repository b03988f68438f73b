"""Pages of whoever looks after people: accounts, appointing, the matrix of roles with what excludes what.

What an account may not be together with stands on the page before anything is sent; the API decides. A
one-time code stands in the one answer that made it. Not here: the use journal (`lantai.web.uses`), one's own
account (`lantai.web.oneself`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.forms import Form, codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter(prefix="/people")
ACCOUNT = "/people/account"
ZONES = ("internal", "government", "reading-room", "public")


@router.get("")
async def people(page: Reader) -> Response:
    """Everybody who works here; an auditor without the list goes on to the use journal."""
    told, matrix = await asyncio.gather(page.get("/accounts"), page.get("/roles"))
    closed = page.request.query_params.get("closed", "") == "true"
    shown = [one for one in told["accounts"] if closed or not one["closed"]]
    return page.show(
        "people.html",
        accounts=shown,
        left_out=len(told["accounts"]) - len(shown),
        closed=closed,
        founder=told["founder"],
        named=_named(matrix),
        first=not told["accounts"],
    )


@router.get("/roles")
async def roles(page: Reader) -> Response:
    """What each role may, and which nobody has together."""
    matrix = await page.get("/roles")
    actions = sorted({action for role in matrix["roles"] for action in role["may"]} - {"self"})
    return page.show("roles.html", roles=matrix["roles"], reader=matrix["reader"], actions=actions)


@router.get("/appoint")
async def appoint_page(page: Reader) -> Response:
    """Where somebody is appointed."""
    return await _office(page, "appoint.html")


@router.post("/appoint")
async def appoint(page: Reader, request: Request) -> Response:
    """Appoint; the one-time code is on this page alone."""
    form = await read(request)
    try:
        made = await page.post("/accounts", {"name": form["name"], **_wanted(form)}, form, proves="appoint")
    except Refused as refused:
        return await _office(page, "appoint.html", refused, form)
    return page.show("one-time-code.html", made=made, new=True)


@router.get("/account")
async def account(page: Reader, name: str = "") -> Response:
    """One account, and what can be done about it. Its name stands in the query: a name may be anything that
    can be seen, and browsers take `/` and `..` of a path for something else.
    """
    return await _account(page, name)


@router.post("/account")
async def change(page: Reader, request: Request, name: str = "") -> Response:
    """Say what its offices are from now on."""
    form = await read(request)
    asked = {**_wanted(form), "reason": form["reason"]}
    try:
        await page.send("PUT", f"/accounts/{name}", asked, form, proves="appoint")
    except Refused as refused:
        return await _account(page, name, refused, form, "office")
    return page.to(ACCOUNT, name=name, said="account-changed")


@router.post("/account/close")
async def close(page: Reader, request: Request, name: str = "") -> Response:
    """End it."""
    form = await read(request)
    try:
        await page.post(f"/accounts/{name}/closing", {"reason": form["reason"]}, form, proves="appoint")
    except Refused as refused:
        return await _account(page, name, refused, form, "close")
    return page.to("/people", said="account-closed")


@router.post("/account/code")
async def new_code(page: Reader, request: Request, name: str = "") -> Response:
    """Give it another one-time code, on this page alone."""
    form = await read(request)
    asked = {"second_factor": bool(form["second_factor"])}
    try:
        made = await page.post(f"/accounts/{name}/code", asked, form, proves="code")
    except Refused as refused:
        return await _account(page, name, refused, form, "code")
    return page.show("one-time-code.html", made={"name": name, **made}, new=False)


async def _account(
    page: Page, name: str, refused: Refused | None = None, form: Form | None = None, where: str = ""
) -> Response:
    told = await page.get("/accounts")
    found = next((one for one in told["accounts"] if one["name"] == name), None)
    if found is None:
        return page.show("refused.html", 404, status=404, problem={"title": "not-found"})
    return await _office(page, "account.html", refused, form, account=found, where=where)


async def _office(
    page: Page, template: str, refused: Refused | None = None, form: Form | None = None, **values: Any
) -> Response:
    """A page with the form of offices, filled with what was typed or with what the account is."""
    matrix = await page.get("/roles")
    account = values.get("account", {})
    fonds = account.get("fonds", [])
    typed = (form.shown | {"roles": form.all("roles")}) if form and "zone" in form else None
    filled = typed or {
        "roles": account.get("roles", []),
        "every": "yes" if fonds == "all" else "",
        "fonds": "" if fonds == "all" else " ".join(fonds),
        "zone": account.get("zone", ""),
    }
    return page.show(
        template,
        refused.status if refused else 200,
        roles=matrix["roles"],
        named=_named(matrix),
        zones=ZONES,
        office=filled,
        form=form.shown if form else {},
        problem=refused.problem if refused else None,
        **values,
    )


def _wanted(form: Form) -> dict[str, Any]:
    """What an account is to be, as the API takes it."""
    fonds = ["all"] if form["every"] else codes_of(form["fonds"])
    return {"roles": form.all("roles"), "fonds": fonds, "zone": form["zone"]}


def _named(matrix: Mapping[str, Any]) -> dict[str, Any]:
    """Each role by its name."""
    return {one["role"]: one for one in matrix["roles"]}
