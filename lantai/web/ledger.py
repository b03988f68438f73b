"""Pages of the ledger: its signed head and key, heads over time, entries by their envelopes, proofs.

Verifying is for everybody, also without an account: `/verify` shows what the API finds of papers that are
given, and keeps none. Content is digested in the reader's own browser and stays there. Not here: what a proof
shows (`docs/proofs.md`), an item's history (its own page).
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import reading, retell, say, word
from lantai.web.asking import address
from lantai.web.forms import Form, read
from lantai.web.page import Anyone, Page, Reader, Refused

router = APIRouter()
MOST_PAPERS = 100
PAGE = 25
AS_TEXT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@router.get("/ledger")
async def ledger(page: Reader) -> Response:
    """Head and key, heads over time, and where an older head and proofs are tried."""
    return await _ledger(page)


@router.get("/ledger/entries")
async def entries(page: Reader) -> Response:
    """What was entered, newest first."""
    asked = page.request.query_params
    kind, cursor = asked.get("type", ""), asked.get("cursor", "")
    told = await page.get("/entries", type=kind, cursor=cursor, limit=50)
    further = address("/ledger/entries", {"type": kind, "cursor": told["cursor"]}) if told["cursor"] else ""
    with reading(page.language):
        kinds = sorted(((one, word("event", one)) for one in told["types"]), key=lambda one: one[1])
    return page.show("ledger-entries.html", told=told, kind=kind, kinds=kinds, further=further)


@router.get("/ledger/heads")
async def heads(page: Reader) -> Response:
    """Signed heads, page by page."""
    told = await page.get("/checkpoints", cursor=page.request.query_params.get("cursor", ""), limit=100)
    return page.show("ledger-heads.html", heads=told)


@router.get("/ledger/checkpoint")
async def checkpoint(page: Reader) -> Response:
    """The newest head as a file, published; or one of before, by its size."""
    size = page.request.query_params.get("size", "")[:15]
    if not size.isdecimal():
        return _file((await page.get("/checkpoint"))["note"], "checkpoint.txt")
    found = await page.get("/checkpoints", cursor=str(int(size) + 1), limit=1)
    note = next((one["note"] for one in found["checkpoints"] if one["size"] == int(size)), "")
    return _file(note, f"checkpoint-{int(size)}.txt") if note else await _ledger(page, 404, _missing())


@router.get("/ledger/key")
async def key(page: Reader) -> Response:
    """The keys that verify, as a file."""
    told = await page.get("/checkpoint/key")
    return _file("".join(f"{one}\n" for one in told["keys"]), "verification-key.txt")


@router.post("/ledger/consistency")
async def consistency(page: Reader, request: Request) -> Response:
    """Whether the ledger goes on from a head that somebody kept."""
    form = await read(request)
    try:
        found = await page.post("/consistency", {"checkpoint": _ended(form["checkpoint"])}, form)
    except Refused as refused:
        return await _ledger(page, refused.status, refused.problem, form)
    return await _ledger(page, found=found, form=form)


@router.get("/ledger/proof")
async def proof(page: Reader) -> Response:
    """An item's proof as a file."""
    code = page.request.query_params.get("code", "").strip()
    answer = await page.asked("GET", f"/items/{code}/proof") if code else None
    if answer is None or answer.status >= 400:
        problem = _missing() if answer is None or answer.status == 404 else answer.document
        return await _ledger(page, 404 if answer is None else answer.status, problem, code=code)
    told = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
    named = {"Content-Disposition": told.get("content-disposition", "attachment")}
    return Response(answer.content, 200, AS_TEXT | named, "application/json")


@router.get("/verify")
async def verify_page(page: Anyone) -> Response:
    """Where anybody has proofs verified."""
    own = await page.get_or({"keys": []}, "/checkpoint/key") if page.session else {"keys": []}
    return _verify(page, key="\n".join(own["keys"]))


@router.post("/verify")
async def verify(page: Anyone, request: Request) -> Response:
    """What the papers show, checked now and not kept."""
    form = await read(request)
    papers = _papers(form)
    if not papers:
        return _verify(page, 422, key=form["verifier"], problem={"title": "verify-nothing"})
    given = papers[:-1] if form["pasted"] else papers
    asked = {"key": form["verifier"] + "\n", "files": papers[:MOST_PAPERS]}
    answer = await page.asked("POST", "/verifications", None, asked)
    if answer.status >= 400:
        problem, status = Refused(answer).problem, answer.status
        typed = {"key": form["verifier"], "pasted": form["pasted"], "given": given}
        return _verify(page, status, problem=problem, **typed)
    return _verify(page, key=form["verifier"], pasted=form["pasted"], found=answer.document)


def _verify(page: Page, status: int = 200, /, **values: Any) -> Response:
    shown: dict[str, Any] = {"key": "", "pasted": "", "given": [], "found": None, "problem": None, **values}
    return page.show("verify.html", status, retell=retell, **shown)


async def _ledger(
    page: Page,
    status: int = 200,
    problem: Any = None,
    form: Form | None = None,
    found: Any = None,
    code: str = "",
) -> Response:
    """The page with what its reader may see: the head is not for everybody, the key is."""
    keys = await page.get_or({"keys": []}, "/checkpoint/key")
    heads = await page.get_or(None, "/checkpoints", limit=PAGE) if page.may("head") else None
    return page.show(
        "ledger.html",
        status,
        heads=heads,
        growth=_chart(page, heads),
        keys=keys["keys"],
        problem=problem,
        form=form.shown if form else {},
        found=found,
        code=code,
    )


def _chart(page: Page, heads: Any) -> Any:
    """Entries under each signed head, over time."""
    if not heads or len(heads["checkpoints"]) < 2:
        return None
    oldest_first = heads["checkpoints"][::-1]
    with reading(page.language):
        name = say("ledger-entries")
    series = [{"name": name, "colour": "good", "data": [one["size"] for one in oldest_first]}]
    return {
        "kind": "line",
        "time": True,
        "x": [one["time"] for one in oldest_first],
        "series": series,
    }


def _papers(form: Form) -> list[dict[str, str]]:
    """What was given: files that the browser read or digested, and text that was pasted."""
    papers: list[dict[str, str]] = []
    for one in form.all("paper"):
        try:
            told = json.loads(one)
        except ValueError:
            continue
        if isinstance(told, dict):
            kept = {name: str(told[name]) for name in ("name", "text", "sha256", "sm3") if told.get(name)}
            papers.append(kept)
    if form["pasted"]:
        papers.append({"name": "—", "text": _ended(form["pasted"])})
    return papers


def _ended(text: str) -> str:
    """A note as it is signed, with the newline at its end that pasting loses."""
    return text.strip() + "\n"


def _missing() -> dict[str, str]:
    return {"title": "not-found"}


def _file(text: str, name: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, 200, AS_TEXT | named, "text/plain; charset=utf-8")
