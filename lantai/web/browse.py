"""Pages of going through the archive without a query: fonds, category, year, office, and the items there.

A tree whose branches open in their place; each branch is also a page of its own, for whoever reads without a
script. Not here: queries (`lantai.web.search`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.asking import address
from lantai.web.page import Page, Reader
from lantai.web.search import kinds_of

router = APIRouter()

LEVELS = ("fonds", "category", "year", "office")
LIMIT = 50


@router.get("/browse")
async def browse(page: Reader) -> Response:
    """One place of the archive: what is below it, or its items in the order of their codes."""
    place, found = await _at(page)
    kinds = await kinds_of(page, found["hits"])
    register = (await page.get_or({"fonds": []}, "/fonds"))["fonds"]
    names = {one["fonds"]: one["name"] for one in register}
    return page.show(
        "browse.html", place=place, found=found, kinds=kinds, names=names, **_ways(place, page, found)
    )


@router.get("/browse/branch")
async def branch(page: Reader) -> Response:
    """What hangs on one branch of the tree, to be put below it."""
    place, found = await _at(page)
    return page.show("branch.html", place=place, found=found, names={}, **_ways(place, page, found))


async def _at(page: Page) -> tuple[dict[str, str], Any]:
    asked = page.request.query_params
    place = {level: asked[level] for level in LEVELS if asked.get(level)}
    paging = {name: asked.get(name, "") for name in ("listed", "cursor")}
    return place, await page.get("/browse", **place, **paging, limit=LIMIT)


def _ways(place: Mapping[str, str], page: Page, found: Mapping[str, Any]) -> dict[str, Any]:
    """Links from a place: to each place above it, to each below, to its items and their next page."""
    names = list(place)
    above = [
        (name, place[name], {one: place[one] for one in names[: at + 1]}) for at, name in enumerate(names)
    ]
    listed = page.request.query_params.get("listed", "")
    further = {**place, "listed": listed, "cursor": found["cursor"] or ""}
    return {
        "above": [(name, value, address("/browse", way)) for name, value, way in above],
        "below": [
            (one, {**place, found["level"]: one["value"]}) for one in found["values"] if found["level"]
        ],
        "all_items": address("/browse", {**place, "listed": "true"}),
        "as_search": address("/search", {"query": "*", **place}),
        "further": address("/browse", further) if found["cursor"] else "",
        "listed": listed,
    }
