"""Routes of kept searches, of single items and of their proofs. Each parses, calls one function, presents.

Not here: content (`content`), corrections and decisions (`desk`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response

from lantai.api import etags
from lantai.api.documents import NO_STORE, disposition, document
from lantai.api.door import Door
from lantai.api.finding import Status, Values
from lantai.api.parsing import Asked
from lantai.api.problems import problem
from lantai.asking import order_of
from processes.finding import saved
from processes.finding.find import Asked as Question
from processes.finding.item_copies import item_copies
from processes.finding.show import show
from processes.proving.prove import prove
from search.query import parse

router = APIRouter(tags=["finding"])

Name = Annotated[str, Path(max_length=100, description="The name of a kept search.")]


class Filters(Asked):
    """What narrows an answer."""

    fonds: Values = ()
    year: Values = ()
    category: Values = ()
    retention: Values = ()
    office: Values = ()
    access: Annotated[tuple[Status, ...], Field(max_length=5)] = ()


class Kept(Asked):
    """A search to be kept; with `replace` in the place of one of the same name."""

    query: str = Field(min_length=1, max_length=10_000)
    filters: Filters = Filters()
    order: Literal["", "relevance", "newest", "oldest", "code"] = ""
    replace: bool = False

    def question(self) -> Question:
        """What is asked. Raises `QueryMistake`."""
        parse(self.query)
        filters = {name: values for name, values in self.filters.model_dump().items() if values}
        return Question(self.query, filters, order=order_of(self.order))


@router.get("/searches")
def searches(door: Door) -> Response:
    """The account's kept searches, with what each finds today."""
    archive = door.archive
    kept = saved.listed(archive.database, archive.index, archive.home / "work", archive.subject)
    return document({"searches": kept})


@router.put("/searches/{name:path}")
def keep_search(door: Door, name: Name, kept: Kept) -> Response:
    """Keep a search under a name."""
    archive = door.archive
    now = archive.tools().now()
    saved.save(archive.database, name, kept.question(), archive.subject, now, replace=kept.replace)
    return document({"saved": name})


@router.delete("/searches/{name:path}")
def forget_search(door: Door, name: Name) -> Response:
    """Drop a kept search."""
    saved.forget(door.archive.database, name, door.archive.subject)
    return document({"forgotten": name})


@router.get("/items/{code}")
async def item(door: Door, request: Request, code: str) -> Response:
    """One item, as the account may see it: with its history for whoever handles its fonds."""
    archive = door.archive
    shown = show(archive.database, archive.ledger, code, archive.subject)
    current = etags.tag(door.account, "full" if "history" in shown else "public", shown)
    comes_to = etags.met(request.headers, current)
    if comes_to is etags.Met.FAILED:
        return problem(412, "changed", "the item is not what If-Match names", {"ETag": current})
    if comes_to is etags.Met.UNCHANGED:
        return Response(None, 304, etags.kept(current))
    return document(shown, etags.kept(current))


@router.get("/items/{code}/copies")
def copies(door: Door, code: str) -> Response:
    """The item's copies, a site at a time, for whoever handles its fonds."""
    return document(item_copies(door.archive.tools(), code))


@router.get("/items/{code}/proof")
def item_proof(door: Door, code: str) -> Response:
    """A proof that a stranger can check offline, against the published head."""
    proof = prove(door.working().tools(), code)
    file = disposition(f"{proof.code}.proof.json", "attachment")
    return Response(proof.to_bytes(), 200, {**NO_STORE, "Content-Disposition": file}, "application/json")
