"""Pages of the reading room: who is here today, a visitor taken down in one form, what a visit was given.

The number of a document is shown masked; the page of one visitor tells it whole, and that is a use. Not here:
certificates (`lantai.web.certificates`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.forms import Form, codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter(prefix="/reading-room")
FILTERS = ("since", "until", "state", "visitor")
PERSON = ("document", "number", "name", "unit", "contact", "purpose", "about")
HITS = 8


@router.get("")
async def reading_room(page: Reader) -> Response:
    """Who is here today, or came on other days."""
    asked = page.request.query_params
    room = await page.get("/reading-room")
    wanted = {name: asked.get(name, "") for name in FILTERS}
    today = not any(wanted.values())
    query = {"since": room["today"]} if today else wanted
    told = await page.get("/visits", **query, cursor=asked.get("cursor", ""))
    months = room["months"]
    return page.show("reading-room.html", room=room, told=told, wanted=wanted, today=today, months=months)


@router.get("/new")
async def new_page(page: Reader) -> Response:
    """Where a visitor is taken down."""
    asked = page.request.query_params
    return await _new(page, {"purpose": asked.get("purpose", ""), "items": asked.get("item", "")})


@router.post("/new")
async def new(page: Reader, request: Request) -> Response:
    """Enter the visit, and go on in it."""
    form = await read(request)
    asked = {name: form[name] for name in PERSON} | {"items": codes_of(form["items"])}
    try:
        told = await page.post("/visits", asked, form)
    except Refused as refused:
        return await _new(page, form.shown, refused)
    return page.to(f"/reading-room/visits/{told['visit']}", said="room-entered")


@router.get("/visits/{visit}")
async def visit(page: Reader, visit: str) -> Response:
    """One visit; with `q`, what there is to give; with `ask`, what is to be asked for."""
    wanted = page.request.query_params.get("ask", "")
    return await _visit(page, visit, form={"item": wanted}, at="requests" if wanted else "")


@router.post("/visits/{visit}/items")
async def give(page: Reader, request: Request, visit: str) -> Response:
    """Note that items were given, or copied."""
    form = await read(request)
    act = form["act"] or "seen"
    pages = int(form["pages"]) if re.fullmatch("[0-9]{1,6}", form["pages"]) and act == "copied" else 0
    items = [{"code": code, "act": act, "pages": pages} for code in codes_of(form["item"])]
    return await _done(page, form, visit, "items", {"items": items}, "room-given")


@router.post("/visits/{visit}/requests")
async def ask(page: Reader, request: Request, visit: str) -> Response:
    """Ask in the visitor's name to see what is closed."""
    form = await read(request)
    asked = {"code": form["item"], "purpose": form["purpose"], "copy": form["copy"] == "yes"}
    return await _done(page, form, visit, "requests", asked, "room-asked")


@router.post("/visits/{visit}/outcome")
async def close(page: Reader, request: Request, visit: str) -> Response:
    """Say what the visit led to."""
    form = await read(request)
    return await _done(page, form, visit, "outcome", {"outcome": form["outcome"]}, "room-closed")


@router.get("/visitors/{visitor}")
async def visitor(page: Reader, visitor: str) -> Response:
    """One visitor with the whole number, and their visits."""
    who, told, room = await asyncio.gather(
        page.get(f"/visitors/{visitor}"),
        page.get("/visits", visitor=visitor, limit=200),
        page.get("/reading-room"),
    )
    return page.show("room-visitor.html", who=who, told=told, room=room)


async def _new(page: Page, form: Mapping[str, str], refused: Refused | None = None) -> Response:
    room = await page.get("/reading-room")
    problem = _said(refused, "room-not-given") if refused else None
    status = refused.status if refused else 200
    return page.show("room-new.html", status, room=room, form=form, problem=problem)


async def _visit(
    page: Page,
    visit: str,
    refused: Refused | None = None,
    form: Mapping[str, str] | None = None,
    at: str = "",
) -> Response:
    """The page of a visit; after a mistake at one of its forms, with what was typed there."""
    query = page.request.query_params.get("q", "").strip()
    told, room = await asyncio.gather(page.get(f"/visits/{visit}"), page.get("/reading-room"))
    found = await page.get_or({"hits": []}, "/search", query=query, limit=HITS) if query else None
    hits = found["hits"] if found else []
    return page.show(
        "room-visit.html",
        refused.status if refused else 200,
        visit=told,
        room=room,
        query=query,
        hits=hits,
        given={one["code"] for one in told["items"]},
        at=at,
        form=form or {},
        problem=_said(refused, "room-not-given") if refused else None,
    )


async def _done(
    page: Page, form: Form, visit: str, what: str, asked: Mapping[str, Any], said: str
) -> Response:
    try:
        await page.post(f"/visits/{visit}/{what}", asked, form)
    except Refused as refused:
        return await _visit(page, visit, refused, form.shown, what)
    return page.to(f"/reading-room/visits/{visit}", said=said)


def _said(refused: Refused, absent: str) -> Mapping[str, Any]:
    """What went wrong; of what is not there for the visitor, what to do, in place of the API's words."""
    return {"title": absent} if refused.status == 404 else refused.problem
