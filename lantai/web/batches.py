"""Pages of batches: all that are for the reader, one with its report, its register of transfer and receipt.

Not here: handing one in (`lantai.web.ingest`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import finding_name
from lantai.web.forms import read
from lantai.web.ingest import narrowing
from lantai.web.page import Page, Reader, Refused

router = APIRouter()
PAGE = 50


@router.get("/ingest/batches")
async def batches(page: Reader) -> Response:
    """Every batch that is for the reader, newest first."""
    told = await page.get("/batches")
    query = page.request.query_params
    state, text = query.get("state", ""), query.get("name", "").strip()
    found = [one for one in told["batches"] if _matches(one, state, text)]
    at = query.get("page", "")
    number = int(at) if at.isascii() and at.isdigit() and len(at) < 8 else 1
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    return page.show(
        "batches.html",
        batches=found[(number - 1) * PAGE : number * PAGE],
        total=len(told["batches"]),
        matching=len(found),
        chosen={"state": state, "name": text},
        number=number,
        pages=pages,
    )


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
    report, every, uploads = await asyncio.gather(
        page.get(f"/batches/{batch}/findings", **narrowing(page)),
        page.get_or({"batches": []}, "/batches"),
        page.get_or({"uploads": []}, "/uploads"),
    )
    line: Any = next((one for one in every["batches"] if one["batch"] == batch), {})
    left = next((one for one in uploads["uploads"] if one["batch"] == batch and one["state"] == "open"), None)
    return page.show(
        "batch.html", status, batch=batch, line=line, left=left, report=report, kind_name=finding_name, **more
    )


def _matches(one: Any, state: str, text: str) -> bool:
    if state and one["state"] != state:
        return False
    return not text or text.casefold() in f"{one['source']} {one['batch']}".casefold()
