"""Pages of reports (统计与目录): figures as charts with their table, lists with their first rows to look at.

Not here: what charts show (`lantai.web.reports_charts`), figures, lists and files (the API).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lantai.api.documents import NO_STORE
from lantai.web.page import Page, Reader, Refused
from lantai.web.reports_charts import charts_of, choices_of, drawn_by, of_year, value_told

router = APIRouter(prefix="/reports")

FIGURES = ("holdings", "growth", "use", "due", "statistics")
LISTS = ("items", "volumes", "in-volume", "file-note", "transfer", "open", "destruction")
ASKED = ("fonds", "year", "category", "retention", "volume", "until", "number", "approver")
OF_ALL = ("open", "destruction")
SHOWN = 100
_PASSED = ("content-type", "content-disposition")


@router.get("")
async def reports(page: Reader) -> Response:
    """What there is: figures, lists, and what is held in all."""
    told = await page.get("/reports/growth")
    return page.show("reports.html", told=told, charts=charts_of(told), figures=FIGURES, lists=LISTS)


@router.get("/{kind}")
async def report(page: Reader, kind: str) -> Response:
    """One report: its charts and tables, or a list and what narrows it."""
    held = await page.get("/reports/holdings")
    values: dict[str, Any] = {"kind": kind, "wanted": _wanted(page), "held": held, "query": _asked(page)}
    values |= {"values_of": choices_of, "value_told": value_told}
    if kind in LISTS:
        return await _list(page, values)
    told = await page.get(f"/reports/{kind}", fonds=values["wanted"]["fonds"])
    charts = charts_of(told)
    years: list[tuple[str, str]] = []
    if kind == "statistics":
        told, years = of_year(told, values["wanted"]["year"])
    return page.show(
        "report-figures.html", told=told, charts=charts, drawn_by=drawn_by, years=years, **values
    )


@router.get("/{kind}/file")
async def file(page: Reader, kind: str) -> Response:
    """A report as a file, in the language of the pages."""
    query = page.request.query_params
    wanted = {name: value for name in (*ASKED, "format", "table") if (value := query.get(name, ""))}
    answer = await page.asked("GET", f"/reports/{kind}/list", wanted)
    if answer.status >= 400:
        raise Refused(answer)
    passed = {name.decode(): value.decode() for name, value in answer.headers if name.decode() in _PASSED}
    return Response(answer.content, 200, {**NO_STORE, **passed})


async def _list(page: Page, values: dict[str, Any]) -> Response:
    kind, wanted = values["kind"], values["wanted"]
    nothing: dict[str, Any] = {"rows": [], "columns": [], "items": 0, "more": False}
    if kind not in OF_ALL and not wanted["fonds"]:
        return page.show("report-list.html", told=nothing, chosen=False, **values)
    try:
        told = await page.get(f"/reports/{kind}/list", format="json", limit=SHOWN, **_asked(page))
    except Refused as refused:
        if refused.status == 404:
            raise
        shown = {"told": nothing, "chosen": False, "problem": refused.problem, **values}
        return page.show("report-list.html", refused.status, **shown)
    return page.show("report-list.html", told=told, chosen=True, **values)


def _wanted(page: Page) -> dict[str, str]:
    """What narrows the report, "" for each that is not named: what the form shows again."""
    query = page.request.query_params
    return {name: query.get(name, "").strip() for name in ASKED}


def _asked(page: Page) -> dict[str, str]:
    """The same without what is not named."""
    return {name: value for name, value in _wanted(page).items() if value}
