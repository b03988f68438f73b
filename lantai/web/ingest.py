"""Pages of whoever hands in: what is under way, one upload with files and list, trying it, handing it in.

The bytes go from the browser to the API itself (`static/js/upload.js`), and the list is edited there
(`static/js/grid.js`). Not here: batches and their reports (`lantai.web.batches`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import catalogue, finding_name
from lantai.web.forms import read
from lantai.web.page import Page, Reader, Refused

router = APIRouter()
LASTING = ("waiting", "running")
COLUMN = "ingest-column-"
NEWEST = 8


@router.get("/ingest")
async def begin_page(page: Reader) -> Response:
    """Where a batch begins, what is under way, and the newest batches."""
    return await _begin(page)


@router.post("/ingest")
async def begin(page: Reader, request: Request) -> Response:
    """Begin an upload."""
    form = await read(request)
    try:
        made = await page.post("/uploads", {"name": form["name"]}, form)
    except Refused as refused:
        return await _begin(page, refused.status, form=form.shown, problem=refused.problem)
    return page.to(f"/ingest/{made['upload']}")


@router.get("/ingest/{upload}")
async def upload_page(page: Reader, upload: str) -> Response:
    """One upload: its files, its list, and what can be done with it now."""
    return await _upload(page, upload)


@router.get("/ingest/{upload}/progress")
async def progress(page: Reader, upload: str) -> Response:
    """How far taking it in is; once that is over, where it leads."""
    told, job = await _told(page, upload)
    if job.get("state") in LASTING:
        return page.show("ingest-progress.html", upload=told, job=job)
    return _onward(page, told, job)


@router.post("/ingest/{upload}/batch")
async def hand_in(page: Reader, request: Request, upload: str) -> Response:
    """Try it, or hand it in: a long work, watched on the page of the upload."""
    form = await read(request)
    trial = form["what"] == "trial"
    asked = {"fonds": form["fonds"], "accept": form["accept"] or "all", "dry_run": trial, "keep": not trial}
    try:
        await page.post(f"/uploads/{upload}/batch", asked, form)
    except Refused as refused:
        return await _upload(page, upload, refused.status, form=form.shown, problem=refused.problem)
    return page.to(f"/ingest/{upload}", said="ingest-trial" if trial else "ingest-handed-in")


@router.get("/ingest/{upload}/trial")
async def trial(page: Reader, upload: str) -> Response:
    """The report of the last trial."""
    told, job = await _told(page, upload)
    if (job.get("result") or {}).get("state") != "inspected":
        return page.to(f"/ingest/{upload}")
    report = await page.get(f"/jobs/{told['job']}/findings", **narrowing(page))
    return page.show("ingest-trial.html", upload=told, job=job, report=report, kind_name=finding_name)


@router.get("/ingest/{upload}/list")
async def grid(page: Reader, upload: str) -> Response:
    """The list in a grid."""
    told = await page.get(f"/uploads/{upload}", limit=1)
    if told["state"] != "open":
        return page.to(f"/ingest/{upload}")
    return page.show("ingest-list.html", upload=told, data=_grid(page, upload))


@router.post("/ingest/{upload}/removal")
async def remove(page: Reader, request: Request, upload: str) -> Response:
    """Remove the upload with all that came."""
    form = await read(request)
    try:
        await page.send("DELETE", f"/uploads/{upload}", None, form)
    except Refused as refused:
        return await _upload(page, upload, refused.status, problem=refused.problem)
    return page.to("/ingest", said="ingest-removed")


@router.post("/ingest/{upload}/file-removal")
async def remove_file(page: Reader, request: Request, upload: str) -> Response:
    """Remove one file of it."""
    form = await read(request)
    try:
        await page.send("DELETE", f"/uploads/{upload}/files/{form['path']}", None, form)
    except Refused as refused:
        return await _upload(page, upload, refused.status, problem=refused.problem)
    return page.to(f"/ingest/{upload}", said="ingest-file-removed")


async def _begin(page: Page, status: int = 200, **more: object) -> Response:
    uploads, batches = await asyncio.gather(
        page.get_or({"uploads": []}, "/uploads"), page.get("/batches", limit=NEWEST)
    )
    under_way = [one for one in reversed(uploads["uploads"]) if one["state"] != "taken"]
    return page.show(
        "ingest.html",
        status,
        uploads=under_way,
        batches=batches["batches"],
        more=batches["cursor"],
        data=data_of(page),
        **more,
    )


async def _upload(page: Page, upload: str, status: int = 200, **more: object) -> Response:
    cursor = page.request.query_params.get("cursor", "") if page.request.method == "GET" else ""
    told = await page.get(f"/uploads/{upload}", limit=200, cursor=cursor)
    job, last, rules = await asyncio.gather(
        _job(page, told), _last(page, told), page.get_or({"fonds": []}, "/rules")
    )
    if told["state"] == "taken":
        return _onward(page, told, job)
    return page.show(
        "ingest-upload.html",
        status,
        upload=told,
        job=job,
        cursor=cursor,
        last=last,
        needed=await _needed(page, last, told, job),
        fonds=rules["fonds"][0] if len(rules["fonds"]) == 1 else "",
        data=data_of(page) | {"upload": upload, "seen": told["seen"]},
        **more,
    )


async def _told(page: Page, upload: str) -> tuple[Any, Any]:
    """The upload without its files, and the work that took it last, {} where none did."""
    told = await page.get(f"/uploads/{upload}", limit=1)
    return told, await _job(page, told)


async def _job(page: Page, told: Any) -> Any:
    if not told["job"]:
        return {}
    return await page.get_or({}, f"/jobs/{told['job']}", brief=True)


async def _last(page: Page, told: Any) -> Any:
    """The report of the batch whose returned rows these are, None where there is none."""
    if not told["batch"] or told["state"] != "open":
        return None
    return await page.get_or(None, f"/batches/{told['batch']}/findings")


async def _needed(page: Page, last: Any, told: Any, job: Any) -> list[str]:
    """The files that something was wrong with, in the last trial or in the batch that went back."""
    if (job.get("result") or {}).get("state") == "inspected":
        last = await page.get_or(last, f"/jobs/{told['job']}/findings")
    return last["needed"] if last else []


def narrowing(page: Page) -> dict[str, str]:
    """Which part of a report a page's address asks for."""
    given = page.request.query_params
    known = ("fault", "warn", "registered")
    at = given.get("page", "")
    return {
        "kind": given.get("kind", "")[:100],
        "only": given.get("only", "") if given.get("only") in known else "",
        "page": at if at.isascii() and at.isdigit() and 0 < len(at) < 6 and int(at) else "",
    }


def _onward(page: Page, told: Any, job: Any) -> Response:
    """To where its work leads; the same batch handed in twice is one batch, and says so."""
    repeated = (job.get("result") or {}).get("repeated")
    return page.to(_after(told, job), said="ingest-repeated" if repeated else "")


def _after(told: Any, job: Any) -> str:
    """Where one goes on when its work is over."""
    result = job.get("result") or {}
    if result.get("state") == "inspected":
        return f"/ingest/{told['upload']}/trial"
    batch = result.get("batch") or (told["batch"] if told["state"] == "taken" else "")
    return f"/ingest/batches/{batch}" if batch else f"/ingest/{told['upload']}"


def data_of(page: Page) -> dict[str, Any]:
    """What the scripts of a page need: whose it is, and their words."""
    return {"csrf": page.session.get("csrf", ""), "words": _words(page, "ingest-js-")}


def _grid(page: Page, upload: str) -> dict[str, Any]:
    return data_of(page) | {
        "upload": upload,
        "language": page.language,
        "help": _words(page, COLUMN),
        "fonds": page.session.get("fonds") or [],
    }


def _words(page: Page, prefix: str) -> dict[str, str]:
    known = catalogue()
    return {key.removeprefix(prefix): known[key][page.language] for key in known if key.startswith(prefix)}
