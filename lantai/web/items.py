"""The page of one item: the thing itself first, and beside it what is said of it, why it is open or not, what
one may do, its history, its proof and its copies.

A page says what the API told this reader and no more: others see less of the same item (`processes.finding`).
Not here: what shows a thing in the browser (`static/js/item.js`), decisions and corrections (the desk).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lantai.web.asking import address
from lantai.web.headers import CSP
from lantai.web.page import Page, Reader, Refused

router = APIRouter()

PLAIN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"})
"""Pictures that browsers show as they are; all others are shown by their use copies alone."""
SAID = (
    "author", "date", "document_number", "fonds", "category", "year", "retention", "office", "number",
    "pages", "genre", "keywords", "people", "place", "abstract", "secrecy", "secrecy_period",
    "opening_opinion", "disclosure", "secrecy_changes", "former_code", "box", "shelf", "notes", "sender_code",
)  # fmt: skip
"""What is said of an item, in the order in which archivists read it; what else there is follows."""
APART = frozenset(
    {
        "code", "title", "access", "components", "former_codes", "history", "appraisal", "proposed",
        "withdrawn", "id", "batch", "hold", "use", "text", "destroyed",
    }
)  # fmt: skip
"""What has a place of its own on the page."""
DESK = (
    ("correct", "item-correct", "/desk/correct"),
    ("appraise", "item-appraise", "/desk/appraise"),
    ("hold", "item-hold", "/desk/holds"),
    ("destroy", "item-destroy", "/desk/destructions/new"),
)
"""What may be begun from an item: the action, its words, and the page of the desk that takes its code."""


@router.get("/items/{code}")
async def item(page: Reader, code: str) -> Response:
    """The item, with one of its components on the screen."""
    try:
        told = await page.get(f"/items/{code}")
    except Refused as refused:
        if refused.status != 404:
            raise
        return page.show("item-absent.html", 404, code=code)
    if "destroyed" in told:
        return page.show("item-destroyed.html", 410, item=told)
    parts = [part_of(told, number, one) for number, one in enumerate(told["components"], 1)]
    asked = page.request.query_params
    part = chosen(parts, asked.get("component", ""))
    staff, nonce = "history" in told, secrets.token_urlsafe(12)
    shown = page.show(
        "item.html",
        item=told,
        parts=parts,
        part=part,
        leaves=leaves(part, asked.get("page", "")) if part else None,
        facts=facts_of(told),
        staff=staff,
        nonce=nonce,
        ways=ways(page, told["code"]) if staff else [],
    )
    return _with_styles_of(shown, nonce)


@router.get("/items/{code}/copies")
async def copies(page: Reader, code: str) -> Response:
    """Its copies as small seals, one a site: a part of the item's page, fetched when that is there."""
    return page.show("item-copies.html", **await page.get(f"/items/{code}/copies"))


def chosen(parts: Sequence[dict[str, Any]], asked: str) -> dict[str, Any] | None:
    """The component that is asked for by its number, else the first; None where an item has none."""
    return next((one for one in parts if str(one["number"]) == asked), parts[0] if parts else None)


def part_of(item: Mapping[str, Any], number: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """A component as the page shows it: its kind, its name, and where its content and use copies are."""
    mime = told["format"]["mime"].partition(",")[0].strip().lower()
    kind = "pages" if told["kind"] == "page" else told["kind"]
    at = f"/api/v1/items/{item['code']}/components/{number}"
    return {
        "number": number,
        "kind": kind,
        "mime": mime,
        "plain": mime in PLAIN,
        "copies": told["copies"],
        "pages": told["pages"] if kind == "image" else 1,
        "played": address(at, {"use": "copy" if "play" in told["copies"] else "view"}),
        "file": told["file"].rpartition("/")[2],
        "role": told.get("role", ""),
        "bytes": told["bytes"],
        "sha256": told.get("sha256", ""),
        "sm3": told.get("sm3", ""),
        "format": told["format"],
        "href": address(f"/items/{item['code']}", {"component": number}),
        "at": address(at),
        "view": address(at, {"use": "view"}),
        "thumb": address(at, {"use": "copy", "size": "thumb"}),
        "screen": address(at, {"use": "copy", "size": "screen"}),
    }


def leaves(part: Mapping[str, Any], asked: str) -> dict[str, Any]:
    """Of a scan of several pages the one that is asked for by its number, else the first: that number, the
    picture of it, and links to the pages beside it.
    """
    pages = int(part["pages"])
    at = next((one for one in range(1, pages + 1) if str(one) == asked), 1)

    def link(number: int) -> str:
        path, _, query = part["href"].partition("?")
        return f"{path}?{query}&page={number}" if 1 <= number <= pages else ""

    return {
        "at": at,
        "screen": f"{part['screen']}&page={at}" if at > 1 else part["screen"],
        "thumb": f"{part['thumb']}&page={at}" if at > 1 else part["thumb"],
        "before": link(at - 1),
        "after": link(at + 1),
    }


def facts_of(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields that say something, in order: names and values."""
    rest = sorted(name for name in item if name not in SAID and name not in APART)
    return [(name, str(item[name])) for name in (*SAID, *rest) if item.get(name)]


def ways(page: Page, code: str) -> list[tuple[str, str]]:
    """What the reader may begin with it at the desk: words and links."""
    return [(words, address(path, {"item": code})) for action, words, path in DESK if page.may(action)]


def _with_styles_of(shown: Response, nonce: str) -> Response:
    """The waveform's maker puts a style into its own shadow; this page lets that one in, by a nonce."""
    shown.headers["Content-Security-Policy"] = CSP.replace(
        "style-src 'self'", f"style-src 'self' 'nonce-{nonce}'"
    )
    return shown
