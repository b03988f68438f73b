"""Deciding on access: by codes or by what a search finds, previewed, then confirmed.

Not here: what falls due (`desk_due`), what a decision means (`policies.access`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.choices import onward
from lantai.web.desk import absent, again, said
from lantai.web.forms import Form, codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

NAMES = ("status", "reason", "clause", "until", "holder", "query", "fonds", "year")


@router.get("/desk/appraise")
async def appraise_page(page: Reader) -> Response:
    """The form of a decision; what it is about may stand in the link."""
    asked = page.request.query_params
    form = {name: asked.get(name, "") for name in NAMES} | {"which": "\n".join(asked.getlist("item"))}
    return _form(page, form, asked.get("back", ""))


@router.post("/desk/appraise")
async def appraise(page: Reader, request: Request) -> Response:
    """Show what the decision would change; once that was confirmed, decide."""
    form = await read(request)
    if form["step"] == "begin":  # items were chosen in a list
        return _form(page, {"which": "\n".join(form.all("chosen"))}, form["back"])
    if form["step"] == "again":
        return _form(page, form.shown, form["back"])
    try:
        told = await page.post("/appraisals", _asked(form), form)
    except Refused as refused:
        problem = await absent(page, codes_of(form["which"])) if refused.status == 404 else refused.problem
        return again(page, "desk/appraise.html", form, refused, after=form["back"], problem=problem)
    if form["confirm"]:
        return onward(page, form["back"] or "/desk", said=said(told, "desk-appraised"))
    return page.show("desk/appraise-preview.html", told=told, form=form.shown)


def _form(page: Page, form: dict[str, str], after: str) -> Response:
    return page.show("desk/appraise.html", form=form, after=after)


def _asked(form: Form) -> dict[str, Any]:
    """What the API is asked: a list is previewed as a query is, so `codes` are never sent."""
    told: dict[str, Any] = {name: form[name] for name in (*NAMES, "confirm") if form[name]}
    if form["query"]:
        return told
    return {name: value for name, value in told.items() if name not in ("fonds", "year")} | {
        "listed": codes_of(form["which"])
    }
