"""Retrieval (调阅): asking to see what is closed, opening what was granted; for officers, deciding on it.

Not here: the item once it is open (`lantai.web.items`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.desk import again, said
from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

USUAL_DAYS = 30
"""What a grant's last day is proposed to be from today."""
DECISIONS = {"grant": "grant", "refuse": "refusal", "revoke": "revocation", "passcode": "passcode"}


@router.get("/desk/retrievals")
async def requests(page: Reader) -> Response:
    """The reader's own requests, and to officers those that wait for them."""
    asked = page.request.query_params
    every = asked.get("every") == "yes"
    told = await page.get("/retrievals", every=every, limit=50, cursor=asked.get("cursor", ""))
    mine = [one for one in told["requests"] if one["account"] == page.session["account"]]
    others = [one for one in told["requests"] if one["account"] != page.session["account"]]
    return page.show("desk/retrievals.html", mine=mine, others=others, told=told, every=every)


@router.get("/desk/retrievals/new")
async def ask_page(page: Reader) -> Response:
    """The form of a request; the code may stand in the link."""
    return page.show("desk/retrieval-ask.html", form={"item": page.request.query_params.get("item", "")})


@router.post("/desk/retrievals/new")
async def ask(page: Reader, request: Request) -> Response:
    """Enter a request."""
    form = await read(request)
    asked = {"code": form["item"], "purpose": form["purpose"], "copy": form["mode"] == "copy"}
    try:
        told = await page.post("/retrievals", asked, form)
    except Refused as refused:
        return again(page, "desk/retrieval-ask.html", form, refused)
    return page.to(f"/desk/retrievals/{told['request']}", said=said(told, "desk-asked"))


@router.get("/desk/retrievals/{request_id}")
async def one_request(page: Reader, request_id: str) -> Response:
    """One request: where it stands and what can be done now."""
    return _shown(page, await page.get(f"/retrievals/{request_id}"), {})


@router.post("/desk/retrievals/{request_id}/opening")
async def opening(page: Reader, request: Request, request_id: str) -> Response:
    """Open what was granted, for this session, and go to it."""
    form = await read(request)
    try:
        told = await page.post(f"/retrievals/{request_id}/opening", {"passcode": form.raw("passcode")}, form)
    except Refused as refused:
        return await _not_done(page, request_id, form, refused)
    return page.to(f"/items/{told['code']}", said="desk-opened-for-you")


@router.post("/desk/retrievals/{request_id}/decision")
async def decide(page: Reader, request: Request, request_id: str) -> Response:
    """Grant, refuse, revoke, or make another passcode; a passcode is shown this once."""
    form = await read(request)
    step = form["step"] if form["step"] in DECISIONS else "refuse"
    try:
        told = await page.post(
            f"/retrievals/{request_id}/{DECISIONS[step]}", _decided(step, form), form, proves="grant"
        )
    except Refused as refused:
        return await _not_done(page, request_id, form, refused)
    if told.get("passcode"):
        return page.show("desk/passcode.html", told=told, request_id=request_id)
    return page.to(f"/desk/retrievals/{request_id}", said=said(told, f"desk-{step}-done"))


def _decided(step: str, form: Form) -> dict[str, Any] | None:
    if step == "passcode":
        return None
    told = {"reason": form["reason"]}
    return told | {"until": form["until"], "mode": form["mode"]} if step == "grant" else told


async def _not_done(page: Page, request_id: str, form: Form, refused: Refused) -> Response:
    found = await page.get(f"/retrievals/{request_id}")
    return _shown(page, found, form.shown, refused.status, problem=refused.problem)


def _shown(
    page: Page, found: Mapping[str, Any], form: Mapping[str, str], status: int = 200, **values: Any
) -> Response:
    usual = (datetime.now(UTC).date() + timedelta(days=USUAL_DAYS)).isoformat()
    mine = found["account"] == page.session["account"]
    shown = {"one": found, "mine": mine, "decides": "passcode_state" in found and not mine, "usual": usual}
    return page.show("desk/retrieval.html", status, **(shown | {"form": form} | values))
