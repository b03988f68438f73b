"""Routes of whoever keeps the copies: audits, repairs, sites, replications, drills, views, doctor, work.

What takes long is asked for here and told at its job (`lantai.api.jobs`); each answer is the document that
the command prints with `--json`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from lantai import keeping
from lantai.api.documents import NO_STORE, disposition
from lantai.api.door import Caller, Door
from lantai.api.jobs import Work
from lantai.api.parsing import Asked
from lantai.messages import say, word
from policies.portable import csv_line
from processes.auditing import audit as audits
from processes.auditing.audit_list import COLUMNS, lines
from processes.auditing.audited import Scope
from processes.auditing.codes_told import for_subject
from processes.recovery import drill as drills

router = APIRouter(tags=["keeping"])

Name = Annotated[str, Field(max_length=200, description="A site's name; empty for all of them.")]
Percent = Annotated[float, Field(gt=0, le=100, description="Only this share of the copies.")]
Since = Annotated[str, Field(max_length=40, description="Only what was registered since this date.")]


class Narrowed(Asked):
    """Which copies an audit is for."""

    site: Name = ""
    percent: Percent = 100.0
    since: Since = ""


class AuditAsked(Narrowed):
    """An audit; `resume` goes on with one that was interrupted and stands alone."""

    resume: bool = False


class ReplicationAsked(Asked):
    """What sites lack is brought; `go_ahead` fills a site anew that had held much of it."""

    site: Name = ""
    go_ahead: bool = False


class DrillAsked(Asked):
    """A drill. The recovery key is used and forgotten."""

    recovery_key: Annotated[str, Field(max_length=1000, repr=False)]
    site: Name = ""
    sample: Annotated[int, Field(ge=1, le=1_000_000)] = drills.SAMPLE


def started(request: Request, door: Caller, kind: str, **asked: Any) -> Response:
    """A long work in the queue, as 202."""
    answer: Response = request.app.state.jobs.start(door, kind, asked)
    return answer


def _scope(asked: Narrowed) -> dict[str, Any]:
    """What of an audit's request the work is told. Raises `ScopeMistake`."""
    Scope(asked.site, asked.percent, asked.since)
    return {"site": asked.site, "percent": asked.percent, "since": asked.since}


@router.get("/audits")
def list_audits(door: Door) -> dict[str, Any]:
    """List former audits, those under way and when the next one is due."""
    return audits.history(door.archive.tools()).as_json()


@router.get("/audits/list", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def audits_list(door: Door) -> Response:
    """Former audits as CSV: a line for each site of each, in the reader's language."""
    told = audits.history(door.archive.tools()).audits
    headings = [say(f"vault-csv-{name}") for name in COLUMNS]
    rows = [[*line[:3], word("outcome", str(line[3])), *line[4:]] for line in lines(told)]
    named = {"Content-Disposition": disposition("audits.csv", "attachment"), **NO_STORE}
    text = "\ufeff" + csv_line(headings) + "".join(csv_line(row) for row in rows)
    return Response(text, 200, named, "text/csv; charset=utf-8")


@router.post("/audits", status_code=202)
def audit(door: Door, request: Request, asked: AuditAsked) -> Response:
    """Check every copy at every site against the ledger; a long work."""
    return started(request, door, "audit", **_scope(asked), repair=False, resume=asked.resume)


@router.post("/repairs", status_code=202)
def repair(door: Door, request: Request, asked: Narrowed) -> Response:
    """Check copies, and mend damage from a good one; a long work."""
    return started(request, door, "repair", **_scope(asked), repair=True, resume=False)


@router.get("/sites")
def list_sites(door: Door) -> dict[str, Any]:
    """Show how each site stands."""
    from lantai.site_list import list_sites as listed

    return listed(door.working())


@router.post("/sites/{name}/retirement", status_code=202)
def retire(door: Door, request: Request, name: str) -> Response:
    """Give up a site whose copies all stand elsewhere; a long work."""
    return started(request, door, "retire", site=name)


@router.post("/replications", status_code=202)
def replicate(door: Door, request: Request, asked: ReplicationAsked) -> Response:
    """Bring what sites lack from whole copies, and read it back; a long work."""
    return started(request, door, "replicate", site=asked.site, go_ahead=asked.go_ahead)


@router.get("/drills")
def list_drills(door: Door) -> dict[str, Any]:
    """List the drills done."""
    return drills.past_as_json(drills.history(door.archive.tools()))


@router.post("/drills")
def drill(door: Door, asked: DrillAsked) -> dict[str, Any]:
    """Try whether a site and the recovery key are enough; answered when it is done."""
    tools = door.working().tools()
    site = asked.site or drills.next_site(tools)
    done = drills.drill(tools, site, asked.recovery_key, asked.sample)
    for_subject(tools, [done.objects], untold="")
    return done.as_json()


@router.get("/doctor")
def doctor(door: Door) -> dict[str, Any]:
    """Check installation, home, keys, sites and rule set."""
    from lantai.doctor import document

    return document(door.archive.home)


@router.post("/views", status_code=202)
def views(door: Door, request: Request) -> Response:
    """Make catalogue and index again from the ledger; a long work."""
    return started(request, door, "views")


@router.post("/index", status_code=202)
def index(door: Door, request: Request) -> Response:
    """Make the index again from the catalogue; a long work."""
    return started(request, door, "index")


@router.post("/work", status_code=202)
def work(door: Door, request: Request) -> Response:
    """Publish, index, read back, bring sites up to date: what waits, once; a long work."""
    return started(request, door, "work")


WORKS: dict[str, Work] = {
    "audit": keeping.audit,
    "repair": keeping.audit,
    "retire": keeping.retire,
    "replicate": keeping.replicate,
    "views": keeping.views,
    "index": keeping.index,
    "work": keeping.work,
}
