"""Pages of key custody: which keys there are and how they are sealed, and changing each of the three.

A change is proved by one's own password. The new recovery key stands on the one page that answers its change
and is kept nowhere: that page cannot be had again. Not here: what needs the bare home or a secret that never
travels (splitting, joining, sealing the files, restoring); the page says by which command it is done.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lantai.messages import retell
from lantai.web.forms import Form, read
from lantai.web.page import Page, Reader, Refused

router = APIRouter(prefix="/vault/keys")
WHICH = ("encryption", "signing", "recovery")
SENT_TWICE = ("not-kept", "still-running")
"""What the API says of a form that came before, where its answer may have held a secret."""


@router.get("")
async def keys(page: Reader) -> Response:
    """Which keys there are, how they are sealed, what is unfinished."""
    return page.show("vault-keys.html", keys=await page.get("/keys"), retell=retell)


@router.get("/{which}")
async def key(page: Reader, which: str) -> Response:
    """What changing this key does, and where it is asked for."""
    return await _key(page, which)


@router.post("/{which}")
async def rotate(page: Reader, request: Request, which: str) -> Response:
    """Change it."""
    form = await read(request)
    if which not in WHICH:
        return await _key(page, which)
    try:
        told = await page.post("/keys/rotations", _asked(which, form), form, proves="keys")
    except Refused as refused:
        return await _not_changed(page, which, refused, form)
    if "job" in told:
        return page.to(f"/jobs/{told['job']}")
    state = await page.get_or({"signing_key": ""}, "/keys")
    return page.show("vault-key-changed.html", which=which, made=told, keys=state, retell=retell)


def _asked(which: str, form: Form) -> dict[str, Any]:
    """What the API is asked for; a size that is no number is left for it to refuse."""
    if which != "signing":
        return {"key": which}
    asked: dict[str, Any] = {"key": which, "reason": form["reason"], "compromised": bool(form["compromised"])}
    size = form["untrusted_from"]
    if size and form["compromised"]:
        asked["untrusted_from"] = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else size
    return asked


async def _not_changed(page: Page, which: str, refused: Refused, form: Form) -> Response:
    """The form again with the reason; where it came before, where to look for what became of it."""
    if refused.code not in SENT_TWICE:
        return await _key(page, which, refused.status, form=form.shown, problem=refused.problem)
    if which == "encryption":
        return page.to("/jobs")
    return await _key(page, which, refused.status, problem={"title": f"key-sent-twice-{which}"})


async def _key(page: Page, which: str, status: int = 200, **values: Any) -> Response:
    told = await page.get("/keys")
    if which not in WHICH:
        return page.show("refused.html", 404, status=404, problem={"title": "not-found"})
    return page.show("vault-key.html", status, which=which, keys=told, retell=retell, **values)
