"""Routes of the desk: corrections, decisions on access, holds. Each parses, calls one function, presents.

What was entered and is not at enough sites yet is answered with 202 and says why it waits. A list that is
asked for with `limit=0` says how many there are and names none of them, which is no use of records. Not here:
who may do it (the matrix), what is sensible (`processes`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from lantai.api.belonging import not_given
from lantai.api.documents import document, done
from lantai.api.door import Door
from lantai.api.parsing import Asked
from lantai.errors import UsageMistake
from lantai.wiring import Archive
from processes.desk import correct, falling_due
from processes.desk.appraise import Decision, decide, preview
from processes.desk.appraise_set import by_codes, by_query
from processes.desk.hold import hold

router = APIRouter(tags=["desk"])

Text = Annotated[str, Field(max_length=10_000)]
Code = Annotated[str, Field(min_length=1, max_length=300)]
Codes = Annotated[list[Code], Field(min_length=1, max_length=10_000)]


class Description(Asked):
    """New values of fields, by their English or Chinese names; an empty one clears."""

    changes: Annotated[dict[Annotated[str, Field(max_length=100)], Text], Field(min_length=1, max_length=100)]
    reason: Text


class NewCode(Asked):
    """The code that an item should have had."""

    code: Code
    reason: Text


class Why(Asked):
    """A reason, kept in the ledger for ever."""

    reason: Text


class Held(Asked):
    """Items to be held, or to be held no more."""

    codes: Codes
    reason: Text


class Appraisal(Asked):
    """A decision on named items; or on a list of codes, or all that a query finds, previewed first: without
    `confirm` nothing is decided, and the answer has the token to confirm just that.
    """

    status: Literal["open", "restricted", "postponed", "closed"]
    reason: Text
    clause: Text = ""
    until: Annotated[str, Field(max_length=30, description="Reviewed again on this day: YYYY-MM-DD.")] = ""
    holder: Literal["", "none", "reading-room", "consent"] = ""
    codes: Annotated[tuple[Code, ...], Field(max_length=10_000)] = ()
    listed: Annotated[tuple[Code, ...], Field(max_length=50_000, description="Codes, previewed first.")] = ()
    query: Annotated[str, Field(max_length=10_000)] = ""
    fonds: Annotated[str, Field(max_length=100)] = ""
    year: Annotated[str, Field(max_length=100)] = ""
    confirm: Annotated[str, Field(max_length=100)] = ""

    def need_sense(self) -> None:
        """The words fit together. Raises `UsageMistake`."""
        if bool(self.codes) + bool(self.listed) + bool(self.query) != 1:
            raise UsageMistake("name codes, or a list of codes, or a query")
        if (self.fonds or self.year) and not self.query:
            raise UsageMistake("fonds and year narrow a query")
        if self.confirm and self.codes:
            raise UsageMistake("confirm is for a list or a query: codes that are named need none")

    def decision(self) -> Decision:
        """What is decided."""
        holder = None if not self.holder else "" if self.holder == "none" else self.holder
        return Decision(self.status, self.reason, self.clause, self.until, holder)

    def chosen(self, archive: Archive) -> list[str]:
        """The items that it is about. Raises `NotFound`, `QueryMistake`, `NotAllowedValue`."""
        if not self.query:
            return by_codes(archive.tools(), self.codes or self.listed)
        filters = {name: value for name, value in (("fonds", self.fonds), ("year", self.year)) if value}
        return by_query(archive.tools(), archive.index, self.query, filters)


@router.post("/items/{code}/description")
def describe(door: Door, code: str, told: Description) -> Response:
    """Correct an item's description; its code stays."""
    archive = door.working()
    return done(correct.describe(archive.tools(), archive.index, code, told.changes, told.reason))


@router.post("/items/{code}/code")
def recode(door: Door, code: str, told: NewCode) -> Response:
    """Give an item another code; the former one still finds it."""
    archive = door.working()
    return done(correct.recode(archive.tools(), archive.index, code, told.code, told.reason))


@router.post("/items/{code}/withdrawal")
def withdraw(door: Door, code: str, told: Why) -> Response:
    """Take an item out of use; it stays kept and provable."""
    archive = door.working()
    return done(correct.withdraw(archive.tools(), archive.index, code, told.reason))


@router.post("/appraisals")
def appraise(door: Door, request: Request, told: Appraisal) -> Response:
    """Decide who may see items; a list or a query is previewed first."""
    told.need_sense()
    request.state.use = {"query": told.query, "code": "\n".join((*told.codes, *told.listed))}
    archive = door.working()
    ids = told.chosen(archive)
    if not (told.codes or told.confirm):
        return document(preview(archive.tools(), ids, told.decision()))
    return done(decide(archive.tools(), archive.index, ids, told.decision(), told.confirm or None))


@router.get("/appraisals/due")
def due(
    door: Door,
    request: Request,
    within: Annotated[int, Query(ge=0, le=falling_due.MOST_AHEAD, description="Days ahead.")] = 0,
    fonds: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=0, le=500, description="0: only how many.")] = 50,
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> dict[str, Any]:
    """What falls due for a decision on access, oldest first, with what is proposed for each."""
    if not limit:
        not_given(request)
    return falling_due.falling_due(door.archive.tools(), falling_due.Asked(within, fonds, limit, cursor))


@router.get("/holds")
def list_holds(
    door: Door,
    request: Request,
    limit: Annotated[int, Query(ge=0, le=500, description="0: only how many.")] = 50,
    cursor: Annotated[str, Query(max_length=20)] = "",
) -> dict[str, Any]:
    """What is held, the newest hold first, and how many are."""
    if not limit:
        not_given(request)
    return falling_due.held(door.archive.tools(), limit, cursor)


@router.post("/holds")
def place_hold(door: Door, told: Held) -> Response:
    """Keep items from being destroyed until the hold is lifted."""
    return done(hold(door.working().tools(), told.codes, told.reason))


@router.post("/holds/lifting")
def lift_hold(door: Door, told: Held) -> Response:
    """Lift holds."""
    return done(hold(door.working().tools(), told.codes, told.reason, lift=True))
