"""The heading row of a batch's list: which column holds which field.

Headings are compared without case, width (full or half) and white space; the synonyms are data of
the rule set, and a field's own name is always one of them. Not done here: reading cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.findings import Finding, finding
from policies.folding import fold_word
from policies.ruleset import RuleSet

SHOWN = 80
"""So many characters of a heading that nobody knows are repeated to the sender."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The field of each column ("" for one that holds no known field) and what is wrong with them."""

    fields: tuple[str, ...]
    headings: tuple[str, ...]
    findings: tuple[Finding, ...]


def known_headings(rules: RuleSet) -> dict[str, str]:
    """Every folded heading of the rule set with its field."""
    known = {fold_word(field): field for field in rules.list.headings}
    for field, synonyms in rules.list.headings.items():
        known |= {fold_word(synonym): field for synonym in synonyms}
    return known


def recognised(cells: Sequence[str], known: Mapping[str, str]) -> int:
    """How many different fields a row names, were it the heading row."""
    return len({known[heading] for heading in map(fold_word, cells) if heading in known})


def read_headings(cells: Sequence[str], rules: RuleSet) -> Columns:
    """The columns of a heading row.

    Where no heading is known at all the row may be an item's: nothing of it is repeated then, since
    it may be a secret one's.
    """
    known = known_headings(rules)
    fields = tuple(known.get(fold_word(cell), "") for cell in cells)
    required = sorted({"file", *rules.list.required} - set(fields))
    rule = f"{rules.name}/list.headings"
    findings = [
        finding("heading-missing", rule=rule, expected=_shown(field, rules), field=field)
        for field in required
    ]
    for field in sorted({field for field in fields if field and fields.count(field) > 1}):
        findings.append(finding("heading-repeated", rule=rule, expected=_shown(field, rules), field=field))
    if any(fields):
        strange = [cell.strip() for cell, field in zip(cells, fields, strict=True) if not field]
        findings += [finding("heading-unknown", rule=rule, found=cell[:SHOWN]) for cell in strange if cell]
    return Columns(fields, tuple(cell.strip() for cell in cells), tuple(findings))


def _shown(field: str, rules: RuleSet) -> str:
    return " / ".join(dict.fromkeys((field, *rules.list.headings.get(field, ()))))
