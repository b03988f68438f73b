"""A batch's report as a page shows it: what is at fault set apart, findings by kind, a page of them at once.

Ten thousand findings are a table of their kinds first, and a hundred of them at once. Pure. Not here: what a
finding says (the API tells it), the pages (`lantai.web.batches`, `lantai.web.ingest`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PAGE = 100
SQUARES = 240
"""So many items are a square each; where there are more, one square stands for several."""
_RANK = {"fail": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding, and how often it was found."""

    kind: str
    code: str
    severity: str
    times: int


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the strip: some items of one state (`registered`, `fault`, `with`)."""

    state: str
    row: int
    items: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A report and the part of it that is on the page. `at_fault` are items with a failing finding."""

    report: Mapping[str, Any]
    at_fault: Sequence[Mapping[str, Any]]
    kinds: Sequence[Kind]
    squares: Sequence[Square]
    kind: str
    only: str
    items: Sequence[Mapping[str, Any]]
    matching: int
    page: int
    pages: int

    @property
    def state(self) -> str:
        """The batch's state."""
        return str(self.report["state"])


def shown_of(report: Mapping[str, Any], query: Mapping[str, str]) -> Shown:
    """The report narrowed by `kind` and `only` (`fault`, `warn`, `registered`), its `page` (from 1)."""
    items = report["items"]
    kind, only = query.get("kind", ""), query.get("only", "")
    chosen = [_only(item, kind) for item in items if _matches(item, kind, only)]
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(pages, max(1, _number(query.get("page", ""))))
    return Shown(
        report=report,
        at_fault=[item for item in items if at_fault(item)],
        kinds=_kinds(report),
        squares=_squares(items),
        kind=kind,
        only=only,
        items=chosen[(page - 1) * PAGE : page * PAGE],
        matching=len(chosen),
        page=page,
        pages=pages,
    )


def at_fault(item: Mapping[str, Any]) -> bool:
    """Whether it is this item that something is wrong with; others of its batch may only go back with it."""
    return any(note["severity"] == "fail" for note in item["findings"])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _matches(item: Mapping[str, Any], kind: str, only: str) -> bool:
    if kind and not any(note["kind"] == kind for note in item["findings"]):
        return False
    if only == "fault":
        return at_fault(item)
    if only == "warn":
        return any(note["severity"] == "warn" for note in item["findings"])
    return item["outcome"] == "registered" if only == "registered" else True


def _only(item: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The item with its findings, the gravest first; those of one kind where one is asked for."""
    found = [note for note in item["findings"] if not kind or note["kind"] == kind]
    return {**item, "findings": sorted(found, key=lambda note: _RANK[note["severity"]])}


def _kinds(report: Mapping[str, Any]) -> list[Kind]:
    notes = [note for item in report["items"] for note in item["findings"]] + list(report["findings"])
    times = Counter((note["kind"], note["code"], note["severity"]) for note in notes)
    found = [Kind(*named, count) for named, count in times.items()]
    return sorted(found, key=lambda one: (_RANK[one.severity], -one.times, one.code))


def _squares(items: Sequence[Mapping[str, Any]]) -> list[Square]:
    each = max(1, -(-len(items) // SQUARES))
    return [_square(items[at : at + each]) for at in range(0, len(items), each)]


def _square(items: Sequence[Mapping[str, Any]]) -> Square:
    first = next((item for item in items if at_fault(item)), items[0])
    state = "fault" if at_fault(first) else "registered" if first["outcome"] == "registered" else "with"
    one = items[0] if len(items) == 1 else {}
    return Square(state, first["row"], len(items), one.get("code") or "", first["file"] or "")
