"""Destruction: a list is tried, ordered by one and witnessed by two others, each with a proof of their own.

Not here: what is done then, in which order (`docs/destruction.md`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.desk import absent, again
from lantai.web.forms import Form, codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

FIRST, PAGE = 5, 50
"""So many items of a list are shown beside others, and so many destructions on a page."""


@router.get("/desk/destructions")
async def destructions(page: Reader) -> Response:
    """What waits for witnesses, what is under way at sites, what was done: of each its first items."""
    return await _listed(page)


async def _listed(page: Page, status: int = 200, **values: Any) -> Response:
    before = page.request.query_params.get("before", "")
    now, told = await asyncio.gather(
        page.get("/destructions", items=FIRST),
        page.get("/destructions", every=True, items=FIRST, limit=PAGE, before=before),
    )
    under_way = {one["destruction"] for one in now["destructions"]}
    ended = [one for one in reversed(told["destructions"]) if one["destruction"] not in under_way]
    return page.show(
        "desk/destructions.html",
        status,
        proposals=now["proposals"],
        pending=now["destructions"],
        ended=ended,
        earlier=told["cursor"],
        before=before,
        **values,
    )


@router.get("/desk/destructions/new")
async def new_page(page: Reader) -> Response:
    """The list that is to be destroyed, and why."""
    return page.show(
        "desk/destroy.html", form={"which": "\n".join(page.request.query_params.getlist("item"))}
    )


@router.post("/desk/destructions/new")
async def new(page: Reader, request: Request) -> Response:
    """Show what would go; once its code was typed and the reader proved who they are, order it."""
    form = await read(request)
    codes = codes_of(form["which"])
    if form["step"] == "again":
        return page.show("desk/destroy.html", form=form.shown)
    try:
        tried = await page.post("/destructions/trial", {"codes": codes}, _unkeyed(form))
    except Refused as refused:
        told = await absent(page, codes, "desk-not-destroyable") if refused.status == 404 else refused.problem
        return again(page, "desk/destroy.html", form, refused, problem=told)
    if not form["reason"]:
        return page.show("desk/destroy.html", 422, form=form.shown, problem={"title": "desk-reason-needed"})
    if form["step"] != "order":
        return _tried(page, form, tried)
    if form["typed"] != tried["would_destroy"][0]["code"]:
        return _tried(page, form, tried, 422, problem={"title": "desk-typed-differs"})
    return await _ordered(page, form, tried, {"codes": codes, "reason": form["reason"]})


@router.post("/desk/destructions/continuing")
async def go_on(page: Reader, request: Request) -> Response:
    """Do what is left at sites that were away."""
    told = await page.post("/destructions/continuing", None, await read(request))
    return page.to(f"/desk/under-way/{told['job']}")


@router.post("/desk/destructions/{destruction}/taking-back")
async def take_back(page: Reader, request: Request, destruction: str) -> Response:
    """Take one's own order back."""
    form = await read(request)
    try:
        await page.send("DELETE", f"/destructions/{destruction}", None, form, proves="destroy")
    except Refused as refused:
        return await _listed(page, refused.status, problem=refused.problem)
    return page.to("/desk/destructions", said="desk-taken-back")


@router.get("/desk/destructions/{destruction}")
async def one_destruction(page: Reader, destruction: str) -> Response:
    """One destruction with its whole list, as it is printed and filed."""
    return page.show("desk/destruction.html", one=await page.get(f"/destructions/{destruction}"))


@router.get("/desk/supervisions")
async def supervisions(page: Reader) -> Response:
    """Orders that wait for witnesses."""
    told = await page.get("/supervisions", items=1)
    mine = str(page.session["account"])
    others = [one for one in told["proposals"] if one["account"] != mine]
    return page.show("desk/supervisions.html", proposals=others)


@router.get("/desk/supervisions/{destruction}")
async def supervision(page: Reader, destruction: str) -> Response:
    """One order, with everything that would go, before the witness says so."""
    return await _witnessed(page, destruction)


@router.post("/desk/supervisions/{destruction}")
async def supervise(page: Reader, request: Request, destruction: str) -> Response:
    """Witness it; the second witness carries it out."""
    form = await read(request)
    try:
        told = await page.post(f"/supervisions/{destruction}", None, form, proves="supervise")
    except Refused as refused:
        return await _witnessed(page, destruction, refused.status, problem=refused.problem)
    return page.to(f"/desk/under-way/{told['job']}")


@router.get("/desk/under-way/{job}")
async def work(page: Reader, job: str) -> Response:
    """How far a destruction is, until it has ended; it can be left and come back to."""
    return page.show("desk/work.html", job=await page.get(f"/jobs/{job}"))


def _unkeyed(form: Form) -> Form:
    """The form without its key, which is for the order: a trial may be asked for any number of times."""
    return Form([("csrf", form["csrf"])])


def _tried(page: Page, form: Form, tried: Any, status: int = 200, **values: Any) -> Response:
    return page.show(
        "desk/destroy-trial.html", status, items=tried["would_destroy"], **({"form": form.shown} | values)
    )


async def _ordered(page: Page, form: Form, tried: Any, asked: dict[str, Any]) -> Response:
    try:
        told = await page.post("/destructions", asked, form, proves="destroy")
    except Refused as refused:
        return _tried(page, form, tried, refused.status, problem=refused.problem)
    if "job" in told:
        return page.to(f"/desk/under-way/{told['job']}")
    return page.to("/desk/destructions", said="desk-ordered")


async def _witnessed(page: Page, destruction: str, status: int = 200, **values: Any) -> Response:
    try:
        found = await page.get(f"/supervisions/{destruction}")
    except Refused as refused:
        if refused.status != 404:
            raise
        found = None
    mine = str(page.session["account"])
    own = found is not None and (found["account"] == mine or mine in found["supervisors"])
    return page.show("desk/supervision.html", status if found else 404, one=found, own=own, **values)
