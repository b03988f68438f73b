"""What charts of audits show. Values in, values out. Not here: the same as a table (the page, and the API's
list), drawing (`static/js/charts.js`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lantai.messages import say
from lantai.web.shown import moment

MOST = 60
"""So many audits a chart shows, the newest."""
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


def _sum(audit: Mapping[str, Any], name: str) -> int:
    return sum(int(site[name]) for site in audit["sites"])


def _of(audit: Mapping[str, Any], name: str) -> int | None:
    return next((int(site["checked"]) for site in audit["sites"] if site["site"] == name), None)
