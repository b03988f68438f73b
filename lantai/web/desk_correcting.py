"""Corrections: a description, a code, taking an item out of use; each shown as old and new before it is made.

Not here: who may access an item (`desk_appraising`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import label, reading, say
from lantai.web.desk import again, said
from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

FIELDS = (
    *("title", "author", "date", "document_number", "genre", "keywords", "people", "place", "abstract"),
    *("pages", "secrecy", "secrecy_period", "opening_opinion", "disclosure", "secrecy_changes"),
    *("former_code", "box", "shelf", "notes"),
)
"""Fields that are corrected by describing; what a rule set has not is refused by the API."""


@router.get("/desk/correct")
async def correct_page(page: Reader) -> Response:
    """An item's description as it stands, to be corrected; without an item, which one."""
    wanted = page.request.query_params.get("item", "").strip()
    if not wanted:
        return page.show("desk/correct-which.html")
    try:
        found = await page.get(_at(wanted))
    except Refused as refused:
        return page.show(
            "desk/correct-which.html", refused.status, form={"item": wanted}, problem=refused.problem
        )
    return _shown(page, found, {})


@router.post("/desk/correct")
async def correct(page: Reader, request: Request) -> Response:
    """Show old and new beside each other; once that was confirmed, enter it."""
    form = await read(request)
    changes = _changes(form)
    if form["step"] != "again" and (stale := await _stale(page, form, changes)):
        return stale
    if not changes or not form["reason"] or form["step"] != "confirm":
        return await _looked_at(page, form, changes)
    asked = {"changes": {name: new for name, _, new in changes}, "reason": form["reason"]}
    return await _entered(page, form, "description", asked, "desk-described")


@router.post("/desk/recode")
async def recode(page: Reader, request: Request) -> Response:
    """Give an item another code."""
    form = await read(request)
    asked = {"code": form["new_code"], "reason": form["reason"]}
    return await _entered(page, form, "code", asked, "desk-recoded")


@router.post("/desk/withdraw")
async def withdraw(page: Reader, request: Request) -> Response:
    """Take an item out of use, once its code was typed."""
    form = await read(request)
    if form["typed"] != form["item"]:
        found = await page.get(_at(form["item"]))
        return _shown(page, found, form.shown, 422, problem={"title": "desk-typed-differs"})
    return await _entered(page, form, "withdrawal", {"reason": form["reason"]}, "desk-withdrawn")


def _at(code: str) -> str:
    """Where the API has the item of this code. What was typed is one name: with a `/` it would be the path of
    something else, such as a component's content.
    """
    return f"/items/{code.replace('/', ' ')}"


def _changes(form: Form) -> list[tuple[str, str, str]]:
    """Fields that the reader changed: name, what stood there when the form was made, what they typed."""
    typed = ((name, form[f"was-{name}"], form[f"field-{name}"]) for name in FIELDS)
    return [(name, old, new) for name, old, new in typed if f"field-{name}" in form and old != new]


async def _stale(page: Page, form: Form, changes: list[tuple[str, str, str]]) -> Response | None:
    """The form again where somebody else corrected one of these fields since it was made; None where nobody
    did, or where what stands there is what was typed, as when this is sent a second time.
    """
    found = await page.get(_at(form["item"]))
    stands = _values(found)
    names = [name for name, old, new in changes if stands[name] not in (old, new)]
    if not names:
        return None
    with reading(page.language):
        mistakes = [{"where": label(name), "what": stands[name] or say("desk-cleared")} for name in names]
    shown = {name: value for name, value in form.shown.items() if name.removeprefix("was-") not in names}
    told = {"title": "desk-changed-meanwhile", "mistakes": mistakes}
    return _shown(page, found, shown, 409, problem=told)


async def _looked_at(page: Page, form: Form, changes: list[tuple[str, str, str]]) -> Response:
    found = await page.get(_at(form["item"]))
    missing = "desk-nothing-changed" if not changes else "" if form["reason"] else "desk-reason-needed"
    if missing:
        return _shown(page, found, form.shown, 422, problem={"title": missing})
    if form["step"] == "again":
        return _shown(page, found, form.shown)
    return page.show("desk/correct-preview.html", item=found, form=form.shown, changes=changes)


async def _entered(page: Page, form: Form, what: str, asked: dict[str, Any], done: str) -> Response:
    """Enter it and go to the item; or its form again."""
    try:
        told = await page.post(f"{_at(form['item'])}/{what}", asked, form)
    except Refused as refused:
        found = await page.get(_at(form["item"]))
        values = _values(found)
        return again(page, "desk/correct.html", form, refused, item=found, values=values, fields=FIELDS)
    return page.to(f"/items/{told['code']}", said=said(told, done))


def _shown(
    page: Page, found: Mapping[str, Any], form: Mapping[str, str], status: int = 200, **values: Any
) -> Response:
    if "history" not in found or "destroyed" in found:
        told = {"title": "desk-destroyed" if "destroyed" in found else "desk-not-handled"}
        return page.show("desk/correct-which.html", 404, form={"item": found["code"]}, problem=told)
    shown = {"item": found, "values": _values(found), "fields": FIELDS, "form": form}
    return page.show("desk/correct.html", status, **(shown | values))


def _values(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(found.get(name, "")) for name in FIELDS}
