"""The tree that a query becomes: small frozen values that any engine can translate.

A leaf holds tokens (`search.segment`), not text. Field is always directly above a leaf; a leaf
without one is looked for in every described field and in the full text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

ANY = ""
"""In a phrase: one token, whichever."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document in view."""


@dataclass(frozen=True, slots=True)
class Words:
    """All of these, anywhere in the field; each is a run of neighbouring tokens."""

    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Neighbouring tokens; ANY stands for one token, whichever it is (never first or last)."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """What begins so: a word (without `-`) or a code (`segment.key`)."""

    start: str


@dataclass(frozen=True, slots=True)
class Wild:
    """A word (without `-`) or a code (`segment.key`) in which `*` stands for any characters, `?` for one."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Like:
    """A word that differs by one letter at most; what a person cannot ask for, but may have meant."""

    token: str


@dataclass(frozen=True, slots=True)
class CodeRange:
    """Codes from `low` to `high`, each as `segment.code_order` writes it, None for open. Both are included,
    and so is whatever begins with `high` (up to `high + segment.AFTER`). What has no code is in no range.
    """

    low: str | None
    high: str | None


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
    part: Words | Phrase | Prefix | Wild | Like | Value | Range | CodeRange


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


Node: TypeAlias = Everything | Words | Phrase | Prefix | Wild | Like | Field | And | Or | Not
