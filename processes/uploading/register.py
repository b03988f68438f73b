"""The register of transfer and receipt (移交与接收登记表) of a batch: what both sides sign.

What the archive knows already stands in it: description, counts, volume, codes, and what each part of the
four-property inspection found. The rest is left to be written by hand. Source: 档发〔2012〕7号.
Not done here: how it is printed (`processes.printing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from archive import catalogue
from ingest.report import Report, ReportedItem
from policies.findings import Severity, kinds
from processes.errors import NotFound

PROPERTIES = ("authenticity", "completeness", "usability", "security")
"""What is inspected, in the order of the form; 准确性 is what the form calls authenticity."""


def register_of(conn: Connection, report: Report) -> dict[str, Any]:
    """The register of a batch that the ledger holds, as the form has it. Raises `NotFound`."""
    record = catalogue.batch(conn, report.batch) if report.batch else None
    if record is None:
        raise NotFound("batch")
    codes = [item.code for item in report.items if item.code]
    return {
        "batch": record.id,
        "name": record.source,
        "time": record.time,
        "account": (record.report or {}).get("account", ""),
        "fonds": sorted(catalogue.fonds_of_batch(conn, record.id)),
        "items": len(report.items),
        "registered": report.registered,
        "returned": len(report.items) - report.registered,
        "bytes": report.bytes,
        "gigabytes": f"{report.bytes / 1e9:.3f}",
        "first": codes[0] if codes else "",
        "last": codes[-1] if codes else "",
        "inspected": [_inspected(report.items, one) for one in PROPERTIES],
    }


def _inspected(items: Sequence[ReportedItem], of: str) -> dict[str, Any]:
    """How many items a check of this property failed, and how many none did."""
    failed = sum(
        any(
            note.severity is Severity.FAIL and kinds()[note.kind].group.startswith(of)
            for note in one.findings
        )
        for one in items
    )
    return {"property": of, "failed": failed, "passed": len(items) - failed}
