"""Routes of whoever reads the ledger itself: entries by their envelopes, signed heads, and that it goes on
from one that was kept elsewhere. Not here: head and keys of today (`trusting`), histories of items (`items`).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from lantai.api.door import Door
from lantai.api.parsing import Asked
from processes.proving import ledger_read

router = APIRouter(tags=["trust"])

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str, Query(pattern=r"^[0-9]{0,15}$", description="Go on from an earlier answer.")]
Type = Annotated[str, Query(max_length=40, description="Only entries of this type.")]


class Kept(Asked):
    """A signed head that was kept elsewhere, the whole text."""

    checkpoint: Annotated[str, Field(min_length=1, max_length=10_000)]


@router.get("/entries")
def list_entries(door: Door, type: Type = "", cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:  # noqa: A002 - the parameter's name
    """List entries of the ledger by their public envelopes, newest first."""
    before = int(cursor) if cursor else None
    return ledger_read.entries(door.archive.tools(), type, before, limit, accounts=door.may("accounts"))


@router.get("/checkpoints")
def list_checkpoints(door: Door, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """List the heads that were signed, newest first."""
    return ledger_read.heads(door.archive.tools(), int(cursor) if cursor else None, limit)


@router.post("/consistency")
def consistency(door: Door, kept: Kept) -> dict[str, Any]:
    """Say whether the ledger goes on from a signed head that was kept elsewhere, with the proof."""
    return ledger_read.consistency(door.archive.tools(), kept.checkpoint)
