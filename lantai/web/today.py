"""The first page: what waits for the reader, what went wrong, what is due. Each role sees its own.

What is quickly known stands on the page; sites, which are asked over the network, come after it in a part of
their own (`/today/sites`). Not here: what is asked of the API (`lantai.web.today_asked`), what each of these
things is (the rooms' own pages).
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.page import Page, Reader
from lantai.web.today_asked import GROUPS, asked, of_sites

router = APIRouter()
BEGINNINGS = (
    ("submit", "ingest", "/ingest"),
    ("read", "search", "/search"),
    ("appraise", "appraise", "/desk/due"),
    ("grant", "grant", "/desk"),
    ("visitors", "reading-room", "/reading-room"),
    ("audit", "vault", "/vault"),
    ("replicate", "vault", "/vault"),
    ("appoint", "people", "/people"),
    ("uses", "uses", "/people/uses"),
)
"""What somebody may, the name of its words (`today-begin-…`), and where it is done."""


@router.get("/")
async def today(page: Reader) -> Response:
    """What waits, what went wrong, what is due, by what the reader may do."""
    if page.session["only_self"]:
        return page.to("/oneself/second-factor")
    lines, batches = await asked(page)
    groups = [(group, [line for line in lines if line.group == group]) for group in GROUPS]
    return page.show(
        "today.html",
        groups=[(group, found) for group, found in groups if found],
        batches=batches[:5],
        beginnings=_beginnings(page),
        sites=page.may("sites"),
        now=datetime.now(UTC).astimezone(),
    )


@router.get("/today/sites")
async def sites(page: Reader) -> Response:
    """What is wrong with sites."""
    return page.show("today-sites.html", lines=await of_sites(page))


def _beginnings(page: Page) -> list[tuple[str, str]]:
    """What there is to begin with: each once."""
    found = {name: where for right, name, where in BEGINNINGS if page.may(right)}
    return list(found.items())
