"""What a probe process may answer, by its parent's own word: a child that a hostile file took over says what
it likes, so nothing of another shape goes further, and nothing but these fields.

Not here: asking (`work`, `work_child`), whether what was drawn stands where the child says (`drawn`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

import msgspec

Place = tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]
"""Where something stands: its first byte, its length."""


class Answer(msgspec.Struct, frozen=True):
    """Every answer says whether its child is of no more use."""

    exhausted: bool


Told = TypeVar("Told", bound=Answer)


class FactsTold(Answer, frozen=True):
    """What a probe found: as `policies.formats.ProbeFacts`, a problem as its three texts."""

    puid: str
    format: str
    mime: str
    name: str
    values: Mapping[str, bool | int | str]
    problems: tuple[tuple[str, str, str], ...]


class TextTold(Answer, frozen=True):
    """What became of reading a text, which stands in the memory that was given."""

    state: Literal["read", "cut", "none", "marked", "failed"]


class DrawnTold(Answer, frozen=True):
    """What became of drawing; each part by its kind and its place in the memory that was given."""

    state: Literal["drawn", "none", "damaged"]
    parts: Mapping[str, Place]
