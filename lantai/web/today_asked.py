"""What *Today* asks the API, all at once and each for a few seconds at most, and the lines it makes of that.

A line is a count, its words (`today-…`) and where it is dealt with. What cannot be had in time has a line
that says so: nothing is left out quietly. Only what the reader's rights open is asked: a refusal would be
written to the use journal. Not here: the page (`lantai.web.today`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lantai.web.asking import address
from lantai.web.page import Page, Refused

GROUPS = ("wrong", "waits", "due")
NEWEST = 500
"""So many batches are looked through, the newest."""
SECONDS = 4.0
AUDIT_DAYS, DRILL_DAYS, RECENT_DAYS = 90, 100, 30
"""Reading all copies anew and trying recovery are due after so many days; what came back longer ago than the
last of these is not told any more.
"""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its group, the name of its words, how many, where to go, and what more is said of it. Of what
    is not counted `count` is 0.
    """

    group: str
    name: str
    count: int
    href: str
    more: str = ""


def batch_lines(told: Document) -> Iterable[Line]:
    """The lines of batches: what came back lately, whole or in part, and what is not registered yet."""
    since = _days_ago(RECENT_DAYS)
    by_state: dict[str, list[Document]] = {}
    for at, one in enumerate(told["batches"]):
        if not _came_anew(one, told["batches"][:at]):
            by_state.setdefault(one["state"], []).append(one)
    returned = [one for one in by_state.get("returned", []) if one["time"] >= since]
    partly = [one for name in ("registered", "secured") for one in by_state.get(name, [])]
    partly = [one for one in partly if one["returned"] and one["time"] >= since]
    waiting = [one for name in ("waiting", "working", "inspected") for one in by_state.get(name, [])]
    yield from _line(
        "waits", "returned", returned, _place(returned, "batch", "/ingest/batches"), _named(returned)
    )
    yield from _line("waits", "partly", partly, _place(partly, "batch", "/ingest/batches"), _named(partly))
    yield from _line(
        "waits", "waiting", waiting, _place(waiting, "batch", "/ingest/batches"), _named(waiting)
    )


def _came_anew(batch: Document, newer: list[Document]) -> bool:
    """Whether what went back with the batch was judged anew: a newer one of its name has as many items."""
    back = batch["returned"]
    named = (one for one in newer if one["source"] == batch["source"])
    return bool(back) and any(back == one["registered"] + one["returned"] for one in named)


def _uploads(told: Document) -> Iterable[Line]:
    found = [one for one in told["uploads"] if one["state"] == "open"]
    named = ", ".join(one["name"] for one in found[:3] if one["name"])
    yield from _line("waits", "uploads", found, _place(found, "upload", "/ingest"), named)


def _retrievals(told: Document) -> Iterable[Line]:
    for name, words in (("granted", "granted"), ("to_decide", "requests"), ("asked", "asked")):
        found = told["waiting"].get(name)
        if found and found["count"]:
            yield Line("waits", words, found["count"], "/desk/retrievals", ", ".join(found["codes"]))


def _supervisions(page: Page) -> Callable[[Document], Iterable[Line]]:
    def lines(told: Document) -> Iterable[Line]:
        own = page.session["account"]
        found = [one for one in told["proposals"] if own not in (one["account"], *one["supervisors"])]
        yield from _line("waits", "supervisions", found, "/desk/supervisions")

    return lines


def _destructions(page: Page) -> Callable[[Document], Iterable[Line]]:
    def lines(told: Document) -> Iterable[Line]:
        own = [one for one in told["proposals"] if one.get("account") == page.session["account"]]
        yield from _line("waits", "ordered", own, "/desk/destructions")
        yield from _line("waits", "destructions", told["destructions"], "/desk/destructions")

    return lines


def _jobs(told: Document) -> Iterable[Line]:
    failed = [one for one in told["jobs"] if one["state"] == "failed"]
    running = [one for one in told["jobs"] if one["state"] in ("waiting", "running")]
    yield from _line("wrong", "jobs", failed, _place(failed, "job", "/jobs"))
    yield from _line("waits", "running", running, _place(running, "job", "/jobs"))


def _audits(told: Document) -> Iterable[Line]:
    past, broken = told["audits"], [one for one in told["unfinished"] if not one.get("running")]
    yield from _line("wrong", "interrupted", broken, "/vault/audits")
    last = past[-1] if past else None
    if last is not None and last["outcome"] in ("damaged", "lost"):
        hurt = sum(site["damaged"] + site["missing"] + site["lost"] for site in last["sites"])
        yield Line("wrong", f"audit-{last['outcome']}", max(hurt, 1), "/vault")
    whole = [one for one in past if one["scope"]["percent"] == 100 and not one["scope"]["site"]]
    if not whole or whole[-1]["time"] < _days_ago(AUDIT_DAYS):
        yield Line("due", "audit", 0, "/vault/audits")


def _drills(told: Document) -> Iterable[Line]:
    past = told["drills"]
    if past and not past[0]["ok"]:
        yield Line("wrong", "drill-failed", 0, "/vault/drill", past[0]["site"])
    if not past or past[0]["time"] < _days_ago(DRILL_DAYS):
        yield Line("due", "drill", 0, "/vault/drill")


def _keys(told: Document) -> Iterable[Line]:
    yield from _line("wrong", "keys", told["unfinished"], "/vault")
    yield from _line(
        "wrong", "keys-sites", list(told["outdated_sites"]), "/vault", ", ".join(told["outdated_sites"])
    )


def _carriers(told: Document) -> Iterable[Line]:
    named = ", ".join(one["number"] for one in told["carriers"][:3])
    yield from _line("due", "carriers", told["carriers"], "/vault/carriers", named)


def _opening(told: Document) -> Iterable[Line]:
    if told["total"]:
        yield Line("due", "opening", told["total"], "/desk/due")


def _sites(told: Document) -> Iterable[Line]:
    for one in told["sites"]:
        behind, name = one["behind"], one["name"]
        if not one["reachable"]:
            yield Line("wrong", "away", 0, "/vault", name)
        elif behind["items"] or behind["entries"]:
            yield Line("wrong", "lags", max(behind["items"], behind["entries"]), "/vault", name)
        audit = one["audit"]
        hurt = audit["damaged"] + audit["missing"] - audit["repaired"] if audit else 0
        if hurt > 0 or (audit and audit.get("unreachable")):
            yield Line("wrong", "damaged", max(hurt, 1), "/vault", name)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of whoever has the right, and the lines of its answer."""

    name: str
    right: str
    path: str
    query: Mapping[str, object]
    lines: Callable[[Document], Iterable[Line]]


def _questions(page: Page) -> list[_Question]:
    every = [
        _Question("jobs", "self", "/jobs", {}, _jobs),
        _Question("batches", "batches", "/batches", {"limit": NEWEST}, batch_lines),
        _Question("uploads", "submit", "/uploads", {}, _uploads),
        _Question("retrievals", "read", "/retrievals", {"limit": 0}, _retrievals),
        _Question("supervisions", "supervise", "/supervisions", {"items": 0}, _supervisions(page)),
        _Question("destructions", "destroy", "/destructions", {"items": 0}, _destructions(page)),
        _Question("audits", "audit", "/audits", {}, _audits),
        _Question("drills", "drill", "/drills", {}, _drills),
        _Question("keys", "keys", "/keys", {}, _keys),
        _Question("opening", "appraise", "/appraisals/due", {"limit": 0}, _opening),
    ]
    return [one for one in every if page.may(one.right)]


async def asked(page: Page) -> tuple[list[Line], list[Document]]:
    """All lines but those of sites, and the newest batches."""
    questions = _questions(page)
    told = await asyncio.gather(*(_answer(page, one) for one in questions), _carriers_due(page))
    lines = [line for found, _ in told for line in found]
    batches = [document for _, document in told if "batches" in document]
    return lines, batches[0]["batches"] if batches else []


async def of_sites(page: Page) -> list[Line]:
    """The lines of sites."""
    return (await _answer(page, _Question("sites", "sites", "/sites", {}, _sites)))[0]


async def _carriers_due(page: Page) -> tuple[list[Line], Document]:
    """Carriers are kept by whoever handles every fonds; the right alone does not open their register."""
    if not await page.keeps_carriers():
        return [], {}
    return await _answer(page, _Question("carriers", "carriers", "/carriers/due", {}, _carriers))


async def _answer(page: Page, question: _Question) -> tuple[list[Line], Document]:
    try:
        async with asyncio.timeout(SECONDS):
            told: Document = await page.get(question.path, **question.query)
    except (TimeoutError, Refused):
        return [Line("wrong", f"not-known-{question.name}", 0, "/")], {}
    return list(question.lines(told)), told


def _line(group: str, name: str, found: Iterable[Any], href: str, more: str = "") -> Iterable[Line]:
    """A line for what was found, none for nothing."""
    if count := len(list(found)):
        yield Line(group, name, count, href, more)


def _place(found: list[Document], name: str, otherwise: str) -> str:
    """The thing itself where there is one, its list where there are several."""
    whole = {"batch": "/ingest/batches/", "upload": "/ingest/", "job": "/jobs/"}[name]
    return address(f"{whole}{found[0][name]}") if len(found) == 1 else otherwise


def _named(found: list[Document]) -> str:
    return ", ".join(str(one["source"]) for one in found[:3] if one["source"])


def _days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
