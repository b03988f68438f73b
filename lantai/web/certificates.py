"""Pages of certified copies (档案证明): one is issued in a visit, printed, found in the register, voided.

Not here: visits (`lantai.web.reading_room`).
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.forms import read
from lantai.web.page import Page, Reader, Refused

router = APIRouter(prefix="/reading-room")


@router.get("/visits/{visit}/certificate")
async def issue_page(page: Reader, visit: str) -> Response:
    """Where a certificate is issued."""
    told = await page.get(f"/visits/{visit}")
    asked = page.request.query_params
    form = {"item": asked.get("item", ""), "holder": told["visitor"]["name"]}
    return page.show("certificate-new.html", visit=told, form=form)


@router.post("/visits/{visit}/certificate")
async def issue(page: Reader, request: Request, visit: str) -> Response:
    """Issue it under the next number, and show it."""
    form = await read(request)
    asked = {"code": form["item"], **{name: form[name] for name in ("purpose", "extract", "holder")}}
    try:
        made = await page.post(f"/visits/{visit}/certificates", asked, form)
    except Refused as refused:
        told = await page.get(f"/visits/{visit}")
        problem = {"title": "room-not-certified"} if refused.status == 404 else refused.problem
        return page.show("certificate-new.html", refused.status, visit=told, form=form.shown, problem=problem)
    return page.to(f"/reading-room/certificates/{made['certificate']}", said="room-issued")


@router.get("/certificates")
async def register(page: Reader) -> Response:
    """Every number of a year."""
    year = page.request.query_params.get("year", "")
    told = await page.get("/certificates", year=year)
    return page.show("certificates.html", told=told)


@router.get("/certificates/{name}")
async def certificate(page: Reader, name: str) -> Response:
    """One certificate, with what it says and how it stands."""
    return await _certificate(page, name)


@router.post("/certificates/{name}/voiding")
async def void(page: Reader, request: Request, name: str) -> Response:
    """Say that it counts no more."""
    form = await read(request)
    try:
        await page.post(f"/certificates/{name}/voiding", {"reason": form["reason"]}, form)
    except Refused as refused:
        return await _certificate(page, name, refused, form.shown)
    return page.to(f"/reading-room/certificates/{name}", said="room-voided")


async def _certificate(
    page: Page, name: str, refused: Refused | None = None, form: Mapping[str, str] | None = None
) -> Response:
    told = await page.get(f"/certificates/{name}")
    problem = refused.problem if refused else None
    status = refused.status if refused else 200
    return page.show("certificate.html", status, one=told, form=form or {}, problem=problem)
