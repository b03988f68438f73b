"""Pages of the use journal (利用登记), for whoever audits: what was used, by whom, held against the ledger.

Not here: figures of use (`lantai.web.reports`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.page import Reader, Refused

router = APIRouter(prefix="/people/uses")
KINDS = ("sign-in", "search", "view", "download", "list", "export", "opening", "journal", "refused")
ASKED = ("since", "until", "account", "code", "kind")
A_PAGE = 50


@router.get("")
async def uses(page: Reader) -> Response:
    """The journal, newest first, as far as is asked for."""
    query = page.request.query_params
    wanted = {name: query.get(name, "").strip() for name in ASKED}
    values = {"wanted": wanted, "kinds": KINDS, "filtered": any(wanted.values())}
    try:
        told = await page.get("/uses", limit=A_PAGE, cursor=query.get("cursor", ""), **wanted)
    except Refused as refused:
        if refused.status == 404:
            raise
        nothing: dict[str, Any] = {"uses": [], "faults": [], "cursor": None}
        return page.show("uses.html", refused.status, told=nothing, problem=refused.problem, **values)
    return page.show("uses.html", told=told, **values)
