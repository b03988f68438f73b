"""One field of a row: its normal form, and what is wrong with what was written.

Every check is of DA/T 70-2018 group 1 or 2; values come from the rule set. Not done here: what
depends on several fields (`inspection.py`), secrecy (`secrecy.py`), whether listed files are there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from policies.dates import read_date
from policies.findings import Finding, finding
from policies.folding import fold_code, hidden_in, private_in
from policies.ruleset import RuleSet

Judged = tuple[str, tuple[Finding, ...]]
"""A field's normal form ("" where it has none) and the findings on it."""

_LINES = "\t\n\r"
_DIGEST = re.compile(r"(?:sha-?256:)?([0-9a-f]{64})")
_NUMBER = re.compile(r"[0-9]{1,9}")


def judge_value(field: str, value: str, rules: RuleSet, today: date) -> Judged:
    """The normal form of one field that is not empty, and every finding on it.

    `file` stays as it is written: it must name what is on the disk, and its characters are judged
    with the paths. A value that has no normal form gives "", so nothing malformed is kept.
    """
    if field == "file":
        return value, _length(field, value, rules)
    text = unicodedata.normalize("NFC", value).strip()
    findings = _characters(field, text, rules) + _length(field, text, rules)
    normal, more = _RULES.get(field, _plain)(field, text, rules, today)
    return normal, findings + more


def _characters(field: str, text: str, rules: RuleSet) -> tuple[Finding, ...]:
    hidden = hidden_in(text, _LINES if field in rules.list.multiline else "")
    private = private_in(text)
    found = []
    if hidden:
        found.append(finding("field-special-characters", field=field, found=_points(hidden)))
    if private:
        found.append(finding("field-private-characters", field=field, found=_points(private)))
    return tuple(found)


def _points(characters: str) -> str:
    return ", ".join(f"U+{ord(character):04X}" for character in characters[:8])


def _length(field: str, text: str, rules: RuleSet) -> tuple[Finding, ...]:
    limit = rules.list.max_length.get(field, rules.list.usual_max_length)
    if len(text) <= limit:
        return ()
    own = field in rules.list.max_length
    rule = rules.place(f"list.max_length.{field}" if own else "list.usual_max_length")
    return (finding("field-too-long", rule=rule, field=field, expected=f"≤ {limit}", found=str(len(text))),)


def _plain(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    allowed = rules.list.values.get(field)
    if not allowed or text in allowed:
        return text, ()
    rule = rules.place(f"list.values.{field}")
    return "", (
        finding("value-not-in-list", rule=rule, field=field, expected=" | ".join(allowed), found=text),
    )


def _date(field: str, text: str, rules: RuleSet, today: date) -> Judged:
    written = read_date(text)
    if written is None:
        return "", (finding("date-malformed", field=field, expected="YYYY, YYYYMM, YYYYMMDD", found=text),)
    earliest = rules.list.earliest_year
    if written.exists() and written.year >= earliest and not written.after(today):
        return str(written), ()
    rule = rules.place("list.earliest_year") if written.year < earliest else ""
    span = f"{earliest:04d}-01-01 … {today.isoformat()}"
    return "", (finding("date-implausible", rule=rule, field=field, expected=span, found=text),)


def _year(field: str, text: str, rules: RuleSet, today: date) -> Judged:
    folded = fold_code(text)
    if not _fits("year", folded, rules) or not folded.isdecimal():
        rule = rules.place("code.levels.year")
        return "", (finding("year-malformed", rule=rule, field=field, expected="YYYY", found=text),)
    earliest = rules.list.earliest_year
    if earliest <= int(folded) <= today.year:
        return folded, ()
    rule = rules.place("list.earliest_year") if int(folded) < earliest else ""
    span = f"{earliest:04d} … {today.year}"
    return "", (finding("date-implausible", rule=rule, field=field, expected=span, found=text),)


def _part(kind: str, *, upper: bool = False) -> Callable[[str, str, RuleSet, date], Judged]:
    """The rule of a field that is a level of the code and nothing else."""

    def judge(field: str, text: str, rules: RuleSet, _: date) -> Judged:
        folded = fold_code(text).upper() if upper else fold_code(text)
        if _fits(field, folded, rules):
            return folded, ()
        level = rules.code.level(field)
        rule = rules.place(f"code.levels.{field}")
        expected = level.pattern if level else ""
        return "", (finding(kind, rule=rule, field=field, expected=expected, found=text),)

    return judge


def _fits(part: str, text: str, rules: RuleSet) -> bool:
    """Whether `text` has the form of a level; anything does where the code has no such level."""
    level = rules.code.level(part)
    return level is None or re.fullmatch(level.pattern, text) is not None


def _category(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    code = rules.category_of(text)
    subs = code.split("·")[1:]
    if code and (code in rules.categories or all(_is_sub_level(sub, rules) for sub in subs)):
        return code, ()
    expected = ", ".join(rules.categories)
    return "", (
        finding(
            "category-unknown", rule=rules.place("categories"), field=field, expected=expected, found=text
        ),
    )


def _is_sub_level(text: str, rules: RuleSet) -> bool:
    return bool(rules.code.sub_level) and re.fullmatch(rules.code.sub_level, text) is not None


def _retention(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    code = rules.retention_of(text)
    expected = ", ".join(f"{known} {rule.names.zh}" for known, rule in rules.retention.items())
    if code:
        return code, ()
    rule = rules.place("retention")
    return "", (finding("retention-unknown", rule=rule, field=field, expected=expected, found=text),)


def _access(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    status = rules.access_of(text)
    if status:
        return status, ()
    expected = ", ".join(rules.access)
    return "", (
        finding("access-unknown", rule=rules.place("access"), field=field, expected=expected, found=text),
    )


def _roles(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    written = text.split("|")
    roles = [rules.role_of(word) for word in written]
    unknown = [word.strip() for word, role in zip(written, roles, strict=True) if not role]
    if not unknown:
        return "|".join(roles), ()
    rule, expected = rules.place("roles"), ", ".join(rules.roles)
    return "", (finding("role-unknown", rule=rule, field=field, expected=expected, found=", ".join(unknown)),)


def _number(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    folded = fold_code(text)
    digits = folded.lstrip("0")
    fits = _NUMBER.fullmatch(digits) is not None
    if fits and (rules.code.past_width == "widen" or len(digits) <= rules.code.width):
        return digits, ()
    expected = f"1 … {10**rules.code.width - 1}" if rules.code.past_width == "refuse" else "1, 2, 3 …"
    rule = rules.place("code.width")
    return "", (finding("number-malformed", rule=rule, field=field, expected=expected, found=text),)


def _pages(field: str, text: str, _rules: RuleSet, _: date) -> Judged:
    folded = fold_code(text)
    if _NUMBER.fullmatch(folded):
        return str(int(folded)), ()
    return text, (finding("pages-malformed", field=field, expected="0, 1, 2 …", found=text),)


def _digests(field: str, text: str, _rules: RuleSet, _: date) -> Judged:
    parts = [part.strip().lower() for part in text.split("|")]
    matches = [_DIGEST.fullmatch(part) for part in parts]
    if all(match or not part for match, part in zip(matches, parts, strict=True)):
        return "|".join(match.group(1) if match else "" for match in matches), ()
    return "", (finding("digest-malformed", field=field, expected="64 × [0-9a-f]", found=text),)


def _code(field: str, text: str, rules: RuleSet, _: date) -> Judged:
    """The sender's code, as it was written; `archive.codes` reads it where the sender gives the codes."""
    if rules.code.code_source == "sender":
        return text, ()
    return text, (finding("code-not-taken", rule=rules.place("code.code_source"), field=field, found=text),)


_RULES: Mapping[str, Callable[[str, str, RuleSet, date], Judged]] = MappingProxyType(
    {
        "date": _date,
        "year": _year,
        "fonds": _part("fonds-malformed"),
        "office": _part("office-malformed", upper=True),
        "catalogue": _part("part-malformed"),
        "volume": _part("part-malformed"),
        "group": _part("part-malformed"),
        "category": _category,
        "retention": _retention,
        "access": _access,
        "role": _roles,
        "number": _number,
        "pages": _pages,
        "sha256": _digests,
        "code": _code,
    }
)
