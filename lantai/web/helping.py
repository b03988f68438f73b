"""The page of help: what to do first, what to do when something does not work, keys, terms of the trade.

For everybody, signed in or not: it tells nothing of the archive's content. Not here: help inside the pages.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.page import Anyone

router = APIRouter()
KEYS = (("/", "find"), ("j", "next"), ("k", "previous"), ("o", "open"), ("a", "accept"))
"""A key and the name of its words (`help-key-…`)."""
TERMS = (
    "fonds", "code", "item", "component", "category", "retention", "batch", "accession", "inspection",
    "finding", "register", "access", "appraisal", "retrieval", "passcode", "hold", "destruction", "ledger",
    "checkpoint", "proof", "site", "copy", "audit", "drill", "key", "carrier", "use-journal", "certificate",
)  # fmt: skip
TROUBLES = ("gone", "refused", "session", "connection", "twice", "not-now")


@router.get("/help")
async def help_page(page: Anyone) -> Response:
    """How to find one's way."""
    return page.show("help.html", keys=KEYS, terms=TERMS, troubles=TROUBLES)
