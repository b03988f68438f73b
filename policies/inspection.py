"""Inspection by a rule set: one row of a list, and the content of one component. Values in, values out.

The order of a row: secrecy first, alone; then each field; then what fields say of each other. Not done
here: reading lists and files, what needs the archive (duplicates), the verdict on a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from policies.content import judge_content, propose_category
from policies.fields import Judged, judge_value
from policies.findings import Finding, finding
from policies.ruleset import RuleSet
from policies.ruleset_model import FIELDS
from policies.secrecy import has_mark, is_refused, is_secret, refusal

__all__ = [
    "RowJudgement",
    "has_mark",
    "is_secret",
    "judge_content",
    "judge_field",
    "judge_row",
    "propose_category",
    "repeated_numbers",
]


@dataclass(frozen=True, slots=True)
class RowJudgement:
    """What a row says, normalised, and what is wrong with it.

    A refused row has no fields and the one finding `secrecy-refused`. `proposed` names the fields that
    were empty and got a value; each has a `value-proposed` finding, for a person to confirm.
    """

    refused: bool
    fields: dict[str, str]
    proposed: tuple[str, ...]
    findings: tuple[Finding, ...]


def judge_row(
    raw: Mapping[str, str], rules: RuleSet, *, batch_fonds: str, today: date, formats: Sequence[str] = ()
) -> RowJudgement:
    """Judge one row: `raw` maps fields to the list's text, `batch_fonds` is `--fonds` or "".

    `formats` are the rule set's names of the components' formats, main first. Without them (nothing
    is probed yet) an empty category is left empty and not held against the row: `propose_category`
    fills it. Source: the interface's "A batch", DA/T 70-2018 1-2 to 1-7, 2-3, 2-4.
    """
    if is_secret(raw, rules):
        return RowJudgement(True, {}, (), (refusal(rules),))
    given = {field: raw[field] for field in FIELDS if raw.get(field, "").strip()}
    judged = {field: judge_value(field, text, rules, today) for field, text in given.items()}
    fields = {field: normal for field, (normal, _) in judged.items() if normal}
    findings = [note for _, notes in judged.values() for note in notes]
    findings += _fonds(given, fields, rules, batch_fonds, today)
    findings += _role_count(given, rules)
    proposed = dict(_proposals(given, fields, rules, formats))
    findings += [_proposal(field, value, rules) for field, value in proposed.items()]
    fields |= proposed
    findings += _year(fields, proposed)
    told = {"fonds": batch_fonds} if batch_fonds else {}
    findings += _missing(given | told, fields, rules, bool(formats))
    fields.setdefault("access", "unreviewed")
    return RowJudgement(False, fields, tuple(proposed), tuple(findings))


def judge_field(field: str, value: str, rules: RuleSet, *, today: date) -> Judged:
    """The normal form of one field by itself and the findings on it, as for a correction.

    An empty value of a required field is missing; a secret one is refused, and the finding repeats
    nothing of it. Raises KeyError where no list has such a field.
    """
    if field not in FIELDS:
        raise KeyError(field)
    if is_refused(field, value, rules) or is_secret({field: value}, rules):
        return "", (refusal(rules),)
    if not value.strip():
        required = field in rules.list.required or field in _required_levels(rules)
        return "", (_missing_field(field, rules),) if required else ()
    return judge_value(field, value, rules, today)


def repeated_numbers(rows: Sequence[Mapping[str, str]], rules: RuleSet) -> dict[int, Finding]:
    """The rows (by their place in `rows`, normalised fields) whose number another of their series has."""
    keys = [
        (*(fields.get(part, "") for part in rules.code.series), fields.get("number", "")) for fields in rows
    ]
    counts = Counter(keys)
    rule = rules.place("code.series")
    return {
        place: finding(
            "number-repeated", rule=rule, field="number", expected="1 ×", found=f"{key[-1]} ({counts[key]} ×)"
        )
        for place, key in enumerate(keys)
        if key[-1] and counts[key] > 1
    }


def _fonds(
    given: Mapping[str, str], fields: dict[str, str], rules: RuleSet, batch_fonds: str, today: date
) -> Iterator[Finding]:
    """Fill the fonds from the batch's, or hold the two against each other where both are well-formed."""
    if not batch_fonds:
        return
    fonds, findings = judge_value("fonds", batch_fonds, rules, today)
    if not fonds:
        yield from findings
    elif "fonds" not in given:
        fields["fonds"] = fonds
        yield from findings
    elif fields.get("fonds", fonds) != fonds:
        found = given["fonds"].strip()
        yield finding(
            "fonds-differs",
            rule=rules.place("list.headings.fonds"),
            field="fonds",
            expected=batch_fonds,
            found=found,
        )


def _role_count(given: Mapping[str, str], rules: RuleSet) -> Iterator[Finding]:
    files = given.get("file", "").count("|") + 1
    roles = given.get("role", "").count("|") + 1
    if "role" in given and "file" in given and files != roles:
        yield finding(
            "roles-mismatch", rule=rules.place("roles"), field="role", expected=str(files), found=str(roles)
        )


def _proposals(
    given: Mapping[str, str], fields: Mapping[str, str], rules: RuleSet, formats: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Values for fields that the list left empty: the year from the date, the category from the format."""
    if "year" not in given and "date" in fields:
        yield "year", fields["date"][:4]
    if "category" not in given and formats:
        category = propose_category(formats[0], rules)
        if category:
            yield "category", category


def _proposal(field: str, value: str, rules: RuleSet) -> Finding:
    rule = rules.place(f"list.headings.{field}")
    return finding("value-proposed", rule=rule, field=field, expected=field, found=value)


def _year(fields: Mapping[str, str], proposed: Mapping[str, str]) -> Iterator[Finding]:
    year, written = fields.get("year", ""), fields.get("date", "")[:4]
    if year and written and year != written and "year" not in proposed:
        yield finding("year-differs", field="year", expected=written, found=year)


def _missing(
    given: Mapping[str, str], fields: Mapping[str, str], rules: RuleSet, probed: bool
) -> Iterator[Finding]:
    """Required fields that are empty, but for what a faulty field would have given."""
    for field in dict.fromkeys((*rules.list.required, *_required_levels(rules))):
        dated = "date" in given or "date" in rules.list.required
        derived = (field == "category" and not probed) or (field == "year" and dated)
        if field not in given and field not in fields and not derived:
            yield _missing_field(field, rules)


def _missing_field(field: str, rules: RuleSet) -> Finding:
    rule = "list.required" if field in rules.list.required else f"code.levels.{field}"
    return finding("field-missing", rule=rules.place(rule), field=field, expected=field)


def _required_levels(rules: RuleSet) -> tuple[str, ...]:
    return tuple(level.part for level in rules.code.levels if level.part != "item" and not level.optional)
