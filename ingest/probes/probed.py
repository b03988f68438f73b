"""What a probe hands back: facts and structural problems, and the options it works under.

Floors and acceptance are not judged here; that is the rule set's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from policies.formats import Problem

MAX_TEXT = 200

Fact = int | str | bool


@dataclass(frozen=True, slots=True)
class Options:
    """`max_pixels`: pictures declaring more are bombs; `decode`: read compressed data to the end."""

    max_pixels: int
    decode: bool = True


@dataclass(slots=True)
class Probed:
    """Facts by name and problems in the order they were met; filled by one probe, then read only."""

    values: dict[str, Fact] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, kind: str, expected: str, found: str) -> None:
        """Add a problem; `expected` and `found` are numbers, units and codes, without sentences."""
        self.problems.append(Problem(kind, expected, found))

    def text(self, name: str, text: str) -> None:
        """Add a text from inside the file, cleaned and shortened; nothing where nothing is left."""
        cleaned = clean(text)
        if cleaned:
            self.values[name] = cleaned


def clean(text: str) -> str:
    """`text` without control, format, surrogate and private characters, NFC, at most 200 characters."""
    kept = "".join(c for c in text[: 4 * MAX_TEXT] if not unicodedata.category(c).startswith("C"))
    return unicodedata.normalize("NFC", kept).strip()[:MAX_TEXT]
