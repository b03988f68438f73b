"""The desk: where decisions on records and the register of fonds are worked at, each in a page of its own.

Here is its first page, which says what waits in each; and what its pages share. Not here: the pages
(`desk_appraising`, `desk_due`, `desk_correcting`, `desk_holding`, `desk_retrieving`, `desk_destroying`,
`desk_fonds`), what may be done (the API).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lantai.messages import reading, say
from lantai.web.forms import Form
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

ASKED: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("due", "appraise", "/appraisals/due", {"limit": 0}),
    ("requests", "read", "/retrievals", {"limit": 0}),
    ("destructions", "destroy", "/destructions", {"items": 0}),
    ("supervisions", "supervise", "/supervisions", {"items": 0}),
    ("holds", "hold", "/holds", {"limit": 0}),
    ("fonds", "read", "/fonds", {}),
)
"""What the first page asks, under which name, and the action that it needs."""
MOST_ASKED, LOOKED_UP, SHOWN = 100, 1_000, 20
"""Codes that are asked for at once, that are looked up of a list, and named where absent."""


@router.get("/desk")
async def desk(page: Reader) -> Response:
    """What can be worked at, and what waits there."""
    names = [name for name, action, _, _ in ASKED if page.may(action)]
    wanted = [page.get_or({}, path, **query) for name, action, path, query in ASKED if page.may(action)]
    told: dict[str, Any] = dict(zip(names, await asyncio.gather(*wanted), strict=True))
    return page.show("desk/desk.html", waiting=waiting(told, page))


def waiting(told: dict[str, Any], page: Page) -> dict[str, int]:
    """How much waits in each, from what the API answered; what was not asked is not there."""
    waits = told.get("requests", {}).get("waiting", {})
    orders = told.get("destructions", {})
    mine = str(page.session["account"])
    counts = {
        "due": told.get("due", {}).get("total", 0),
        "requests": waits.get("to_decide", {}).get("count", 0),
        "granted": waits.get("granted", {}).get("count", 0),
        "ordered": len(orders.get("proposals", [])),
        "destructions": len(orders.get("destructions", [])),
        "supervisions": sum(
            mine not in (one["account"], *one["supervisors"])
            for one in told.get("supervisions", {}).get("proposals", [])
        ),
        "holds": told.get("holds", {}).get("total", 0),
        "fonds": len(told.get("fonds", {}).get("fonds", [])),
    }
    return {name: count for name, count in counts.items() if count}


def again(page: Page, template: str, form: Form, refused: Refused, **values: Any) -> Response:
    """The form again with what was typed, and above it what was wrong."""
    shown = {"form": form.shown, "problem": refused.problem}
    return page.show(template, refused.status, **(shown | values))


async def absent(page: Page, codes: Sequence[str], title: str = "desk-codes-absent") -> Mapping[str, Any]:
    """What is said in place of the API's words where a list names what is not there for the reader: which
    codes those are. Of long lists the first are looked up; what is not handled is not told from what is.
    """
    seen: set[str] = set()
    for start in range(0, min(len(codes), LOOKED_UP), MOST_ASKED):
        told = await page.get_or({"kinds": {}}, "/kinds", code=codes[start : start + MOST_ASKED])
        seen |= set(told["kinds"])
    unseen = [code for code in codes[:LOOKED_UP] if code not in seen]
    with reading(page.language):
        why = say("desk-code-absent")
    told = {"title": title}
    return told | {"mistakes": [{"where": code, "what": why} for code in unseen[:SHOWN]]} if unseen else told


def said(told: Any, name: str) -> str:
    """What a page says of what was entered: that it is done, or that it waits for enough sites."""
    return "desk-entered-waiting" if isinstance(told, dict) and told.get("waiting") else name
