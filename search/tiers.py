"""Which hits come first, without counting anything that hidden documents could change.

    0  the code is what was asked for
    1  the title matches and holds the words asked for one behind the other
    2  the title matches
    3  the description matches
    4  the rest: only the text does

A tier is what it says and no earlier one; inside it the newest come first. A query that names all its
fields has no tiers but the first two, one that asks for no words none. Nothing here knows an engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from search.nodes import (
    ANY,
    And,
    Everything,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Wild,
    Words,
)


class Reading(IntEnum):
    """Where words that name no field are looked for."""

    TITLE = 0
    DESCRIBED = 1
    ANYWHERE = 2


@dataclass(frozen=True, slots=True)
class Tier:
    """A condition beside the query: a code, or a tree and how it is read. Neither: the rest."""

    code: str = ""
    node: Node | None = None
    reading: Reading = Reading.ANYWHERE


def tiers(node: Node) -> tuple[Tier, ...]:
    """The tiers of a query, the best first; the last is whatever no other one has."""
    found: list[Tier] = []
    tokens = _whole_code(node)
    if len(tokens) > 1 and any(sign.isdigit() for token in tokens for sign in token):
        found.append(Tier(code="-".join(tokens)))
    if _names_no_field(node):
        runs, asked = _runs(node), _positive(node)
        if len(runs) > 1:
            row = Field("title", Phrase(tuple(token for run in runs for token in run)))
            found.append(Tier(node=And((row, asked)), reading=Reading.TITLE))
        found += [Tier(node=asked, reading=reading) for reading in (Reading.TITLE, Reading.DESCRIBED)]
    return (*found, Tier())


def positive(node: Node) -> bool:
    """Whether a tree leaves nothing out anywhere: then what matches in fewer fields matches in more."""
    match node:
        case Not():
            return False
        case And(parts) | Or(parts):
            return all(positive(part) for part in parts)
    return True


def _whole_code(node: Node) -> tuple[str, ...]:
    """The tokens of a query that is one run and may be a code."""
    match node:
        case Words((only,)) | Field("code", Words((only,))):
            return only
        case Phrase(tokens) | Field("code", Phrase(tokens)) if ANY not in tokens:
            return tokens
    return ()


def _runs(node: Node) -> tuple[tuple[str, ...], ...]:
    """The words of a query, in order, where all must be there."""
    match node:
        case Words(words):
            return words
        case Phrase(tokens):
            return () if ANY in tokens else (tokens,)
        case And(parts):
            return tuple(run for part in parts for run in _runs(part))
    return ()


def _names_no_field(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return any(_names_no_field(part) for part in parts)
        case Words() | Phrase():
            return True
        case Prefix(start) | Wild(start):
            return "-" not in start
    return False


def _positive(node: Node) -> Node:
    """The tree without what it leaves out: that holds anyhow, as a tier is part of the query."""
    match node:
        case Not():
            return Everything()
        case And(parts):
            return And(tuple(_positive(part) for part in parts if not isinstance(part, Not)))
        case Or(parts):
            return Or(tuple(_positive(part) for part in parts))
    return node
