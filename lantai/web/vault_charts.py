"""What charts of audits show, and the same as lines for a table program. Values in, values out."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from lantai.messages import say
from lantai.web.shown import moment

MOST = 60
"""So many audits a chart shows, the newest."""
COUNTS = ("checked", "damaged", "missing", "repaired", "lost", "unchecked")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a table program would take for a formula at a cell's start. Source: OWASP, CSV Injection."""

COLOURS = ("good", "waiting", "closed", "ink-2", "seal")

Audits = Sequence[Mapping[str, Any]]


def faults(audits: Audits) -> dict[str, Any]:
    """What audits found not whole: damaged, missing, lost; and what they mended."""
    kinds = (("damaged", "seal"), ("missing", "waiting"), ("lost", "closed"), ("repaired", "good"))
    shown = audits[-MOST:]
    series = [
        {"name": say(f"vault-count-{name}"), "colour": colour, "data": [_sum(one, name) for one in shown]}
        for name, colour in kinds
    ]
    return {"kind": "bar", "x": [moment(one["time"]) for one in shown], "series": series}


def checked(audits: Audits) -> dict[str, Any]:
    """How many copies audits read, site by site, over time."""
    shown = audits[-MOST:]
    names = sorted({site["site"] for one in shown for site in one["sites"]})
    series = [
        {"name": name, "colour": COLOURS[at % len(COLOURS)], "data": [_of(one, name) for one in shown]}
        for at, name in enumerate(names)
    ]
    return {"kind": "line", "time": True, "x": [one["time"] for one in shown], "series": series}


def csv_of(audits: Audits) -> str:
    """A line for each site of each audit, in the order they were made. Called while a page is read."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*map(_heading, ("entry", "time", "account", "outcome", "site", *COUNTS))])
    for one in audits:
        for site in one["sites"]:
            told = [one["entry"], one["time"], one["account"], one["outcome"], site["site"]]
            writer.writerow([*map(_cell, told), *(site[name] for name in COUNTS)])
    return out.getvalue()


def _heading(name: str) -> str:
    return say(f"vault-csv-{name}")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _sum(audit: Mapping[str, Any], name: str) -> int:
    return sum(int(site[name]) for site in audit["sites"])


def _of(audit: Mapping[str, Any], name: str) -> int | None:
    return next((int(site["checked"]) for site in audit["sites"] if site["site"] == name), None)
