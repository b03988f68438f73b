"""Which copies an audit found not whole, one line each, from what its work told. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Broken:
    """A copy that was not whole: at which site, what is wrong, of which item; mended or lost."""

    site: str
    kind: str
    code: str
    name: str
    mended: bool
    lost: bool


def not_whole(result: Mapping[str, Any] | None) -> list[Broken]:
    """Every copy once, those still broken first; none for what is no audit."""
    sites = (result or {}).get("sites", [])
    if not result or not sites or not all("damaged" in site for site in sites):
        return []
    return sorted(_found(result), key=lambda one: (one.mended, not one.lost))


def _found(result: Mapping[str, Any]) -> Iterator[Broken]:
    for site in result["sites"]:
        mended, lost = ({one["object"] for one in site.get(name, ())} for name in ("repaired", "lost"))
        seen: set[str] = set()
        for copy in (*site["damaged"], *site.get("missing", ()), *site.get("lost", ())):
            name = copy["object"]
            if name not in seen:
                seen.add(name)
                kind = copy.get("kind", "")
                yield Broken(site["site"], kind, copy["code"] or "", name, name in mended, name in lost)
