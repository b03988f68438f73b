"""Pages of batches: all that are for the reader, one with its report, its register of transfer and receipt.

Not here: handing one in (`lantai.web.ingest`).
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import finding_name
from lantai.web.forms import read
from lantai.web.ingest import narrowing
from lantai.web.page import Page, Reader, Refused

router = APIRouter()
PAGE = 50
STATES = ("working", "waiting", "registered", "secured", "returned")
"""What a batch can be in, in the order that it goes through them."""


@router.get("/ingest/batches")
async def batches(page: Reader) -> Response:
    """Every batch that is for the reader, those in hand first, then the newest."""
    query = page.request.query_params
    chosen = {"state": query.get("state", ""), "name": query.get("name", "").strip()[:200]}
    if chosen["state"] not in STATES:
        chosen["state"] = ""
    cursor = query.get("cursor", "")[:64]
    try:
        told = await page.get("/batches", **chosen, limit=PAGE, cursor=cursor)
    except Refused as refused:
        if refused.code != "cursor-mistake":
            raise
        return page.to("/ingest/batches", **chosen)  # the batch that it goes on from is gone: from the first
    return page.show("batches.html", told=told, chosen=chosen, cursor=cursor)


@router.get("/ingest/batches/{batch}")
async def batch(page: Reader, batch: str) -> Response:
    """One batch with its report."""
    return await _batch(page, batch)


@router.post("/ingest/batches/{batch}/cancelling")
async def cancel(page: Reader, request: Request, batch: str) -> Response:
    """Give up a batch that waits."""
    form = await read(request)
    try:
        await page.post(f"/batches/{batch}/cancelling", None, form)
    except Refused as refused:
        return await _batch(page, batch, refused.status, problem=refused.problem)
    return page.to("/ingest", said="ingest-cancelled")


@router.get("/ingest/batches/{batch}/register")
async def register(page: Reader, batch: str) -> Response:
    """The register of transfer and receipt, to be printed and signed."""
    told = await page.get(f"/batches/{batch}/register")
    return page.show("batch-register.html", batch=batch, register=told)


async def _batch(page: Page, batch: str, status: int = 200, **more: object) -> Response:
    there = f"/batches/{batch}"
    report, line, uploads = await asyncio.gather(
        page.get(f"{there}/findings", **narrowing(page)),
        page.get(there, brief=True),
        page.get_or({"uploads": []}, "/uploads"),
    )
    left = next((one for one in uploads["uploads"] if one["batch"] == batch and one["state"] == "open"), None)
    return page.show(
        "batch.html", status, batch=batch, line=line, left=left, report=report, kind_name=finding_name, **more
    )
