"""Where sites stand, as a drawing: positions in a frame, the ways between them with their kilometres.

A plain projection (degrees east shrunk by the latitude in the middle) that puts north up and keeps distances
comparable over a country; no coast and no border, which would say more than the settings do. Values in,
values out. Not here: what stands beside a site (the template), distances (the API's answer).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, floor, log10, radians
from typing import Any

MARGIN_X, MARGIN_Y = 110, 60
LEAST_DEGREES = 1.5
"""Sites nearer than that are drawn as if the frame were this high: a town is not blown up to a country."""
DEGREE_KM = 111.2
NAME, WORD, LINE = 16.0, 13.0, 17.0
"""How high the letters of a site's name and of its other words are, and a line, in the drawing's units."""
SEAL = 12
KM_WORDS = 76.0

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A site in the drawing: where its mark is, where its words begin, and whether they end there instead."""

    name: str
    x: float
    y: float
    words_x: float
    words_y: float
    before: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A line between two sites, `km` long; `far`: as far as the rule asks; where its words are, if any."""

    x1: float
    y1: float
    x2: float
    y2: float
    km: float
    far: bool
    words: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Spots, ways, the lines of the grid (where, and their degrees), and a scale of so many kilometres."""

    width: int
    height: int
    spots: tuple[Spot, ...] = ()
    ways: tuple[Way, ...] = ()
    meridians: tuple[tuple[float, int], ...] = ()
    parallels: tuple[tuple[float, int], ...] = ()
    scale_km: int = 0
    scale_length: float = 0.0


@dataclass(frozen=True, slots=True)
class _Frame:
    """How degrees become places in the drawing."""

    width: int
    height: int
    west: float
    north: float
    shrunk: float
    unit: float
    left: float
    top: float

    def place(self, north: float, east: float) -> tuple[float, float]:
        """Where a position is."""
        x = self.left + (east - self.west) * self.shrunk * self.unit
        return round(x, 1), round(self.top + (self.north - north) * self.unit, 1)

    def meridians(self) -> list[tuple[float, int]]:
        """Lines from north to south."""
        unit = self.shrunk * self.unit
        return _lines(self.west - self.left / unit, unit, self.width, self.step)

    def parallels(self) -> list[tuple[float, int]]:
        """Lines from west to east."""
        south = self.north - (self.height - self.top) / self.unit
        lines = _lines(south, self.unit, self.height, self.step)
        return [(round(self.height - at, 1), degrees) for at, degrees in lines]

    @property
    def step(self) -> int:
        """So many degrees between two lines of the grid: not more than eight of them."""
        degrees = max(self.height, self.width * self.shrunk) / self.unit
        return next((step for step in (1, 2, 5, 10, 20, 30) if degrees / step <= 8), 45)


def drawn(
    sites: Sequence[Mapping[str, Any]],
    distances: Sequence[Mapping[str, Any]],
    least_km: float,
    size: tuple[int, int] = (880, 440),
) -> Drawing:
    """The drawing of the sites that have a position; one without spots where none has. `least_km` is the
    distance that the rule asks for, 0 for none.
    """
    width, height = size
    placed = {site["name"]: tuple(site["position"]) for site in sites if site["position"]}
    if not placed:
        return Drawing(width, height)
    frame = _frame(list(placed.values()), width, height)
    at = {name: frame.place(*position) for name, position in placed.items()}
    words = {site["name"]: (_longest(site), LINE * _lines_of(site)) for site in sites}
    taken: list[Box] = [(x - SEAL, y - SEAL, x + SEAL, y + SEAL) for x, y in at.values()]
    frame_box = (0.0, 0.0, float(width), float(height))
    spots = tuple(_spot(name, place, words[name], frame_box, taken) for name, place in at.items())
    known = [way for way in distances if all(name in at for name in way["sites"])]
    ways = tuple(_way(at, way, least_km, taken) for way in known)
    km = _round_km(width / 5 / frame.unit * DEGREE_KM)
    lines = tuple(frame.meridians()), tuple(frame.parallels())
    return Drawing(width, height, spots, ways, *lines, km, round(km / DEGREE_KM * frame.unit, 1))


def _longest(site: Mapping[str, Any]) -> float:
    """How wide a site's words may get, in either language: Chinese signs are as wide as they are high."""
    hazards = f"{site['river_basin']} · {site['power_grid']}"
    lines = ((f"{site['name']} · preservation", NAME), (hazards, WORD), (site["seismic_belt"], WORD))
    return max(sum(high if ord(one) > 0x2E80 else high * 0.62 for one in text) for text, high in lines) + 8


def _frame(positions: Sequence[tuple[float, ...]], width: int, height: int) -> _Frame:
    norths, easts = [one[0] for one in positions], [one[1] for one in positions]
    shrunk = max(cos(radians((max(norths) + min(norths)) / 2)), 0.1)
    high = max(max(norths) - min(norths), LEAST_DEGREES)
    wide = max((max(easts) - min(easts)) * shrunk, LEAST_DEGREES)
    unit = min((height - 2 * MARGIN_Y) / high, (width - 2 * min(MARGIN_X, width / 6)) / wide)
    left = (width - (max(easts) - min(easts)) * shrunk * unit) / 2
    top = (height - (max(norths) - min(norths)) * unit) / 2
    return _Frame(width, height, min(easts), max(norths), shrunk, unit, left, top)


def _lines_of(site: Mapping[str, Any]) -> int:
    return 1 + bool(site["river_basin"] or site["power_grid"]) + bool(site["seismic_belt"])


def _spot(
    name: str, place: tuple[float, float], words: tuple[float, float], frame: Box, taken: list[Box]
) -> Spot:
    """The site with its words where least stands already: beside it, above or below. `taken` grows."""
    best, before = min(
        _places(place, words, frame),
        key=lambda one: sum(_shared(one[0], box) for box in taken) + _outside(one[0], frame),
    )
    taken.append(best)
    return Spot(name, *place, best[2] if before else best[0], round(best[1] + LINE * 0.9, 1), before)


def _places(place: tuple[float, float], words: tuple[float, float], frame: Box) -> Iterator[tuple[Box, bool]]:
    """Where a site's words may stand, the best first, and whether they end at the mark: on either side, then
    shifted into the frame.
    """
    (x, y), (wide, high) = place, words
    within = min(max(x - wide / 2, frame[0]), max(frame[2] - wide, frame[0]))
    for top in (y - LINE * 0.6, y + SEAL + 4, y - high - SEAL, y + high, y - 2 * high):
        for left, before in ((x + 16, False), (x - 16 - wide, True), (within, False)):
            yield (left, top, left + wide, top + high), before


def _way(
    at: Mapping[str, tuple[float, float]], told: Mapping[str, Any], least: float, taken: list[Box]
) -> Way:
    """The line, with its words on it where nothing stands; without words where there is no such place."""
    (x1, y1), (x2, y2) = (at[name] for name in told["sites"])
    found: tuple[float, float] | None = None
    for share in (0.5, 0.4, 0.6, 0.3, 0.7):
        x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
        box = (x - KM_WORDS / 2, y - 20, x + KM_WORDS / 2, y)
        if not any(_shared(box, one) for one in taken):
            taken.append(box)
            found = round(x, 1), round(y - 6, 1)
            break
    return Way(x1, y1, x2, y2, told["km"], told["km"] >= least, found)


def _shared(one: Box, other: Box) -> float:
    """How much two boxes have in common."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _outside(box: Box, frame: Box) -> float:
    """How much of a box is not in the drawing; that weighs more than standing on something."""
    whole = (box[2] - box[0]) * (box[3] - box[1])
    return 4 * (whole - _shared(box, frame))


def _lines(first: float, unit: float, length: float, step: int) -> list[tuple[float, int]]:
    """Where whole steps of degrees stand on an axis that begins at `first`, `unit` to a degree."""
    last = first + length / unit
    start = (floor(first / step) + 1) * step
    return [(round((one - first) * unit, 1), one) for one in range(start, floor(last) + 1, step)]


def _round_km(km: float) -> int:
    """The largest of 1, 2 and 5 times a power of ten that is not more."""
    power = int(10 ** floor(log10(max(km, 1.0))))
    steps = [power, 2 * power, 5 * power, 10 * power]
    return next((one for one, more in pairwise(steps) if more > km), power)
