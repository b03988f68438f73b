"""All sites of an archive in one list: settings, figures, and what the rules say of where they stand.

Not done here: figures (`processes.replicating.standing`), judging (`policies.sites`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from lantai.judged_sites import as_json, judged
from lantai.messages import language
from lantai.settings_sites import SiteSettings, place_of
from lantai.wiring import Archive
from policies.sites import distance_km
from processes.replicating.standing import standing


def list_sites(archive: Archive) -> dict[str, Any]:
    """The document that `sites --json` prints."""
    stands = {found.site: found.as_json() for found in standing(archive.tools())}
    sites = []
    for site in archive.settings.sites:
        told = {
            "name": site.name,
            "kind": site.kind,
            "role": site.role,
            "place": place_of(site, archive.home),
            "retiring": bool(site.retiring),
            **_where(site),
        }
        away = {"reachable": False, "reason": "it is being given up", "free_bytes": None, "held": 0}
        nothing = dict.fromkeys(("batches", "items", "bytes", "seconds", "entries", "keyrings"), 0)
        away |= {"behind": {**nothing, "oldest": None, "recovery": None}, "audit": None}
        sites.append(told | stands.get(site.name, away))
    secured_by = list(archive.settings.secured_by or archive.vault.sites)
    findings = [as_json(found, language()) for found in judged(archive.home, archive.settings)]
    return {
        "sites": sites,
        "distances": list(_distances(archive.settings.active)),
        "secured_by": secured_by,
        "findings": findings,
    }


def _where(site: SiteSettings) -> dict[str, Any]:
    """Where a site stands, as far as the settings say it."""
    hazards = {name: getattr(site, name) for name in ("river_basin", "power_grid", "seismic_belt", "medium")}
    return {"position": list(site.position) if site.position else None, **hazards}


def _distances(sites: Iterable[SiteSettings]) -> Iterator[dict[str, Any]]:
    """Kilometres between each two sites whose positions are known."""
    for one, other in combinations(sites, 2):
        if one.position and other.position:
            km = distance_km(one.position, other.position)
            yield {"sites": [one.name, other.name], "km": round(km, 1)}
