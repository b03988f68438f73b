"""What `benchmarks.search` measured, and its tables in `docs/benchmarks.md`. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

SUGGEST = "suggest"
FEW = 3
"""Where fewer records are found, `search` looks for other readings too: see `search.corrections`."""
_AHEAD = (10_000_000, 100_000_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """One question answered: its class, who asked, seconds, matches in view; for the rivals' too."""

    kind: str
    who: str
    seconds: float
    total: int
    plain: bool


@dataclass(slots=True)
class Figures:
    """What was measured on one number of records. Seconds, bytes; `rivals` by name."""

    records: int
    calibrated: list[tuple[float, float]] = field(default_factory=list)
    indexing: float = 0.0
    index_bytes: int = 0
    database_bytes: int = 0
    largest: int = 0
    taken: list[Taken] = field(default_factory=list)
    rivals: dict[str, list[Taken]] = field(default_factory=dict)
    filling: dict[str, float] = field(default_factory=dict)


def report(found: Sequence[Figures]) -> str:
    """A section a number of records, then what grows with the number."""
    parts = [_section(figures) for figures in found]
    if len(found) > 1:
        parts.append(_growth(found[0], found[-1]))
    return "\n\n".join(parts)


def quantile(seconds: Iterable[float], share: float) -> float:
    """The smallest of the values that so large a share of them does not exceed; 0 of none."""
    ordered = sorted(seconds)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else 0.0


def _section(figures: Figures) -> str:
    one, two = (", ".join(f"{pair[place]:,.0f}" for pair in figures.calibrated) for place in (0, 1))
    count = figures.records
    head = f"### {count:,} records\n\nCalibration before and after: {one} MB/s of SHA-256 by one process, "
    head += f"{two} by two at once. Index {figures.index_bytes / count:,.0f} bytes a record, catalogue "
    head += f"{figures.database_bytes / count:,.0f}; largest process {figures.largest / 1e6:,.0f} MB"
    if figures.indexing:
        head += f"; indexed from the catalogue in {figures.indexing:,.1f} s, "
        head += f"{count / figures.indexing:,.0f} records/s"
    parts = [f"{head}.", _classes(figures.taken)]
    if figures.rivals:
        parts.append(_rivals(figures))
    return "\n\n".join(parts)


def _classes(taken: Sequence[Taken]) -> str:
    lines = [
        "| class | questions | matches, median | p50, ms | p99, ms | worst, ms |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind in dict.fromkeys(sorted(one.kind for one in taken)):
        lines.append(_line(kind, [one for one in taken if one.kind == kind]))
    for who in dict.fromkeys(sorted(one.who for one in taken)):
        lines.append(_line(f"*asked by: {who}*", [one for one in taken if one.who == who]))
    found = [one for one in taken if one.kind != SUGGEST and one.total >= FEW]
    sought = [one for one in taken if one.kind != SUGGEST and one.total < FEW]
    lines.append(_line("**those that find something**", found))
    lines.append(_line("**those that look for other readings**", sought))
    return "\n".join([*lines, _line("**all**", taken)])


def _line(name: str, taken: Sequence[Taken]) -> str:
    if not taken:
        return f"| {name} | 0 | | | | |"
    totals = sorted(one.total for one in taken)
    seconds = [one.seconds for one in taken]
    middle = totals[len(totals) // 2]
    figures = " | ".join(f"{value * 1e3:.1f}" for value in _three(seconds))
    return f"| {name} | {len(taken)} | {middle:,} | {figures} |"


def _three(seconds: Sequence[float]) -> tuple[float, float, float]:
    return quantile(seconds, 0.5), quantile(seconds, 0.99), max(seconds)


def _rivals(figures: Figures) -> str:
    lines = [
        "| on the questions that all can be asked | filled, s | p50, ms | p99, ms | times: p50 | p99 |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    own = [one.seconds for one in figures.taken if one.plain]
    base = _three(own)[:2]
    for name, seconds, filling in [
        ("lantai", own, figures.indexing),
        *(
            (name, [one.seconds for one in taken], figures.filling[name])
            for name, taken in figures.rivals.items()
        ),
    ]:
        half, most = _three(seconds)[:2]
        ratios = f"{half / base[0]:.1f} | {most / base[1]:.1f}"
        lines.append(f"| {name} | {filling:,.0f} | {half * 1e3:.1f} | {most * 1e3:.1f} | {ratios} |")
    return "\n".join(lines)


def _growth(few: Figures, many: Figures) -> str:
    """Two points and a straight line: time = fixed + share * records, as most of an answer is counting."""
    lines = [
        f"### From {few.records:,} to {many.records:,} records, and a straight line beyond",
        "",
        f"| | {few.records:,} | {many.records:,} | times | "
        + " | ".join(f"{ahead:,}" for ahead in _AHEAD)
        + " |",
        "|---|--:|--:|--:|" + "--:|" * len(_AHEAD),
    ]
    for name, of, shown in _MEASURES:
        low, high = of(few), of(many)
        slope = (high - low) / (many.records - few.records)
        ahead = " | ".join(shown(high + slope * (count - many.records)) for count in _AHEAD)
        times = f"{high / low:.1f}" if low else ""
        lines.append(f"| {name} | {shown(low)} | {shown(high)} | {times} | {ahead} |")
    return "\n".join(lines)


def _share(share: float, least: int = 0) -> Callable[[Figures], float]:
    def of(figures: Figures) -> float:
        chosen = [one for one in figures.taken if not least or one.kind != SUGGEST]
        return 1e3 * quantile([one.seconds for one in chosen if one.total >= least], share)

    return of


_MEASURES: tuple[tuple[str, Callable[[Figures], float], Callable[[float], str]], ...] = (
    ("p50, ms", _share(0.5), lambda value: f"{value:,.1f}"),
    ("p99, ms", _share(0.99), lambda value: f"{value:,.1f}"),
    ("p99 of those that find something, ms", _share(0.99, FEW), lambda value: f"{value:,.1f}"),
    ("indexing, s", lambda figures: figures.indexing, lambda value: f"{value:,.0f}"),
    ("index, MB", lambda figures: figures.index_bytes / 1e6, lambda value: f"{value:,.0f}"),
    ("catalogue, MB", lambda figures: figures.database_bytes / 1e6, lambda value: f"{value:,.0f}"),
    ("largest process, MB", lambda figures: figures.largest / 1e6, lambda value: f"{value:,.0f}"),
)
