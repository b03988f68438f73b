"""The fonds register (全宗名册) and fonds files (全宗卷): names over time, what a fonds came from and went on
in, its guide, its papers.

Not here: what is registered under a fonds (search and browse).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.web.desk import said
from lantai.web.forms import Form, codes_of, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

DESCRIBED = ("since", "until", "guide", "notes")
STEPS = ("names", "description", "links", "file")


@router.get("/desk/fonds")
async def register(page: Reader) -> Response:
    """The whole register."""
    return await _register(page, {})


@router.post("/desk/fonds")
async def enter(page: Reader, request: Request) -> Response:
    """Enter a fonds."""
    form = await read(request)
    asked = {"code": form["fonds"]} | {name: form[name] for name in ("name", "since", "until", "reason")}
    try:
        told = await page.post("/fonds", asked, form)
    except Refused as refused:
        return await _register(page, form.shown, refused.status, problem=refused.problem)
    return page.to(f"/desk/fonds/{told['fonds']}", said=said(told, "desk-fonds-entered"))


@router.get("/desk/fonds/{fonds}")
async def one(page: Reader, fonds: str) -> Response:
    """One fonds."""
    return await _one(page, fonds, {})


@router.post("/desk/fonds/{fonds}")
async def change(page: Reader, request: Request, fonds: str) -> Response:
    """Another name, other dates or guide, a link, a paper: `step` says which."""
    form = await read(request)
    step = form["step"] if form["step"] in STEPS else "description"
    asked = await _asked(page, fonds, step, form)
    try:
        told = await page.post(f"/fonds/{fonds}/{step}", asked, form)
    except Refused as refused:
        return await _one(page, fonds, form.shown, refused.status, problem=refused.problem)
    return page.to(f"/desk/fonds/{fonds}", said=said(told, "desk-fonds-changed"))


@router.get("/desk/fonds/{fonds}/papers/{paper}")
async def paper(page: Reader, fonds: str, paper: str) -> Response:
    """One paper of the fonds file, with its text."""
    told = await page.get(f"/fonds/{fonds}", paper=paper)
    return page.show("desk/paper.html", one=told, code=fonds)


def ranks(chain: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The fonds of a chain in columns, each right of all that it came from. Links make no circle, and what
    came in a circle none the less stands where it was met first.
    """
    known = {one["fonds"]: one for one in chain}
    place = dict.fromkeys(known, 0)
    for _ in range(len(known)):
        for code, line in known.items():
            for after in line["successors"]:
                if after in place and place[after] <= place[code] and place[code] + 1 < len(known):
                    place[after] = place[code] + 1
    columns: list[list[Mapping[str, Any]]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    for code, column in place.items():
        columns[column].append(known[code])
    return [column for column in columns if column]


async def _asked(page: Page, fonds: str, step: str, form: Form) -> dict[str, Any]:
    if step == "names":
        return {name: form[name] for name in ("name", "since", "reason")}
    if step == "links":
        asked: dict[str, Any] = {name: form[name] for name in ("successor", "since", "reason")}
        return asked | {"undo": form["undo"] == "yes"}
    if step == "file":
        told = {name: form[name] for name in ("section", "title", "date", "text")}
        return told | {"items": codes_of(form["which"])}
    stands = await page.get(f"/fonds/{fonds}")
    changes = {name: form[name] for name in DESCRIBED if name in form and form[name] != stands.get(name, "")}
    return {"changes": changes, "reason": form["reason"]}


async def _register(page: Page, form: Mapping[str, str], status: int = 200, **values: Any) -> Response:
    told = await page.get("/fonds")
    return page.show("desk/fonds.html", status, fonds=told["fonds"], **({"form": form} | values))


async def _one(page: Page, fonds: str, form: Mapping[str, str], status: int = 200, **values: Any) -> Response:
    told = await page.get(f"/fonds/{fonds}")
    keeps = page.may("fonds") and "file" in told
    shown = {"one": told, "columns": ranks(told["chain"]), "keeps": keeps, "form": form}
    return page.show("desk/fonds-one.html", status, **(shown | values))
