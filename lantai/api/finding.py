"""Routes of whoever looks for something: search, lists, suggestions, browsing. Each parses, asks, presents.

Not here: kept searches and single items (`items`), content (`content`).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from lantai.api.belonging import names
from lantai.api.documents import NO_STORE, disposition, document, written
from lantai.api.door import Door
from lantai.api.inline import asked
from lantai.api.lasting import lasting
from lantai.api.parsing import Asked
from lantai.api.sending import Sending
from lantai.asking import Words, asked_of, list_words, need_sense
from lantai.errors import UsageMistake
from policies.access import copying
from processes.finding.browse import LEVELS, Place
from processes.finding.browse import browse as find_place
from processes.finding.find import written as find
from processes.finding.kinds import MOST, kinds
from processes.finding.result_list import cells
from processes.finding.result_stream import STREAMS
from processes.finding.seen import seen_by
from processes.finding.suggest import suggest
from search.query import parse

router = APIRouter(tags=["finding"])

Values = Annotated[tuple[str, ...], Field(max_length=100)]
Status = Literal["open", "restricted", "postponed", "closed", "unreviewed"]


class _Hit(msgspec.Struct):
    code: str


class _Hits(msgspec.Struct):
    """Of an answer that is JSON already, what it names."""

    hits: list[_Hit]


_HITS = msgspec.json.Decoder(_Hits)


class Narrowed(Asked):
    """A query or a kept search, and what narrows and orders its answer."""

    query: str = Field("", description="Words, phrases, fields, ranges; * finds everything.")
    saved: str = Field("", description="The name of a kept search, in place of query and filters.")
    fonds: Values = ()
    year: Values = ()
    category: Values = ()
    retention: Values = ()
    office: Values = ()
    access: Annotated[tuple[Status, ...], Field(max_length=5)] = ()
    order: Literal["", "relevance", "newest", "oldest", "code"] = ""

    def words(self, limit: int = 20, cursor: str = "", facets: bool = False) -> Words:
        """The words as both doors have them. Raises `UsageMistake` where they do not fit together."""
        names = ("fonds", "year", "category", "retention", "office", "access")
        filters = {name: getattr(self, name) for name in names}
        words = Words(self.query, self.saved, filters, self.order, limit, cursor, facets)
        need_sense(words)
        return words


class Search(Narrowed):
    """One page of an answer."""

    facets: bool = Field(False, description="Count hits by field.")
    limit: int = Field(20, ge=1, le=1000)
    cursor: str = Field("", description="Go on from an earlier answer.")


class Listed(Narrowed):
    """A whole answer as a file."""

    format: Literal["csv", "xlsx"] = "csv"


class Below(Asked):
    """Where somebody stands, from the fonds down."""

    fonds: str = ""
    category: str = ""
    year: str = ""
    office: str = ""
    listed: bool = Field(False, description="List every item below, by code.")
    limit: int = Field(20, ge=1, le=1000)
    cursor: str = ""

    def place(self) -> Place:
        """The place. Raises `UsageMistake` where a level is left out."""
        values = [getattr(self, level) for level in LEVELS]
        given = [value for value in values if value]
        if values[: len(given)] != given:
            raise UsageMistake("browse goes by fonds, category, year and office")
        return Place(given, self.listed, self.limit, self.cursor)


@router.get("/search")
async def search(door: Door, request: Request, typed: Annotated[Search, Query()]) -> Response:
    """Find what the account may see."""
    archive = door.archive
    wanted = asked_of(archive, typed.words(typed.limit, typed.cursor, typed.facets))
    work = archive.home / "work"
    ask = partial(find, archive.database, archive.index, work, wanted, archive.subject)
    content = await asked(archive, wanted.query, ask, typed.limit)
    names(request, [hit.code for hit in _HITS.decode(content).hits])
    return written(content)


@router.get("/search/list", responses={200: {"content": {kind: {} for kind, _ in STREAMS.values()}}})
def search_list(door: Door, typed: Annotated[Listed, Query()]) -> Response:
    """Every hit as a table, without formulas, described only where open to everybody."""
    archive = door.archive
    wanted = asked_of(archive, typed.words(), readings=False)
    query = parse(wanted.query)
    seen = seen_by(copying(archive.subject), archive.database, archive.index, archive.home / "work")
    headings, access = list_words()
    kind, made = STREAMS[typed.format]
    rows = cells(seen, query, wanted, access, {"rows": 0, "undescribed": 0})
    pieces = lasting(made(headings, rows), door)
    file = disposition(f"lantai.{typed.format}", "attachment")
    return Sending(
        pieces, {**NO_STORE, "Content-Type": kind, "Content-Disposition": file}, first=next(pieces, b"")
    )


@router.get("/suggestions")
async def suggestions(
    door: Door, text: Annotated[str, Query(max_length=200, description="What is typed so far.")]
) -> Response:
    """How a query may go on, from what the account may see."""
    archive = door.archive
    ask = partial(suggest, archive.database, archive.index, archive.home / "work", text, archive.subject)
    return document(await asked(archive, text, ask))


@router.get("/browse")
def browse(door: Door, request: Request, typed: Annotated[Below, Query()]) -> Response:
    """Go through the archive without a query: fonds, category, year, office, items."""
    archive, work = door.archive, door.archive.home / "work"
    told = find_place(archive.database, archive.index, work, typed.place(), archive.subject)
    names(request, [hit["code"] for hit in told["hits"]])
    return document(told)


@router.get("/kinds")
def what_kinds(
    door: Door, code: Annotated[tuple[str, ...], Query(min_length=1, max_length=MOST)]
) -> Response:
    """Tell what kind of thing each of these items is: image, sound, video, page or other."""
    return document({"kinds": kinds(door.archive.database, code, door.archive.subject)})
