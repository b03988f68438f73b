"""Every kind of long work that a route starts: what does it, which right it needs, how it is begun again."""

from __future__ import annotations

from lantai.api import carrying, destroying, keeping, trusting, uploads
from lantai.api.jobs import Kind, Work

WORKS: dict[str, Work] = {
    **keeping.WORKS,
    **trusting.WORKS,
    **destroying.WORKS,
    **carrying.WORKS,
    **uploads.WORKS,
}
"""What does the work of each kind, from the modules whose routes start them."""

ACTIONS: dict[str, str] = {
    "audit": "audit",
    "repair": "mend",
    "retire": "retire",
    "replicate": "replicate",
    "views": "views",
    "index": "views",
    "work": "work",
    "rotate": "keys",
    "destroy": "destroy",
    "destroy-on": "destroy",
    "supervise": "supervise",
    "carriers": "carriers",
    "carrier-check": "carriers",
    "ingest": "submit",
}
"""The right that each kind needs, when it begins and when its result is read."""

BEGUN_AGAIN = frozenset(
    {
        "audit",
        "repair",
        "retire",
        "replicate",
        "views",
        "index",
        "work",
        "rotate",
        "ingest",
        "destroy-on",
        "supervise",
        "carriers",
        "carrier-check",
    }
)
"""Kinds that go on where they stood, or may be done twice."""

AT_ONCE: dict[str, int] = {"ingest": 2}
"""How many of a kind run beside each other, where that is more than one."""

KINDS: dict[str, Kind] = {
    name: Kind(work, ACTIONS[name], name in BEGUN_AGAIN, AT_ONCE.get(name, 1)) for name, work in WORKS.items()
}
