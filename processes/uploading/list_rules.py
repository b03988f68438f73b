"""What the rule set asks of a list, for whoever fills one in: fields, headings, values, formats.

A view of the rule set and nothing more. Not done here: judging (`policies.inspection`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from policies.findings import table
from policies.ruleset import RuleSet
from policies.ruleset_model import ACCESS, FIELDS, Names


def told(rules: RuleSet, language: str, handled: Collection[str] | None = None) -> dict[str, Any]:
    """The rule set as a form needs it: `name`, `version`, `title`, `fields`, `categories`, `formats`; and the
    `fonds` that whoever asks handles, where these are some and not all.
    """
    zh = language == "zh"
    return {
        "name": rules.name,
        "version": rules.version,
        "title": _named(rules.titles, zh),
        "fonds": sorted(handled or ()),
        "fields": [_field(field, rules, zh) for field in FIELDS if field in rules.list.headings],
        "categories": [_category(code, rules, zh) for code in rules.categories],
        "formats": [
            {"format": name, "name": _named(rule.names, zh), "extensions": list(rule.extensions)}
            for name, rule in rules.formats.items()
        ],
    }


def _field(field: str, rules: RuleSet, zh: bool) -> dict[str, Any]:
    names: Mapping[Any, str] = table().fields.get(field, {})
    proposed = ("item", "category", "year")  # these need not be filled in: they follow from the file
    levels = [one.part for one in rules.code.levels if not one.optional and one.part not in proposed]
    return {
        "field": field,
        "name": names.get("zh" if zh else "en", field),
        "heading": rules.list.headings[field][0] if zh else field,
        "headings": list(rules.list.headings[field]),
        "required": field in rules.list.required,
        "code": field in levels,
        "longest": rules.list.max_length.get(field, rules.list.usual_max_length),
        "lines": field in rules.list.multiline,
        "values": [{"value": value, "text": text} for value, text in _values(field, rules, zh)],
    }


def _values(field: str, rules: RuleSet, zh: bool) -> list[tuple[str, str]]:
    """What may stand there, where that is a list: the value to write, and what it means."""
    if field == "category":
        return [(code, _named(one.names, zh)) for code, one in rules.categories.items() if one.roles]
    if field == "retention":
        return [(code, _named(one.names, zh)) for code, one in rules.retention.items()]
    if field == "role":
        return [(words[0] if zh else role, words[0] if zh else role) for role, words in rules.roles.items()]
    if field == "access":
        named = [(status, rules.access.get(status, ())) for status in ACCESS]
        return [(words[0] if zh and words else status, status) for status, words in named]
    return [(value, "") for value in rules.list.values.get(field, ())]


def _category(code: str, rules: RuleSet, zh: bool) -> dict[str, Any]:
    rule = rules.categories[code]
    accepted = {
        role: {"formats": list(one.formats), "pixels": one.min_pixels, "hertz": one.min_sampling_hz}
        for role, one in rule.roles.items()
    }
    return {"category": code, "name": _named(rule.names, zh), "roles": accepted}


def _named(names: Names, zh: bool) -> str:
    return names.zh if zh else names.en
