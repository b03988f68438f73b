"""The first page: what waits for the reader, what went wrong, what is due. Each role sees its own.

Not here: what each of these things is (the rooms' own pages).
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.page import Reader

router = APIRouter()


@router.get("/")
async def today(page: Reader) -> Response:
    """What waits, by what the reader may do."""
    batches = await page.get_or({"batches": []}, "/batches") if page.may("batches") else {"batches": []}
    return page.show("today.html", batches=batches["batches"][:10])
