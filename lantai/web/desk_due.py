"""The queue of what falls due for a decision on access: walked with j and k, a proposal accepted with a.

Not here: decisions that restrict (`desk_appraising`), what is proposed (`processes.desk.falling_due`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import reading, say
from lantai.web.desk import said
from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

PLACE = ("fonds", "within", "cursor")
AHEAD = ("0", "90", "365")


@router.get("/desk/due")
async def due(page: Reader) -> Response:
    """A page of the queue."""
    asked = page.request.query_params
    place = {name: asked.get(name, "") for name in PLACE}
    return await _queue(page, place)


@router.post("/desk/due")
async def accept(page: Reader, request: Request) -> Response:
    """Open one item, as was proposed."""
    form = await read(request)
    asked = {"status": "open", "reason": form["reason"], "codes": [form["accept"]]}
    try:
        told = await page.post("/appraisals", asked, form)
    except Refused as refused:
        return await _not_opened(page, form, refused)
    if page.part:
        return page.show("desk/due-row.html", one={"code": form["accept"]}, opened=True, refused="")
    return page.to("/desk/due", said=said(told, "desk-opened"), **{name: form[name] for name in PLACE})


async def _queue(page: Page, place: dict[str, str], **values: Any) -> Response:
    told = await page.get("/appraisals/due", limit=50, **place)
    with reading(page.language):
        usual = say("desk-due-usual-reason")
    shown = {"told": told, "place": place, "ahead": AHEAD, "reason": usual}
    return page.show("desk/due.html", values.pop("status", 200), **(shown | values))


async def _not_opened(page: Page, form: Form, refused: Refused) -> Response:
    """Why not: in the row that was tried, or above the whole queue."""
    if page.part:
        one = {"code": form["accept"]}
        return page.show("desk/due-row.html", 200, one=one, opened=False, refused=refused.problem)
    place = {name: form[name] for name in PLACE}
    return await _queue(page, place, status=refused.status, problem=refused.problem, reason=form["reason"])
