"""What a rule set's tables must not do to each other: each fault with its place and the reason.

The shapes are checked before (`ruleset_model.py`). Not done here: deciding whether the values are wise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from policies.findings import kinds
from policies.folding import DOT, HYPHEN, fold_heading, fold_word
from policies.ruleset_model import ACCESS, FIELDS, NO_PROBE, PROBES, CodeProfile, Level, RuleFile, Secrecy

Fault = tuple[str, str]

_SHORT = ("1949", "2016", "Y", "C", "D30", "01", "001")
_SEPARATED = (HYPHEN, DOT, f"A{HYPHEN}A", f"A{DOT}A", f"1{HYPHEN}1", f"1{DOT}1")


def faults(file: RuleFile) -> Iterator[Fault]:
    """Every contradiction in a rule set, tables before those that speak of them."""
    yield from _levels(file.code)
    yield from _series(file.code)
    yield from _roles(file)
    yield from _categories(file)
    yield from _formats(file)
    yield from _retention(file)
    yield from _list(file)
    yield from _secrecy(file)
    yield from _access(file)
    yield from _severities(file)


def _levels(code: CodeProfile) -> Iterator[Fault]:
    parts = code.parts
    yield from _repeated("code.levels", parts)
    if not parts or parts[-1] != "item" or code.levels[0].optional or code.levels[-1].optional:
        yield "code.levels", "the last level must be the item, and neither it nor the first may be optional"
        return
    if len(parts) < 2:
        yield "code.levels", "there must be a level above the item"
    for place, level in enumerate(code.levels):
        yield from _pattern_of(level, f"code.levels[{place}]")
    yield from _ambiguous(code)
    if code.sub_level:
        yield from _pattern("code.sub_level", code.sub_level)


def _pattern_of(level: Level, place: str) -> Iterator[Fault]:
    if level.part == "item":
        if level.pattern:
            yield f"{place}.pattern", "the item's form follows from code.width; it has no pattern"
    elif not level.pattern:
        yield f"{place}.pattern", f"the level {level.part} needs a pattern"
    else:
        yield from _pattern(f"{place}.pattern", level.pattern)


def _pattern(place: str, pattern: str) -> Iterator[Fault]:
    """A pattern must compile, match something, and match no separator: they belong to the grammar."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        yield place, f"not a regular expression: {error}"
        return
    if compiled.groups:
        yield place, "groups must not capture: write (?:…)"
    if compiled.fullmatch(""):
        yield place, "matches nothing at all; mark the level optional instead"
    if any(compiled.fullmatch(text) for text in _SEPARATED):
        yield place, f"matches a separator ({HYPHEN} or {DOT})"


def _ambiguous(code: CodeProfile) -> Iterator[Fault]:
    """Two optional levels on one joint, or sub-levels that look like the year, can be read two ways."""
    joints = [code.joint(place) for place, level in enumerate(code.levels) if level.optional]
    if len(joints) != len(set(joints)):
        yield "code.levels", "two optional levels joined by the same separator cannot be told apart"
    below = next((b for a, b in pairwise(code.levels) if a.part == "category" and b.pattern), None)
    if below and any(_matches(code.sub_level, text) and _matches(below.pattern, text) for text in _SHORT):
        yield "code.sub_level", f"a sub-level cannot be told from the level {below.part}"


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _series(code: CodeProfile) -> Iterator[Fault]:
    if not code.series:
        yield "code.series", "a series needs at least one level"
    yield from _repeated("code.series", code.series)
    for part in code.series:
        if part == "item":
            yield "code.series", "item numbers run inside a series: the item is no part of it"
        elif part not in code.parts:
            yield "code.series", f"{part} is not a level of the code"


def _categories(file: RuleFile) -> Iterator[Fault]:
    if not file.categories:
        yield "categories", "there is none, so nothing could be taken in"
    level = file.code.level("category")
    for code, category in file.categories.items():
        place = f"categories.{code}"
        if level and not all(_matches(level.pattern, part) for part in code.split(DOT)[:1]):
            yield place, f"does not have the form {level.pattern} that code.levels gives categories"
        for role, accepts in category.roles.items():
            if role not in file.roles:
                yield f"{place}.roles.{role}", "is not one of [roles]"
            for name in accepts.formats:
                if name not in file.formats:
                    yield f"{place}.roles.{role}.formats", f"{name} is not one of [formats]"
    yield from _claims(
        "categories", ((c, (c, v.names.zh, v.names.en, *v.synonyms)) for c, v in file.categories.items())
    )


def _formats(file: RuleFile) -> Iterator[Fault]:
    yield from _claims("formats", ((name, rule.puids) for name, rule in file.formats.items()), fold=str)
    for name, rule in file.formats.items():
        place = f"formats.{name}"
        if rule.probe not in (*PROBES, NO_PROBE):
            yield f"{place}.probe", f"{rule.probe} is not a probe; there are {', '.join((*PROBES, NO_PROBE))}"
        if not rule.puids or not rule.extensions:
            yield place, "needs a PRONOM id and an extension"
        if any(extension != extension.lower().lstrip(".") for extension in rule.extensions):
            yield f"{place}.extensions", "write extensions in lower case, without the dot"
        if rule.category:
            yield from _proposed(file, name, rule.category)


def _proposed(file: RuleFile, name: str, code: str) -> Iterator[Fault]:
    category = file.categories.get(code)
    if category is None:
        yield f"formats.{name}.category", f"{code} is not one of [categories]"
        return
    main = category.roles.get(file.default_role)
    if main is None or name not in main.formats:
        yield f"formats.{name}.category", f"{code} does not accept {name} as {file.default_role}"


def _retention(file: RuleFile) -> Iterator[Fault]:
    if not file.retention:
        yield "retention", "there is none, so nothing could be taken in"
    level = file.code.level("retention")
    named = [(c, (c, r.names.zh, r.names.en, *r.synonyms)) for c, r in file.retention.items()]
    for code, words in named:
        if level and not _matches(level.pattern, code):
            yield f"retention.{code}", f"does not have the form {level.pattern} that code.levels gives it"
        retired = {fold_word(word) for word in file.retired_retention}
        if file.retention[code].years is not None and retired & {fold_word(word) for word in words}:
            yield f"retention.{code}.synonyms", "a term of retired_retention must not be turned into years"
    yield from _claims("retention", named)


def _list(file: RuleFile) -> Iterator[Fault]:
    rules = file.list
    named = {
        "headings": rules.headings,
        "required": rules.required,
        "max_length": rules.max_length,
        "values": rules.values,
        "multiline": rules.multiline,
    }
    for table, fields in named.items():
        for field in fields:
            if field not in FIELDS:
                yield f"list.{table}.{field}", "is not a field of the list"
    headings = ((f, (f, *words)) for f, words in rules.headings.items())
    yield from _claims("list.headings", headings, fold=fold_heading)
    coded = [level.part for level in file.code.levels if level.part != "item"]
    for field in ("file", *rules.required, *coded):
        if field not in rules.headings:
            yield f"list.headings.{field}", "is missing: the list could not name it"
    if "file" not in rules.required:
        yield "list.required", "must hold file: an item without content is none"


def _roles(file: RuleFile) -> Iterator[Fault]:
    if file.default_role not in file.roles:
        yield "default_role", f"{file.default_role} is not one of [roles]"
    yield from _claims("roles", ((role, (role, *words)) for role, words in file.roles.items()))


def _secrecy(file: RuleFile) -> Iterator[Fault]:
    rules = file.secrecy
    for name in ("refused", "patterns", "headings"):
        if not getattr(rules, name):
            yield f"secrecy.{name}", "is empty: nothing would be refused"
    for field in rules.exempt:
        if field not in FIELDS:
            yield "secrecy.exempt", f"{field} is not a field of the list"
        elif field in ("secrecy", "title", "file"):
            yield "secrecy.exempt", f"{field} cannot be: a secret record would be taken in"
    yield from _secrecy_patterns(rules)
    marks = {fold_word(mark) for mark in rules.refused}
    for word in rules.open:
        if fold_word(word) in marks:
            yield "secrecy.open", f"{word} is also a refused mark"


def _secrecy_patterns(rules: Secrecy) -> Iterator[Fault]:
    for name in ("patterns", "headings", "ordinary", "declassified"):
        for pattern in getattr(rules, name):
            yield from _searched(f"secrecy.{name}", pattern)
    for name in ("tail", "signs"):
        yield from _searched(f"secrecy.{name}", getattr(rules, name))
    for mark in rules.refused:
        if not _finds(rules.signs, fold_word(mark)):
            yield "secrecy.signs", f"{mark} holds none of them, so it would not be found"


def _searched(place: str, pattern: str) -> Iterator[Fault]:
    """A pattern that is searched in texts must compile, and must not match everywhere."""
    try:
        if re.search(pattern, ""):
            yield place, f"{pattern} matches nothing at all, so it would match everywhere"
    except re.error as error:
        yield place, f"{pattern} is not a regular expression: {error}"


def _finds(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True  # said already


def _access(file: RuleFile) -> Iterator[Fault]:
    for status in file.access:
        if status not in ACCESS:
            yield f"access.{status}", f"is not an access status; there are {', '.join(ACCESS)}"
    yield from _claims("access", ((status, (status, *words)) for status, words in file.access.items()))


def _severities(file: RuleFile) -> Iterator[Fault]:
    for kind in file.severities:
        if kind not in kinds():
            yield f"severities.{kind}", "is not a kind of finding"
        elif not kinds()[kind].adjustable:
            yield f"severities.{kind}", "is a kind whose severity no rule set may change"


def _repeated(place: str, names: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield place, f"{name} stands there twice"
        seen.add(name)


def _claims(
    place: str, named: Iterable[tuple[str, Iterable[str]]], *, fold: Callable[[str], str] = fold_word
) -> Iterator[Fault]:
    """Two entries that claim one word (or PRONOM id) contradict each other."""
    owners: dict[str, str] = {}
    for owner, words in named:
        for word in words:
            if owners.setdefault(fold(word), owner) != owner:
                yield f"{place}.{owner}", f"{word} is claimed by {owners[fold(word)]} too"
