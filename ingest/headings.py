"""The heading row of a batch's list: which column holds which field.

Headings are compared without case, width (full or half), white space and punctuation; the synonyms are
data of the rule set, and a field's own name is always one of them. Not done here: reading cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.findings import Finding, finding
from policies.folding import fold_heading
from policies.ruleset import RuleSet
from policies.secrecy import has_mark, is_about_secrecy

SHOWN = 80
"""So many characters of a heading that nobody knows are repeated to the sender."""

SECRECY_LIKE = "?secrecy"
"""The field of a column that nobody knows and that may hold secrecy levels: judged as such, never kept."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The field of each column ("" for one that holds no known field) and what is wrong with them.

    `trusted` is false where the row may be no heading row at all: nothing below it can be read then.
    """

    fields: tuple[str, ...]
    headings: tuple[str, ...]
    findings: tuple[Finding, ...]
    trusted: bool


def recognised(cells: Sequence[str], known: Mapping[str, str]) -> int:
    """How many different fields a row names, were it the heading row. `known` is `RuleSet.headings`."""
    return len({known[heading] for heading in map(fold_heading, cells) if heading in known})


def read_headings(cells: Sequence[str], rules: RuleSet) -> Columns:
    """The columns of a heading row.

    Where no heading is known, or none names the files, the row may be an item's: no row below it is
    trusted. Nothing of it is repeated unless all required headings are there, since it may be a secret one's.
    """
    fields = tuple(_field(cell, rules) for cell in cells)
    headings = tuple(cell.strip() for cell in cells)
    rule = f"{rules.name}/list.headings"
    known = {field for field in fields if field and field != SECRECY_LIKE}
    if not known:
        expected = ", ".join(rules.list.headings[field][0] for field in rules.list.required)
        unknown = finding("headings-unrecognised", rule=rule, expected=expected)
        return Columns(("",) * len(fields), headings, (unknown,), trusted=False)
    missing = sorted({"file", *rules.list.required} - known)
    findings = [
        finding("heading-missing", rule=rule, expected=_shown(field, rules), field=field) for field in missing
    ]
    repeated = sorted(field for field in known if fields.count(field) > 1)
    findings += [
        finding("heading-repeated", rule=rule, expected=_shown(field, rules), field=field)
        for field in repeated
    ]
    strange = _strange(fields, headings, not missing, rules)
    findings += [finding("heading-unknown", rule=rule, found=found) for found in strange]
    return Columns(fields, headings, tuple(findings), trusted="file" in known and not repeated)


def _field(cell: str, rules: RuleSet) -> str:
    return rules.field_of(cell) or (SECRECY_LIKE if is_about_secrecy(cell, rules) else "")


def _strange(fields: Sequence[str], headings: Sequence[str], repeat: bool, rules: RuleSet) -> Iterator[str]:
    """The headings that nobody knows; one that must not be repeated by its column only, as `#3`."""
    for place, (field, heading) in enumerate(zip(fields, headings, strict=True), 1):
        if heading and field in ("", SECRECY_LIKE):
            yield heading[:SHOWN] if repeat and not has_mark(heading, rules) else f"#{place}"


def _shown(field: str, rules: RuleSet) -> str:
    return " / ".join(dict.fromkeys((field, *rules.list.headings.get(field, ()))))
