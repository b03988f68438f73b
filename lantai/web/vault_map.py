"""Where sites stand, as a drawing: positions in a frame, the ways between them with their kilometres.

A plain projection (degrees east shrunk by the latitude in the middle) that puts north up and keeps distances
comparable over a country; no coast and no border, which would say more than the settings do. Values in,
values out. Not here: what stands beside a site (the template), distances (the API's answer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, floor, log10, radians
from typing import Any

WIDTH, HEIGHT = 880, 440
MARGIN_X, MARGIN_Y = 150, 70
LEAST_DEGREES = 1.5
"""Sites nearer than that are drawn as if the frame were this high: a town is not blown up to a country."""
APART = 64
"""So far apart, in the drawing's units, two sites' words need to stand one below the other."""
DEGREE_KM = 111.2


@dataclass(frozen=True, slots=True)
class Spot:
    """A site in the drawing: where its mark is, and where its words begin."""

    name: str
    x: float
    y: float
    words_y: float


@dataclass(frozen=True, slots=True)
class Way:
    """A line between two sites; `km` between them, `far` whether it is as far as the rule asks."""

    x1: float
    y1: float
    x2: float
    y2: float
    km: float
    far: bool

    @property
    def middle(self) -> tuple[float, float]:
        """Where its words stand."""
        return round((self.x1 + self.x2) / 2, 1), round((self.y1 + self.y2) / 2, 1)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Spots, ways, the lines of the grid (where, and their degrees), and a scale of so many kilometres."""

    spots: tuple[Spot, ...]
    ways: tuple[Way, ...]
    meridians: tuple[tuple[float, int], ...]
    parallels: tuple[tuple[float, int], ...]
    scale_km: int
    scale_length: float
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class _Frame:
    """How degrees become places in the drawing."""

    west: float
    north: float
    shrunk: float
    unit: float
    left: float
    top: float

    def place(self, north: float, east: float) -> tuple[float, float]:
        x = self.left + (east - self.west) * self.shrunk * self.unit
        return round(x, 1), round(self.top + (self.north - north) * self.unit, 1)


def drawn(
    sites: Sequence[Mapping[str, Any]], distances: Sequence[Mapping[str, Any]], least_km: float
) -> Drawing:
    """The drawing of the sites that have a position; one without spots where none has. `least_km` is the
    distance that the rule asks for, 0 for none.
    """
    placed = {site["name"]: tuple(site["position"]) for site in sites if site["position"]}
    if not placed:
        return Drawing((), (), (), (), 0, 0.0)
    frame = _frame(list(placed.values()))
    at = {name: frame.place(*position) for name, position in placed.items()}
    ways = [
        Way(*at[way["sites"][0]], *at[way["sites"][1]], way["km"], way["km"] >= least_km)
        for way in distances
        if all(name in at for name in way["sites"])
    ]
    step = _step(HEIGHT / frame.unit)
    km = _round_km(WIDTH / 5 / frame.unit * DEGREE_KM)
    return Drawing(
        tuple(_spots(at)),
        tuple(ways),
        tuple(
            _lines(
                frame.west - frame.left / frame.shrunk / frame.unit,
                WIDTH / frame.shrunk / frame.unit,
                WIDTH,
                step,
            )
        ),
        tuple(
            (round(HEIGHT - y, 1), d)
            for y, d in _lines(
                frame.north - (HEIGHT - frame.top) / frame.unit, HEIGHT / frame.unit, HEIGHT, step
            )
        ),
        km,
        round(km / DEGREE_KM * frame.unit, 1),
    )


def _frame(positions: Sequence[tuple[float, ...]]) -> _Frame:
    norths, easts = [one[0] for one in positions], [one[1] for one in positions]
    shrunk = max(cos(radians((max(norths) + min(norths)) / 2)), 0.1)
    high = max(max(norths) - min(norths), LEAST_DEGREES)
    wide = max((max(easts) - min(easts)) * shrunk, LEAST_DEGREES)
    unit = min((HEIGHT - 2 * MARGIN_Y) / high, (WIDTH - 2 * MARGIN_X) / wide)
    left = (WIDTH - (max(easts) - min(easts)) * shrunk * unit) / 2
    top = (HEIGHT - (max(norths) - min(norths)) * unit) / 2
    return _Frame(min(easts), max(norths), shrunk, unit, left, top)


def _spots(at: Mapping[str, tuple[float, float]]) -> list[Spot]:
    """Each with its words beside it, moved down where others' words stand."""
    ordered = sorted(at.items(), key=lambda one: one[1][1])
    spots: list[Spot] = []
    for name, (x, y) in ordered:
        near = [one for one in spots if abs(one.x - x) < 2 * MARGIN_X and y - one.words_y < APART]
        words = max([y, *(one.words_y + APART for one in near)])
        spots.append(Spot(name, x, y, words))
    return spots


def _step(degrees: float) -> int:
    """So many degrees between two lines of the grid: three to eight of them."""
    return next((step for step in (1, 2, 5, 10, 20, 30) if degrees / step <= 8), 45)


def _lines(first: float, span: float, length: float, step: int) -> list[tuple[float, int]]:
    """Where whole steps of degrees stand on an axis that begins at `first` and spans `span` degrees."""
    start = (floor(first / step) + 1) * step
    degrees = [start + n * step for n in range(int(span / step) + 2)]
    return [(round((one - first) / span * length, 1), one) for one in degrees if one < first + span]


def _round_km(km: float) -> int:
    """The largest of 1, 2 and 5 times a power of ten that is not more."""
    power = int(10 ** floor(log10(max(km, 1.0))))
    steps = [power, 2 * power, 5 * power, 10 * power]
    return next((one for one, more in pairwise(steps) if more > km), power)
