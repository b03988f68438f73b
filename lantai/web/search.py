"""Pages of whoever looks for something: one field, facets, hits with their pictures, kept searches.

Everything that is asked stands in the page's address: a link to it is the search, and going back is where
one was. Not here: going through the archive without a query (`browse`), single items (`items`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from lantai.web.asking import address
from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

NARROWED = ("fonds", "category", "year", "office", "retention", "access")
ORDERS = ("relevance", "newest", "oldest", "code")
LIMIT = 20
MISTAKES = frozenset({"query-mistake", "cursor-mistake", "usage", "malformed"})


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a query, what narrows it, its order; `cursor` and `at`, the place in the answer."""

    query: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: str = ""
    cursor: str = ""
    at: int = 0

    @classmethod
    def of(cls, asked: QueryParams) -> Wanted:
        """What a page's address asks for."""
        filters = {name: asked.getlist(name) for name in NARROWED}
        at = asked.get("at", "")
        return cls(
            asked.get("query", "").strip(),
            {name: values for name, values in filters.items() if values},
            asked.get("order", ""),
            asked.get("cursor", ""),
            int(at) if at.isascii() and at.isdigit() and len(at) < 10 else 0,
        )

    @property
    def anything(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.query or self.filters)

    @property
    def question(self) -> dict[str, object]:
        """The question without a place in its answer, as the API takes it."""
        return {"query": self.query or "*", **self.filters, "order": self.order}

    def link(self, **changed: object) -> str:
        """The page with something changed; from its beginning."""
        asked: dict[str, object] = {"query": self.query, **self.filters, "order": self.order}
        return address("/search", asked | changed)

    def with_value(self, name: str, value: str) -> str:
        """The page narrowed to one more value, or to one less where it was narrowed to it."""
        now = list(self.filters.get(name, ()))
        return self.link(**{name: [one for one in now if one != value] if value in now else [*now, value]})

    def further(self, cursor: str) -> str:
        """The next page."""
        return self.link(cursor=cursor, at=self.at + LIMIT)

    def listed(self, form: str) -> str:
        """The whole answer as a file."""
        return address("/api/v1/search/list", {**self.question, "format": form})


@router.get("/search")
async def search(page: Reader) -> Response:
    """What was asked for, or where to begin."""
    wanted = Wanted.of(page.request.query_params)
    if not wanted.anything:
        return await _beginning(page, wanted)
    question = {**wanted.question, "facets": True, "limit": LIMIT, "cursor": wanted.cursor}
    try:
        found = await page.get("/search", **question)
    except Refused as refused:
        if refused.code not in MISTAKES:
            raise
        return await _beginning(page, wanted, refused)
    return page.show("search.html", wanted=wanted, found=found, kinds=await kinds_of(page, found["hits"]))


@router.post("/search/kept")
async def keep(page: Reader, request: Request) -> Response:
    """Keep a search under a name, or show it again with what is wrong."""
    form = await read(request)
    wanted = _of_form(form)
    body = {"query": wanted.query or "*", "filters": wanted.filters, "order": wanted.order}
    try:
        await page.send(
            "PUT", f"/searches/{form['name'] or ' '}", body | {"replace": bool(form["replace"])}, form
        )
    except Refused as refused:
        return await _beginning(page, wanted, refused, form)
    return page.to("/search", said="search-kept")


@router.post("/search/dropping")
async def drop(page: Reader, request: Request) -> Response:
    """Drop a kept search."""
    form = await read(request)
    await page.send("DELETE", f"/searches/{form['name']}", None, form)
    return page.to("/search", said="search-dropped")


async def kinds_of(page: Page, hits: Sequence[Mapping[str, Any]]) -> Any:
    """By code what kind of thing each hit is; empty where that cannot be told."""
    if not hits:
        return {}
    return (await page.get_or({"kinds": {}}, "/kinds", code=[hit["code"] for hit in hits]))["kinds"]


async def _beginning(
    page: Page, wanted: Wanted, refused: Refused | None = None, form: Form | None = None
) -> Response:
    """The page without hits: a mistake at its place, how queries are written, what was kept."""
    kept = (await page.get_or({"searches": []}, "/searches"))["searches"]
    links = [Wanted(one["query"], one["filters"], one["order"]).link() for one in kept]
    return page.show(
        "search-begin.html",
        refused.status if refused else 200,
        wanted=wanted,
        kept=list(zip(kept, links, strict=True)),
        place=refused.problem.get("place") if refused and refused.code == "query-mistake" else None,
        problem=refused.problem if refused else None,
        form=form.shown if form else None,
    )


def _of_form(form: Form) -> Wanted:
    filters = {name: form.all(name) for name in NARROWED}
    return Wanted(form["query"], {name: values for name, values in filters.items() if values}, form["order"])
