"""Pages of carriers: the register, reading one again, entering a loss, and writing new ones.

Carriers are written into and read from the one folder that the operator named (`[http] exchange`); bringing
them there, and burning discs, is people's work. Not here: what a carrier holds (`docs/carriers.md`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.forms import Form, codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter(prefix="/vault/carriers")
WITHIN_DAYS = 90
SETS = ("preservation", "off-site", "use")
TYPED = ("set", "to", "size", "since", "medium", "kept_at")
HOW: dict[str, dict[str, bool]] = {
    "sealed": {},
    "open": {"plain": True},
    "all": {"plain": True, "restricted_too": True},
    "keys": {"with_keys": True},
}
"""What a carrier can hold and who can read it, as the form offers it and as the API is asked."""


@router.get("")
async def carriers(page: Reader) -> Response:
    """The carrier register, what is due first."""
    return await _carriers(page)


@router.get("/new")
async def new(page: Reader) -> Response:
    """Where a run of carriers is asked for."""
    return await _new(page)


@router.post("/new")
async def write(page: Reader, request: Request) -> Response:
    """Write carriers; a long work."""
    form = await read(request)
    asked: dict[str, Any] = {name: form[name] for name in TYPED} | HOW.get(form["how"], {})
    asked["image"] = form["form"] == "image"
    asked["fonds"] = codes_of(form["fonds"])
    try:
        told = await page.post("/carriers", asked, form)
    except Refused as refused:
        return await _new(page, refused.status, form=form.shown, problem=refused.problem)
    return page.to(f"/jobs/{told['job']}", said="work-begun")


@router.post("/checks")
async def check(page: Reader, request: Request) -> Response:
    """Read a carrier again; a long work."""
    form = await read(request)
    asked = {name: form[name] for name in ("path", "number", "kept_at")}
    try:
        told = await page.post("/carriers/checks", asked, form)
    except Refused as refused:
        return await _refused(page, refused, form)
    return page.to(f"/jobs/{told['job']}", said="work-begun")


@router.post("/losses")
async def lost(page: Reader, request: Request) -> Response:
    """Enter that a carrier is gone."""
    form = await read(request)
    try:
        await page.post(f"/carriers/{form['lost']}/loss", {"reason": form["reason"]}, form)
    except Refused as refused:
        return await _refused(page, refused, form)
    return page.to("/vault/carriers", said="carrier-lost")


async def _refused(page: Page, refused: Refused, form: Form) -> Response:
    return await _carriers(page, refused.status, form=form.shown, problem=refused.problem)


async def _carriers(page: Page, status: int = 200, **values: Any) -> Response:
    """The register; whoever handles some fonds only is told why it is not for them, and nothing is asked: a
    refusal would be written to the use journal.
    """
    asks = not page.may("carriers") or await page.keeps_carriers()  # without it the API says so
    known = (await page.get("/carriers"))["carriers"] if asks else None
    due = [] if not known else (await page.get("/carriers/due", within=WITHIN_DAYS))["carriers"]
    first = {one["number"] for one in due}
    ordered = sorted(known or (), key=lambda one: (one["number"] not in first, one["next_due"] or "9999"))
    return page.show(
        "vault-carriers.html", status, carriers=ordered, due=first, whole=known is not None, **values
    )


async def _new(page: Page, status: int = 200, **values: Any) -> Response:
    told = await page.get("/carriers/options")
    media = [(one["kind"], one[page.language]) for one in told["media"]]
    return page.show(
        "vault-carriers-new.html",
        status,
        exchange=told["exchange"],
        media=media,
        sets=SETS,
        hows=HOW,
        **values,
    )
