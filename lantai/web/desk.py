"""The desk: where decisions on records and the register of fonds are worked at, each in a page of its own.

Here is its first page, which says what waits in each; and what its pages share. Not here: the pages
(`desk_appraising`, `desk_due`, `desk_correcting`, `desk_holding`, `desk_retrieving`, `desk_destroying`,
`desk_fonds`), what may be done (the API).
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.forms import Form
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

_BETWEEN = re.compile(r"[\s,;，；、]+")
ASKED: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("due", "appraise", "/appraisals/due", {"limit": 1}),
    ("requests", "read", "/retrievals", {"limit": 1000}),
    ("destructions", "destroy", "/destructions", {}),
    ("supervisions", "supervise", "/supervisions", {}),
    ("holds", "hold", "/holds", {"limit": 500}),
    ("fonds", "read", "/fonds", {}),
)
"""What the first page asks, under which name, and the action that it needs."""


@router.get("/desk")
async def desk(page: Reader) -> Response:
    """What can be worked at, and what waits there."""
    names = [name for name, action, _, _ in ASKED if page.may(action)]
    wanted = [page.get_or({}, path, **query) for name, action, path, query in ASKED if page.may(action)]
    told: dict[str, Any] = dict(zip(names, await asyncio.gather(*wanted), strict=True))
    return page.show("desk/desk.html", waiting=waiting(told, page))


def waiting(told: dict[str, Any], page: Page) -> dict[str, int]:
    """How much waits in each, from what the API answered; what was not asked is not there."""
    requests = told.get("requests", {}).get("requests", [])
    mine = str(page.session["account"])
    counts = {
        "due": told.get("due", {}).get("total", 0),
        "requests": sum(one["state"] == "asked" and one["account"] != mine for one in requests),
        "granted": sum(one["state"] == "granted" and one["account"] == mine for one in requests),
        "destructions": len(told.get("destructions", {}).get("destructions", [])),
        "supervisions": sum(
            mine not in (one["account"], *one["supervisors"])
            for one in told.get("supervisions", {}).get("proposals", [])
        ),
        "holds": len(told.get("holds", {}).get("holds", [])),
        "fonds": len(told.get("fonds", {}).get("fonds", [])),
    }
    return {name: count for name, count in counts.items() if count}


def codes_of(text: str) -> list[str]:
    """The codes that were typed: one a line, or with commas between; each once."""
    return list(dict.fromkeys(one for one in _BETWEEN.split(text) if one))


def again(page: Page, template: str, form: Form, refused: Refused, **values: Any) -> Response:
    """The form again with what was typed, and above it what was wrong."""
    return page.show(template, refused.status, form=form.shown, problem=refused.problem, **values)


def said(told: Any, name: str) -> str:
    """What a page says of what was entered: that it is done, or that it waits for enough sites."""
    return "desk-entered-waiting" if isinstance(told, dict) and told.get("waiting") else name
