"""Routes of whoever looks for something. Each parses, calls one function, presents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from lantai.api.door import Door

router = APIRouter(tags=["finding"])


@router.get("/search")
async def search(
    door: Door,
    query: Annotated[str, Query(description="Words, phrases, fields, ranges; * finds everything.")],
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
    cursor: str = "",
) -> dict[str, Any]:
    """Find what the account may see."""
    from processes.find import Asked
    from processes.find import search as find

    archive = door.archive
    asked = Asked(query, {}, limit, cursor)
    return find(archive.database, archive.index, archive.tools().work, asked, archive.subject)
