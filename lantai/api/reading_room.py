"""Routes of the reading room: visitors without an account, their visits, certified copies (档案证明)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from lantai.api.documents import disposition
from lantai.api.door import Door
from lantai.api.parsing import Asked
from lantai.messages import Language, language
from lantai.printing import paper
from processes.reading_room import certificates, figures, visitors, visits
from processes.reading_room.certificates import Wanted
from processes.reading_room.visitors import Person
from processes.reading_room.visits import Given, Page

router = APIRouter(tags=["reading room"])

Line = Annotated[str, Field(max_length=200)]
Why = Annotated[str, Field(max_length=2_000)]
Long = Annotated[str, Field(max_length=20_000)]
VisitId = Annotated[str, Path(max_length=64, description="A visit's name.")]
Name = Annotated[str, Path(max_length=64, description="A certificate's name, such as `2026-0001`.")]
Day = Annotated[str, Query(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class NewVisit(Asked):
    """Who came, by their document, and what for; the items that they are given at once."""

    document: Line
    number: Line
    name: Line
    purpose: Line
    unit: Line = ""
    contact: Line = ""
    about: Why = ""
    items: Annotated[Sequence[Line], Field(max_length=500)] = ()


class GivenItem(Asked):
    """An item that was given: seen, or copied with so many pages."""

    code: Line
    act: Literal["seen", "copied"] = "seen"
    pages: Annotated[int, Field(ge=0, le=100_000)] = 0


class NewItems(Asked):
    """Items that the visitor was given."""

    items: Annotated[Sequence[GivenItem], Field(min_length=1, max_length=500)]


class NewRequest(Asked):
    """What the visitor asks to see although it is closed; `copy` where looking at it is not enough."""

    code: Line
    purpose: Why
    copy_wanted: Annotated[bool, Field(alias="copy")] = False


class Outcome(Asked):
    """What the visit led to (利用效果)."""

    outcome: Why


class NewCertificate(Asked):
    """What is certified, for what; `extract` "" for a copy of the whole, `holder` "" for the visitor."""

    code: Line
    purpose: Line
    extract: Long = ""
    holder: Line = ""


class Ground(Asked):
    """Why a certificate counts no more."""

    reason: Why


@router.get("/reading-room")
def reading_room(door: Door) -> dict[str, Any]:
    """What its register chooses from, how long it knows its visitors, and its figures by month."""
    tools, days = door.archive.tools(), door.archive.settings.visitor_days
    with tools.database.read() as conn:
        months = [figures.as_json(month) for month in figures.visits_by_month(conn)[-24:]]
    kept = {"days": days, "forgets_next": visitors.forgets_next(tools, days)}
    return {**certificates.lists(), **kept, "today": tools.now()[:10], "months": months}


@router.get("/visits")
def list_visits(
    door: Door,
    since: Day = "",
    until: Day = "",
    state: Literal["", "open", "closed"] = "",
    visitor: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> dict[str, Any]:
    """Visits, newest first; who came is shown masked."""
    return visits.listed(door.archive.tools(), Page(since, until, state, visitor, limit, cursor))


@router.post("/visits", status_code=201)
def begin_visit(door: Door, asked: NewVisit) -> dict[str, Any]:
    """Enter a visit."""
    person = Person(asked.document, asked.number, asked.name, asked.unit, asked.contact)
    return visits.begin(door.working().tools(), person, asked.purpose, asked.about, asked.items)


@router.get("/visits/{visit}")
def show_visit(door: Door, visit: VisitId) -> dict[str, Any]:
    """One visit: what was given, asked for and certified."""
    return visits.shown(door.archive.tools(), visit)


@router.post("/visits/{visit}/items")
def give_items(door: Door, visit: VisitId, asked: NewItems) -> dict[str, Any]:
    """Note what the visitor was given."""
    given = [Given(one.code, one.act, one.pages) for one in asked.items]
    return visits.note(door.working().tools(), visit, given)


@router.post("/visits/{visit}/requests", status_code=201)
def ask_for_visitor(door: Door, visit: VisitId, asked: NewRequest) -> dict[str, Any]:
    """Ask in the visitor's name to see what is closed."""
    return visits.ask(door.working().tools(), visit, asked.code, asked.purpose, copy=asked.copy_wanted)


@router.post("/visits/{visit}/outcome")
def close_visit(door: Door, visit: VisitId, asked: Outcome) -> dict[str, Any]:
    """Say what the visit led to."""
    return visits.close(door.working().tools(), visit, asked.outcome)


@router.get("/visitors/{visitor}")
def show_visitor(
    door: Door, http: Request, visitor: Annotated[str, Path(max_length=64, description="A visitor's name.")]
) -> dict[str, Any]:
    """A visitor with the whole number of their document; whoever asks stands in the use journal."""
    http.state.use = {"asked": f"visitor={visitor}"}
    return visitors.whole_json(door.archive.tools(), visitor)


@router.post("/visits/{visit}/certificates", status_code=201)
def issue_certificate(door: Door, visit: VisitId, asked: NewCertificate) -> dict[str, Any]:
    """Issue a certificate under the next number of the year."""
    wanted = Wanted(asked.code, asked.purpose, asked.extract, asked.holder)
    return certificates.issue(door.working().tools(), visit, wanted)


@router.get("/certificates")
def list_certificates(door: Door, year: Annotated[int, Query(ge=0, le=9999)] = 0) -> dict[str, Any]:
    """The register of a year, without a gap; 0 is the newest year that has any."""
    return certificates.register(door.archive.tools(), year)


@router.get("/certificates/{certificate}")
def show_certificate(door: Door, certificate: Name) -> dict[str, Any]:
    """One certificate."""
    return certificates.shown(door.archive.tools(), certificate)


@router.get("/certificates/{certificate}/paper", response_class=Response)
def print_certificate(
    door: Door,
    http: Request,
    certificate: Name,
    asked: Annotated[Literal["", "zh", "en"], Query(alias="language")] = "",
) -> Response:
    """A certificate as PDF/A, in the language asked for; a void one says so across its head."""
    told = certificates.shown(door.archive.tools(), certificate)
    http.state.use = {"asked": f"certificate={certificate}", "code": told["code"]}
    wanted: Language = asked or language()
    made = paper("certificate", certificates.on_paper(told, wanted), wanted)
    named = {"Content-Disposition": disposition(f"certificate-{told['certificate']}.pdf", "attachment")}
    return Response(made, media_type="application/pdf", headers=named)


@router.post("/certificates/{certificate}/voiding")
def void_certificate(door: Door, certificate: Name, asked: Ground) -> dict[str, Any]:
    """Say that a certificate counts no more; it stays in the register."""
    return certificates.void(door.working().tools(), certificate, asked.reason)
