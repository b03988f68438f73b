"""Routes of batches: all that are for the account, one with its report, one that waits given up.

Each answers with the document of its command. Not here: handing one in (`lantai.api.uploads`).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from lantai.api.door import Door
from lantai.messages import language
from lantai.taking import batch_report, cancel_batch, list_batches

router = APIRouter(tags=["handing in"])

BatchId = Annotated[str, Path(max_length=64, description="A batch's identifier.")]


@router.get("/batches")
def batches(door: Door) -> dict[str, Any]:
    """List batches with their states."""
    return {"batches": list_batches(door.archive)}


@router.get("/batches/{batch}")
def batch(door: Door, batch: BatchId) -> dict[str, Any]:
    """Show one batch with its report."""
    return batch_report(door.archive, batch).as_json(language())


@router.post("/batches/{batch}/cancelling")
def cancel(door: Door, batch: BatchId) -> dict[str, Any]:
    """Give up a batch that waits; what came of its upload can be handed in again."""
    cancel_batch(door.working(), batch)
    return {"batch": batch, "state": "cancelled"}
