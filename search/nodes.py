"""The tree that a query becomes: small frozen values that any engine can translate.

A leaf holds tokens (`search.segment`), not text. Field is always directly above a leaf; a leaf
without one is looked for in every described field and in the full text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document in view."""


@dataclass(frozen=True, slots=True)
class Words:
    """All of these, anywhere in the field; each is a run of neighbouring tokens."""

    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Neighbouring tokens."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """What begins so: a word (without `-`) or a code (`segment.key`)."""

    start: str


@dataclass(frozen=True, slots=True)
class Value:
    """The whole value of a field, as `segment.key` writes it."""

    key: str


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included, None for open: years, or days as YYYYMMDD."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """`part` looked for in one field."""

    name: str
    part: Words | Phrase | Prefix | Value | Range


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What is in view without it."""

    part: Node


Node: TypeAlias = Everything | Words | Phrase | Prefix | Field | And | Or | Not
