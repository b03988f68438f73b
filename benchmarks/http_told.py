"""What measuring the HTTP door tells: how much was measured, ratios inside rounds, memory as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.http_parts import Memory


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    users: int
    seconds: float
    rounds: int
    mib: int
    files: int


def ratio(pairs: Sequence[tuple[float, float]]) -> str:
    """The median of one beside the other, inside rounds, and how far it went."""
    ratios = sorted(one / other for one, other in pairs)
    return f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def memory_table(memories: dict[str, Memory]) -> Iterator[str]:
    """What servers took while they were measured."""
    yield "| server | at first, MB | at most, MB | at last, MB | growth, MB a minute | all processes, MB |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, memory in memories.items():
        most = max(memory.together) / 1e6
        values = [f"{value / 1e6:,.0f}" for value in (memory.bytes[0], max(memory.bytes), memory.bytes[-1])]
        yield f"| {name} | {' | '.join(values)} | {memory.slope() * 60 / 1e6:+,.1f} | {most:,.0f} |"
