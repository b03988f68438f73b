"""Pages of long works: those that the account asked for, and one of them while it goes on and after its end.

A page of one work asks again by itself until the work has ended, and can be left at any time. What came of it
is shown by the template of its kind (`job-<kind>.html`), else as it was told. Not here: starting works (the
rooms whose works they are).
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lantai.messages import retell
from lantai.web.page import Reader
from lantai.web.vault_found import not_whole

router = APIRouter(prefix="/jobs")
UNENDED = ("waiting", "running")
AUDITS = ("audit", "repair")
AT_THE_DESK = ("destroy", "destroy-on", "supervise")
"""Works whose page is the desk's own."""


@router.get("")
async def jobs(page: Reader) -> Response:
    """One's own works of the last days, newest first."""
    told = await page.get("/jobs")
    return page.show("jobs.html", jobs=told["jobs"])


@router.get("/{job}")
async def job(page: Reader, job: str) -> Response:
    """How far a work is, and what came of it."""
    told = await page.get(f"/jobs/{job}")
    if told["kind"] in AT_THE_DESK:
        return page.to(f"/desk/under-way/{told['job']}")
    wrong = not_whole(told["result"]) if told["kind"] in AUDITS else []
    return page.show("job.html", job=told, going=told["state"] in UNENDED, wrong=wrong, retell=retell)
