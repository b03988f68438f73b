"""What a probe saw in a file: facts and structural problems. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MARKED_TEXT = "marked-text"
"""The kind of a problem that is no damage: the file's text holds a secrecy mark."""


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


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page file says. `state`: read, cut (read as far as is kept), none (it says nothing), marked (it
    holds a secrecy mark, so nothing of it is kept), failed.
    """

    state: str
    text: str = ""


def is_marked(facts: ProbeFacts) -> bool:
    """Whether the file's text holds a secrecy mark."""
    return any(problem.kind == MARKED_TEXT for problem in facts.problems)
