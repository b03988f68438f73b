"""Pages of the vault: where copies stand and how they are; audits, drills, doctor's checks.

Each part is shown to who may have it, and asked for only then: what the API refuses is written as a refusal.
Works that are started here go on at their own page (`lantai.web.jobs`). Not here: keys (`vault_keys`),
carriers (`vault_carriers`), the drawing (`vault_map`), charts' data (`vault_charts`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import reading, retell
from lantai.web import vault_charts
from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused
from lantai.web.vault_carriers import WITHIN_DAYS
from lantai.web.vault_map import drawn

router = APIRouter(prefix="/vault")
PATIENCE_SECONDS = 1.5
"""So long the first page waits for sites; where they take longer it comes without them, and asks again."""
WIDE, NARROW = (880, 440), (360, 400)
"""The map's sizes: beside other things, and across a telephone."""
NOTHING: dict[str, Any] = {"audits": [], "unfinished": []}
OF_WORK = frozenset(
    {"audit", "repair", "replicate", "work", "retire", "carriers", "carrier-check", "views", "index"}
)


@router.get("")
async def vault(page: Reader) -> Response:
    """Sites on their map, the rule, and what was last done about them."""
    if not page.may("sites"):
        return _elsewhere(page)
    waited = "wait" in page.request.query_params
    sites, audits, drills, jobs, due = await asyncio.gather(
        _sites(page, None if waited else PATIENCE_SECONDS),
        _if(page, "audit", NOTHING, "/audits"),
        _if(page, "drill", {"drills": []}, "/drills"),
        _if(page, "work", {"jobs": []}, "/jobs"),
        _due(page),
    )
    with reading(page.language):
        faults = vault_charts.faults(audits["audits"])
    return page.show(
        "vault.html",
        sites=sites,
        drawings=_drawings(sites),
        audits=audits,
        drills=drills["drills"],
        jobs=[job for job in jobs["jobs"] if job["kind"] in OF_WORK][:5],
        due=due,
        faults=faults,
        retell=retell,
    )


async def _due(page: Page) -> Any:
    """The carriers that are due; None for whom their register does not open."""
    if not await page.keeps_carriers():
        return None
    told = await page.get_or({"carriers": None}, "/carriers/due", within=WITHIN_DAYS)
    return told["carriers"]


def _elsewhere(page: Page) -> Response:
    """The part that opens to whoever may not see sites; absent for whom none does."""
    part = next((name for name in ("keys", "carriers") if page.may(name)), "")
    if part:
        return page.to(f"/vault/{part}")
    return page.show("refused.html", 404, status=404, problem={"title": "not-found"})


async def _if(page: Page, action: str, otherwise: Any, path: str, **query: object) -> Any:
    """What the API tells at `path` to who may have it; nobody else asks."""
    return await page.get_or(otherwise, path, **query) if page.may(action) else otherwise


async def _sites(page: Page, patience: float | None) -> Any:
    """How the sites stand; None where the reader may not know, or not all answered in time."""
    if not page.may("sites"):
        return None
    asked = asyncio.ensure_future(page.get_or(None, "/sites"))
    done, _ = await asyncio.wait({asked}, timeout=patience)
    return asked.result() if done else None


def _drawings(sites: Any) -> list[Any]:
    """The map for a wide screen and for a narrow one; none where no site says where it stands."""
    if not sites:
        return []
    rule = next((one for one in sites["findings"] if one["rule"] == "distance"), {"wanted": "0"})
    least = float(rule["wanted"] or 0)
    both = [drawn(sites["sites"], sites["distances"], least, size) for size in (WIDE, NARROW)]
    return [one for one in both if one.spots]


@router.get("/audits")
async def audits(page: Reader) -> Response:
    """Former audits, as charts and as a table, and where a new one is begun."""
    return await _audits(page)


@router.get("/audits.csv")
async def audits_csv(page: Reader) -> Response:
    """All audits, a line for each site of each, in the language of the pages."""
    answer = await page.asked("GET", "/audits/list")
    if answer.status >= 400:
        raise Refused(answer)
    told = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
    passed = {name: told[name] for name in ("content-type", "content-disposition")}
    return Response(answer.content, 200, passed | {"Cache-Control": "no-store"})


@router.post("/audits")
async def audit(page: Reader, request: Request) -> Response:
    """Begin an audit, or go on with one that was interrupted."""
    form = await read(request)
    asked: dict[str, Any] = {"resume": True} if form["resume"] else _narrowed(form)
    return await _started(page, form, "/audits", asked)


@router.post("/repairs")
async def repair(page: Reader, request: Request) -> Response:
    """Check copies and mend them from whole ones."""
    form = await read(request)
    return await _started(page, form, "/repairs", _narrowed(form))


@router.post("/replications")
async def replicate(page: Reader, request: Request) -> Response:
    """Bring what a site lacks."""
    form = await read(request)
    asked = {"site": form["site"], "go_ahead": bool(form["go_ahead"])}
    return await _started(page, form, "/replications", asked)


@router.post("/work")
async def work(page: Reader, request: Request) -> Response:
    """Do what waits, once."""
    return await _started(page, await read(request), "/work", {})


async def _started(page: Page, form: Form, path: str, asked: dict[str, Any]) -> Response:
    try:
        told = await page.post(path, asked or None, form)
    except Refused as refused:
        return await _audits(page, refused.status, form=form.shown, problem=refused.problem)
    return page.to(f"/jobs/{told['job']}")


def _narrowed(form: Form) -> dict[str, Any]:
    try:
        percent: float | str = float(form["percent"] or 100)
    except ValueError:
        percent = form["percent"]  # the API says what is wrong with it
    return {"site": form["site"], "percent": percent, "since": form["since"]}


async def _audits(page: Page, status: int = 200, **values: Any) -> Response:
    """The page of audits; of whoever may only mend it has the form alone."""
    past = page.get("/audits") if page.may("audit") or not page.may("mend") else _none()
    told, sites = await asyncio.gather(past, _sites(page, PATIENCE_SECONDS))
    names = [site["name"] for site in sites["sites"]] if sites else _named(told["audits"])
    with reading(page.language):
        charts = vault_charts.faults(told["audits"]), vault_charts.checked(told["audits"])
    shown = {
        "audits": told["audits"][::-1],
        "unfinished": told["unfinished"],
        "choices": [(name, name) for name in names],
        "charts": charts,
    }
    return page.show("vault-audits.html", status, **shown, **values)


async def _none() -> dict[str, Any]:
    return NOTHING


def _named(audits: list[Any]) -> list[str]:
    """Sites as audits named them, where the sites themselves do not answer in time."""
    return sorted({site["site"] for audit in audits[-5:] for site in audit["sites"]})


@router.get("/checks")
async def checks(page: Reader) -> Response:
    """What the doctor finds of this installation."""
    told = await page.get("/doctor")
    return page.show("vault-checks.html", ok=told["ok"], checks=told["checks"], retell=retell)


@router.get("/drill")
async def drill_page(page: Reader) -> Response:
    """Drills done, and where one is tried."""
    return await _drill(page)


@router.post("/drill")
async def drill(page: Reader, request: Request) -> Response:
    """Try whether a site and the recovery key are enough."""
    form = await read(request)
    sample = int(form["sample"][:9]) if form["sample"].isdecimal() else form["sample"]
    asked = {"recovery_key": form.raw("recovery_key").strip(), "site": form["site"], "sample": sample}
    try:
        done = await page.post("/drills", asked, form)
    except Refused as refused:
        return await _drill(page, refused.status, form=form.shown, problem=refused.problem)
    return await _drill(page, done=done)


async def _drill(page: Page, status: int = 200, /, **values: Any) -> Response:
    told, sites = await asyncio.gather(page.get("/drills"), _sites(page, PATIENCE_SECONDS))
    names = [site["name"] for site in sites["sites"]] if sites else []
    given: dict[str, Any] = {"done": None, "drills": told["drills"], "retell": retell, **values}
    return page.show("vault-drill.html", status, choices=[(name, name) for name in names], **given)
