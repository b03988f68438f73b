"""What a probe saw in a file: facts and structural problems. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A structural problem: its finding kind, what was expected and what was found, in numbers and codes."""

    kind: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class ProbeFacts:
    """What one file is and holds; `name` is the rule set's format name, "" where it has none."""

    puid: str
    format: str
    mime: str
    name: str
    values: Mapping[str, int | str | bool]
    problems: tuple[Problem, ...]
