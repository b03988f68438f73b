"""Findings: what inspection has to say about a record, as data with one sentence a language.

Kinds, their DA/T 70-2018 codes, default severities and texts are in `findings.toml`. Not done here: judging
(`inspection.py`), or grouping findings by batch and row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from policies.folding import visible

Language = Literal["zh", "en"]

VALUE_LENGTH = 400
"""So many characters of `expected` and `found` are kept; what is longer ends in an ellipsis."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class Severity(StrEnum):
    """`fail` returns an item to its sender, `warn` does not, `info` only tells."""

    FAIL = "fail"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that inspection found.

    `kind` is a key of findings.toml; `rule` the place in the rule set ("" for rules of the house);
    `file` the component as the list writes it; `expected` and `found` numbers, units and codes;
    `field` the list's field, where the finding is about one.
    """

    kind: str
    severity: Severity
    rule: str = ""
    file: str = ""
    expected: str = ""
    found: str = ""
    field: str = ""

    @property
    def code(self) -> str:
        """The code of the check in DA/T 70-2018, such as `3-4`."""
        return kinds()[self.kind].code


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of finding as findings.toml has it.

    `adjustable`: a rule set may choose another severity. `expects_field`: `expected` names a field.
    `expected_en`, `expected_zh`, `found_en`, `found_zh`: what stands before the two values.
    """

    code: str
    group: str
    severity: Severity
    en: str
    do_en: str
    zh: str
    do_zh: str
    adjustable: bool = False
    expects_field: bool = False
    expected_en: str = "expected"
    expected_zh: str = "应为"
    found_en: str = "found"
    found_zh: str = "实际"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """findings.toml: kinds, the names of the list's fields, and what probes' words are in Chinese."""

    kinds: dict[str, Kind]
    fields: dict[str, dict[Language, str]]
    words: dict[str, str]


@cache
def table() -> Table:
    """The table of findings.toml, read once."""
    source = resources.files("policies").joinpath("findings.toml").read_bytes()
    return msgspec.toml.decode(source, type=Table)


def kinds() -> Mapping[str, Kind]:
    """Every kind of finding by name."""
    return table().kinds


def finding(
    kind: str,
    *,
    rule: str = "",
    file: str = "",
    expected: str = "",
    found: str = "",
    severity: Severity | None = None,
    field: str = "",
) -> Finding:
    """A finding of `kind`, with the table's severity where none is given. KeyError for an unknown kind.

    Lone surrogates become their escapes, so that every finding can be stored, hashed and printed.
    """
    severity = kinds()[kind].severity if severity is None else severity
    return Finding(kind, severity, rule, storable(file), _short(expected), _short(found), field)


def text(f: Finding, language: str) -> str:
    """Where, what, expected, found and what to do, as one line of `zh` or `en` (any other: `en`)."""
    kind = kinds()[f.kind]
    named = f.expected if kind.expects_field and not f.field else f.field
    expected = "" if named == f.expected else visible(f.expected)
    where = [part for part in (visible(f.file), _field_name(named, language)) if part]
    if language == "zh":
        told = (_in_chinese(value, f) for value in (expected, visible(f.found)))
        values = _values(dict(zip((f"{kind.expected_zh}：", f"{kind.found_zh}："), told, strict=True)))
        return f"{_in('', '，'.join(where), '：')}{kind.zh}{_in('（', '；'.join(values), '）')}。{kind.do_zh}"
    values = _values({f"{kind.expected_en}: ": expected, f"{kind.found_en}: ": visible(f.found)})
    what = kind.en if where else kind.en[:1].upper() + kind.en[1:]
    return f"{_in('', ', '.join(where), ': ')}{what}{_in(' (', '; '.join(values), ')')}. {kind.do_en}"


def as_json(f: Finding, language: str) -> dict[str, object]:
    """The finding as a program is told it: its values, and its sentence in `language` and in both."""
    return {
        "code": f.code,
        "kind": f.kind,
        "group": kinds()[f.kind].group,
        "severity": f.severity.value,
        "rule": f.rule or f"DA/T 70-2018 {f.code}",
        "file": f.file,
        "field": f.field,
        "expected": f.expected,
        "found": f.found,
        "text": text(f, language),
        "texts": {"en": text(f, "en"), "zh": text(f, "zh")},
    }


def stored(f: Finding) -> dict[str, str]:
    """The finding as the ledger keeps it: plain strings, empty ones left out."""
    values = {
        "kind": f.kind,
        "severity": f.severity.value,
        "rule": f.rule,
        "file": f.file,
        "expected": f.expected,
        "found": f.found,
        "field": f.field,
    }
    return {name: value for name, value in values.items() if value}


def from_stored(kept: Mapping[str, str]) -> Finding:
    """The finding that `stored` wrote. Raises TypeError or ValueError for anything else."""
    return Finding(**(dict(kept) | {"severity": Severity(kept["severity"])}))  # type: ignore[arg-type]


def storable(value: str) -> str:
    """`value` with lone surrogates as their escapes; canonical JSON and databases take no others."""
    return _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", value)


def _short(value: str) -> str:
    return storable(value if len(value) <= VALUE_LENGTH else value[: VALUE_LENGTH - 1] + "…")


def _field_name(field: str, language: str) -> str:
    names = table().fields.get(field)
    if names is None:
        return visible(field)
    return f"“{names['zh']}”" if language == "zh" else names["en"]


def _in_chinese(value: str, f: Finding) -> str:
    """A probe's words in Chinese. What a sender wrote (fields, names) is quoted as it stands."""
    if f.field or not kinds()[f.kind].group.startswith(("usability.", "security.malware")):
        return value
    for pattern, replacement in table().words.items():
        value = re.sub(rf"(?<![\w%]){pattern}(?![\w%])", replacement, value)
    return value


def _values(named: Mapping[str, str]) -> list[str]:
    return [name + value for name, value in named.items() if value]


def _in(left: str, inside: str, right: str) -> str:
    return f"{left}{inside}{right}" if inside else ""
