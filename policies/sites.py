"""Where copies stand, judged: far enough apart, not one flood, one outage or one earthquake, not one medium.

Takes what is said of each site and what the rules ask; gives one finding a rule. Not done here: finding
out whether what is said is true (only that two sites stand on one disk or host is known), sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from typing import Literal

from policies.folding import fold_word
from policies.site_rules import SiteRules

EARTH_KM = 6371.0088  # mean radius, IUGG

Position = tuple[float, float]
"""Degrees north and east."""

Rule = Literal["distance", "river-basin", "power-grid", "seismic-belt", "medium", "roles"]
Reason = Literal["met", "alone", "together", "unknown", "near", "same", "missing"]


@dataclass(frozen=True, slots=True)
class Place:
    """One site as its settings tell of it. `where`: the disk or host that it stands on, "" for unknown."""

    name: str
    role: str
    position: Position | None = None
    river_basin: str = ""
    power_grid: str = ""
    seismic_belt: str = ""
    medium: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """What a rule finds. `sites` are the two that were compared, or those that matter.

    `reason`: `met`; `alone`, there is no second site; `together`, both stand on one disk or host, so what
    is said of their places is not believed; `unknown`, nothing is said; `near`; `same`; `missing`, there
    is too little of `wanted`. `found` and `wanted` are numbers or names.
    """

    rule: Rule
    reason: Reason
    sites: tuple[str, ...] = ()
    found: str = ""
    wanted: str = ""

    @property
    def ok(self) -> bool:
        """Whether the rule is met."""
        return self.reason == "met"


def distance_km(one: Position, other: Position) -> float:
    """The great-circle distance of two places, in kilometres (haversine)."""
    (north_1, east_1), (north_2, east_2) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((north_2 - north_1) / 2) ** 2
    half += cos(north_1) * cos(north_2) * sin((east_2 - east_1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


def judge(sites: Sequence[Place], rules: SiteRules) -> tuple[SiteFinding, ...]:
    """One finding for each rule that is asked; () where none is.

    The rules of place must be met by one and the same two sites; the findings are about the two that
    meet most of them, the farther ones first, then by name. Another site never makes more rules fail.
    """
    return (*_of_places(sites, rules), *_of_media(sites, rules), *_of_roles(sites, rules))


def _of_places(sites: Sequence[Place], rules: SiteRules) -> tuple[SiteFinding, ...]:
    asked = tuple(_asked(rules))
    if len(sites) < 2:
        names = tuple(site.name for site in sites)
        return tuple(SiteFinding(rule, "alone", names) for rule in asked)
    ordered = sorted(sites, key=lambda site: site.name)
    pairs = [tuple(_compared(one, other, rules)) for one, other in combinations(ordered, 2)]
    distances = [-_known_distance(one, other) for one, other in combinations(ordered, 2)]
    best = min(range(len(pairs)), key=lambda n: (sum(not f.ok for f in pairs[n]), distances[n], n))
    return pairs[best]


def _asked(rules: SiteRules) -> Iterator[Rule]:
    if rules.min_distance_km:
        yield "distance"
    if rules.other_river_basin:
        yield "river-basin"
    if rules.other_power_grid:
        yield "power-grid"
    if rules.other_seismic_belt:
        yield "seismic-belt"


def _known_distance(one: Place, other: Place) -> float:
    return distance_km(one.position, other.position) if one.position and other.position else -1.0


def _compared(one: Place, other: Place, rules: SiteRules) -> Iterator[SiteFinding]:
    """What each rule of place finds of two sites."""
    names = (one.name, other.name)
    together = bool(one.where) and one.where == other.where
    told = {
        "river-basin": (one.river_basin, other.river_basin),
        "power-grid": (one.power_grid, other.power_grid),
        "seismic-belt": (one.seismic_belt, other.seismic_belt),
    }
    for rule in _asked(rules):
        if rule == "distance":
            yield _apart(one, other, rules.min_distance_km, together)
        elif together:
            yield SiteFinding(rule, "together", names)
        else:
            first, second = told[rule]
            yield SiteFinding(rule, _differing(first, second), names, found=first or second)


def _apart(one: Place, other: Place, wanted_km: float, together: bool) -> SiteFinding:
    names, wanted = (one.name, other.name), f"{wanted_km:.0f}"
    known = _known_distance(one, other)
    found = "" if known < 0 else f"{known:,.0f}"
    if together:
        return SiteFinding("distance", "together", names, found, wanted)
    if known < 0:
        return SiteFinding("distance", "unknown", names, found, wanted)
    return SiteFinding("distance", "met" if known >= wanted_km else "near", names, found, wanted)


def _differing(one: str, other: str) -> Reason:
    first, second = fold_word(one), fold_word(other)
    if not first or not second:
        return "unknown"
    return "same" if first == second else "met"


def _of_media(sites: Sequence[Place], rules: SiteRules) -> Iterator[SiteFinding]:
    """So many kinds of medium beside the first. Sites that name none count for none."""
    if not rules.other_media:
        return
    kinds = sorted({rules.medium_of(site.medium) for site in sites if fold_word(site.medium)})
    wanted = str(rules.other_media + 1)
    silent = tuple(sorted(site.name for site in sites if not fold_word(site.medium)))
    if len(kinds) > rules.other_media:
        yield SiteFinding("medium", "met", (), ", ".join(kinds), wanted)
    elif silent:
        yield SiteFinding("medium", "unknown", silent, ", ".join(kinds), wanted)
    else:
        yield SiteFinding("medium", "missing", (), ", ".join(kinds), wanted)


def _of_roles(sites: Sequence[Place], rules: SiteRules) -> Iterator[SiteFinding]:
    """Every set that is asked for has a site."""
    if not rules.roles:
        return
    there = {site.role for site in sites}
    missing = [role for role in rules.roles if role not in there]
    told = ", ".join(rules.roles)
    if missing:
        yield SiteFinding("roles", "missing", (), ", ".join(missing), told)
    else:
        yield SiteFinding("roles", "met", (), told, told)
