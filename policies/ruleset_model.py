"""The shape of a rule set: what a province decides, as frozen values. The file is TOML.

`ruleset.py` reads it and `ruleset_checks.py` refuses what contradicts itself. Nothing here holds a
value of any province. Not done here: applying the rules.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from policies.findings import Severity
from policies.folding import DOT, HYPHEN

Part = Literal["fonds", "catalogue", "category", "year", "retention", "office", "volume", "group", "item"]
"""What a level of an archival code can be. Source: DA/T 22-2015, DA/T 13-94, DA/T 13-2022."""

FIELDS = (
    *("file", "role", "title", "author", "date", "number", "fonds", "catalogue", "category", "year"),
    *("retention", "office", "volume", "group", "secrecy", "document_number", "pages", "keywords", "people"),
    *("place", "abstract", "genre", "secrecy_period", "opening_opinion", "disclosure", "secrecy_changes"),
    *("access", "former_code", "code", "sha256", "notes", "box", "shelf"),
)
"""The fields that a list can have. Which headings name them is the rule set's."""

ACCESS = ("open", "restricted", "postponed", "closed", "unreviewed")
"""The statuses that the interface knows; which words mean them is the rule set's."""

PROBES = ("jpeg", "tiff", "mp3", "wav", "pdf", "video")
"""Readers that the program has. A format without one names `none`: it is known, but never passes."""

NO_PROBE = "none"

_DOTTED = ("category", "year", "retention", "office")

Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: frozen, and refusing keys that it does not know."""


class Names(_Value, frozen=True):
    """What a thing is called in both languages."""

    zh: Text
    en: Text


class Level(_Value, frozen=True):
    """One level of the archival code. `pattern` is a regular expression for its whole text.

    The item level has none: its form follows from the profile's width.
    """

    part: Part
    pattern: str = ""
    optional: bool = False


class CodeProfile(_Value, frozen=True):
    """How archival codes look and what a series is.

    `dialect`: "mixed" joins only year to category by `·`; "dotted" joins category, year, retention and
    office so. `sub_level`: pattern of a category's further levels, "" for none. `width`: digits of the
    item number at least; `past_width`: what happens when they are used up. `code_source`: who codes.
    """

    dialect: Literal["mixed", "dotted"]
    code_source: Literal["archive", "sender"]
    levels: tuple[Level, ...]
    series: tuple[Part, ...]
    width: Annotated[int, msgspec.Meta(ge=1, le=9)]
    past_width: Literal["widen", "refuse"]
    sub_level: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The names of the levels, in the order of the code."""
        return tuple(level.part for level in self.levels)

    def joint(self, place: int) -> str:
        """What joins the level at `place` to the one before it, "" before the first. Source: as `Part`."""
        if place == 0:
            return ""
        before, part = self.levels[place - 1].part, self.levels[place].part
        if self.dialect == "mixed":
            return DOT if (before, part) == ("category", "year") else HYPHEN
        return DOT if before in _DOTTED and part in _DOTTED else HYPHEN

    def level(self, part: str) -> Level | None:
        """The level of this name, None where the code has none."""
        return next((level for level in self.levels if level.part == part), None)


class Acceptance(_Value, frozen=True):
    """What components of one role may be. A floor of 0 is none; so are no `codecs`, of moving pictures."""

    formats: tuple[str, ...]
    min_pixels: Count = 0
    min_sampling_hz: Count = 0
    codecs: tuple[Text, ...] = ()
    min_kbits: Count = 0


class Category(_Value, frozen=True):
    """A record category. A role that is not listed accepts nothing."""

    names: Names
    roles: dict[str, Acceptance]
    synonyms: tuple[str, ...] = ()


class FormatRule(_Value, frozen=True):
    """A format by its PRONOM identifiers. `category`: proposed for a main component of it, "" for none."""

    names: Names
    puids: tuple[Text, ...]
    extensions: tuple[Text, ...]
    mime: tuple[str, ...]
    probe: str
    category: str = ""


class Retention(_Value, frozen=True):
    """A retention period; `years` is None for permanent and for terms without a number."""

    names: Names
    synonyms: tuple[str, ...] = ()
    years: Positive | None = None


class ListRules(_Value, frozen=True):
    """The list of a batch: headings, what must be filled in, lengths in characters, value lists.

    `multiline` fields may hold line breaks and tabs; a date before `earliest_year` is implausible.
    """

    headings: dict[str, tuple[Text, ...]]
    required: tuple[str, ...]
    usual_max_length: Positive
    earliest_year: Positive
    max_length: dict[str, Positive] = {}
    values: dict[str, tuple[Text, ...]] = {}
    multiline: tuple[str, ...] = ()


class Secrecy(_Value, frozen=True):
    """What is refused as a state secret.

    `open`: the only secrecy values that are not refused, besides none. `refused`: marks that are refused
    in any field where nothing follows but punctuation and what matches `tail`; they can never be open.
    A text without any of `signs` holds no mark. `patterns` are searched in every field, after words that
    match `ordinary` were taken out; in an `exempt` field a mark passes beside a word that matches
    `declassified`. `headings`: what makes a column that nobody knows one of secrecy levels. All are
    regular expressions but `refused`, `open`, `exempt`; they see text as `folding.searched` gives it.
    """

    refused: tuple[Text, ...]
    tail: Text
    signs: Text
    open: tuple[Text, ...]
    patterns: tuple[Text, ...]
    headings: tuple[Text, ...]
    ordinary: tuple[Text, ...] = ()
    exempt: tuple[str, ...] = ()
    declassified: tuple[Text, ...] = ()


class Limits(_Value, frozen=True):
    """What a probe may use: pixels an image may declare, seconds, MiB of memory."""

    max_pixels: Positive
    probe_seconds: Positive
    probe_memory_mib: Positive


class RuleFile(_Value, frozen=True):
    """A rule set as its file has it. `retired_retention`: older terms that must never be a synonym."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    version: Text
    titles: Names
    code: CodeProfile
    categories: dict[str, Category]
    formats: dict[str, FormatRule]
    retention: dict[str, Retention]
    retired_retention: tuple[str, ...]
    list: ListRules
    roles: dict[str, tuple[Text, ...]]
    default_role: str
    secrecy: Secrecy
    access: dict[str, tuple[Text, ...]]
    limits: Limits
    severities: dict[str, Severity] = {}
