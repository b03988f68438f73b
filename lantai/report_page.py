"""A part of a batch's report, for whoever looks at it: what is at fault set apart, findings by kind, a page
of items at once. However long the report is, what is told stays short.

Not here: the report (`ingest.report`), how it looks (`lantai.web.batches`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ingest.report import Report
from policies.findings import Finding, kinds

PAGE = 100
APART = 20
NEEDED = 500
SQUARES = 240
"""So many items are a square each; where there are more, one square stands for several."""
_RANK = {"fail": 0, "warn": 1, "info": 2}

Item = Mapping[str, Any]
Only = Literal["", "fault", "warn", "registered"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part: items with a finding of `kind`, `only` those of one sort; the `page` of them, from 1."""

    kind: str = ""
    only: Only = ""
    page: int = 1


def of_report(report: Report, asked: Asked, language: str) -> dict[str, Any]:
    """That part of a report; sentences are made for what is on the page alone."""
    light = [
        {"row": one.row, "place": one.place, "file": one.file, "code": one.code, "outcome": one.outcome,
         "findings": [_light(note) for note in one.findings]}
        for one in report.items
    ]  # fmt: skip
    told = replace(report, items=()).as_json(language)
    told["counts"] = {
        "items": len(report.items),
        "registered": report.registered,
        "returned": len(report.items) - report.registered,
        "warnings": report.warnings,
    }
    return _part(told, light, asked, lambda at: report.items[at].as_json(language))


def of_document(document: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """That part of a report that is a document already, as that of a trial."""
    items = document["items"]
    told = {name: value for name, value in document.items() if name != "items"}
    return _part(told, items, asked, lambda at: items[at])


def _light(note: Finding) -> dict[str, str]:
    return {
        "kind": note.kind,
        "severity": note.severity.value,
        "file": note.file,
        "field": note.field,
    }


def _part(
    told: Mapping[str, Any], items: Sequence[Item], asked: Asked, full: Callable[[int], Item]
) -> dict[str, Any]:
    chosen = [at for at, item in enumerate(items) if _matches(item, asked)]
    faults = [at for at, item in enumerate(items) if _at_fault(item)]
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(pages, max(1, asked.page))
    shown = [_sorted(full(at), asked.kind) for at in chosen[(page - 1) * PAGE : page * PAGE]]
    return {
        "state": told["state"],
        "report": told,
        "faults": len(faults),
        "apart": [_sorted(full(at), "") for at in faults[:APART]],
        "needed": _needed(items[at] for at in faults),
        "kinds": _kinds(items, told["findings"]),
        "squares": _squares(items),
        "kind": asked.kind,
        "only": asked.only,
        "items": shown,
        "matching": len(chosen),
        "page": page,
        "pages": pages,
    }


def _at_fault(item: Item) -> bool:
    """Whether it is this item that something is wrong with; others of its batch may only go back with it."""
    return any(note["severity"] == "fail" for note in item["findings"])


def _matches(item: Item, asked: Asked) -> bool:
    if asked.kind and not any(note["kind"] == asked.kind for note in item["findings"]):
        return False
    if asked.only == "fault":
        return _at_fault(item)
    if asked.only == "warn":
        return any(note["severity"] == "warn" for note in item["findings"])
    return item["outcome"] == "registered" if asked.only == "registered" else True


def _sorted(item: Item, kind: str) -> Item:
    """The item with its findings, the gravest first; those of one kind where one is asked for."""
    found = [note for note in item["findings"] if not kind or note["kind"] == kind]
    slim = [{name: value for name, value in note.items() if name != "texts"} for note in found]
    return {**item, "findings": sorted(slim, key=lambda note: _RANK[note["severity"]])}


def _needed(faults: Any) -> list[str]:
    """The files that have to come again, in the order of the list."""
    notes = (note for item in faults for note in item["findings"] if note["severity"] == "fail")
    return list(dict.fromkeys(note["file"] for note in notes if note["file"] and not note["field"]))[:NEEDED]


def _kinds(items: Sequence[Item], of_batch: Sequence[Item]) -> list[dict[str, Any]]:
    times = Counter((note["kind"], note["severity"]) for item in items for note in item["findings"])
    times.update((note["kind"], note["severity"]) for note in of_batch)
    known = kinds()
    found = [
        {
            "kind": kind,
            "code": known[kind].code if kind in known else "",
            "severity": severity,
            "times": count,
        }
        for (kind, severity), count in times.items()
    ]
    return sorted(found, key=lambda one: (_RANK[one["severity"]], -one["times"], one["code"]))


def _squares(items: Sequence[Item]) -> list[dict[str, Any]]:
    each = max(1, -(-len(items) // SQUARES))
    return [_square(items[at : at + each]) for at in range(0, len(items), each)]


def _square(items: Sequence[Item]) -> dict[str, Any]:
    first = next((item for item in items if _at_fault(item)), items[0])
    state = "fault" if _at_fault(first) else "registered" if first["outcome"] == "registered" else "with"
    code = items[0]["code"] if len(items) == 1 else None
    return {"state": state, "row": first["place"], "number": len(items), "code": code or ""}
