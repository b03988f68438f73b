"""Holds: what nobody destroys until its hold is lifted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.desk import absent, said
from lantai.web.forms import codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()


@router.get("/desk/holds")
async def holds(page: Reader) -> Response:
    """What is held, and the form to hold more."""
    return await _list(page, {"which": "\n".join(page.request.query_params.getlist("item"))})


@router.post("/desk/holds")
async def hold(page: Reader, request: Request) -> Response:
    """Hold items, or lift the hold of one."""
    form = await read(request)
    lift = form["step"] == "lift"
    asked = {"codes": codes_of(form["which"]), "reason": form["reason"]}
    try:
        told = await page.post("/holds/lifting" if lift else "/holds", asked, form)
    except Refused as refused:
        problem = await absent(page, codes_of(form["which"])) if refused.status == 404 else refused.problem
        return await _list(page, form.shown, refused.status, problem=problem)
    return page.to("/desk/holds", said=said(told, "desk-lifted" if lift else "desk-held"))


async def _list(page: Page, form: dict[str, str], status: int = 200, **values: Any) -> Response:
    told = await page.get("/holds", limit=100, cursor=page.request.query_params.get("cursor", ""))
    return page.show("desk/holds.html", status, told=told, **({"form": form} | values))
