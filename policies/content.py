"""The content of one component against the rule set: format by category and role, name, floors, problems.

Not done here: reading the content (the probes did, `formats.ProbeFacts`), comparing digests.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.findings import Finding, Severity, finding, kinds
from policies.formats import ProbeFacts
from policies.ruleset import RuleSet
from policies.ruleset_model import NO_PROBE, Acceptance

_PICTURES, _SOUNDS, _VIDEO = ("jpeg", "tiff", "video"), ("mp3", "wav"), "video"


def propose_category(format_name: str, rules: RuleSet) -> str | None:
    """The category that the rule set proposes for a main component of this format, None for none.

    `format_name` is the rule set's name, a probe's name or a PRONOM id. Scans of paper are documents:
    the sender must say so, since a picture's format cannot.
    """
    name = rules.format_of(format_name) or rules.format_of("", format_name)
    return rules.formats[name].category or None if name else None


def judge_content(
    *, file: str, role: str, category: str, extension: str, facts: ProbeFacts, rules: RuleSet
) -> tuple[Finding, ...]:
    """Every finding on one component's content, the probe's problems among them (so nobody adds them again).

    `file` is the path as listed, `extension` that of its name without the dot. An empty category or an
    unknown role accepts nothing. A format that no probe has read never passes. Source: rule set
    `[categories]`, `[formats]`; DA/T 70-2018 1-10, 3-3 to 3-5, 3-8.
    """
    name = rules.format_of(facts.puid, facts.name)
    findings = [*_accepted(file, role, category, name, facts, rules)]
    if name:
        findings += _named(file, extension, name, rules)
        findings += _read(file, name, facts, rules)
        findings += _floors(file, role, category, name, facts, rules)
    findings += _problems(file, facts, rules)
    return tuple(findings)


def _acceptance(role: str, category: str, rules: RuleSet) -> Acceptance:
    known = rules.category_rules(category)
    return known.roles.get(role, Acceptance(())) if known else Acceptance(())


def _place(role: str, category: str, what: str, rules: RuleSet) -> str:
    return rules.place(f"categories.{category}.roles.{role}.{what}" if category else "categories")


def _accepted(
    file: str, role: str, category: str, name: str, facts: ProbeFacts, rules: RuleSet
) -> Iterator[Finding]:
    accepted = _acceptance(role, category, rules).formats
    if name and name in accepted:
        return
    rule, expected = _place(role, category, "formats", rules), ", ".join(accepted)
    if facts.puid and not name:
        expected = _versions(accepted, facts, rules) or expected
    if name or facts.puid:
        found = f"{facts.format or name} ({facts.puid})" if facts.puid else name
        yield finding("format-not-accepted", rule=rule, file=file, expected=expected, found=found)
    elif not _explained(facts, rules):
        yield finding("format-unknown", rule=rule, file=file, expected=expected)


def _versions(accepted: tuple[str, ...], facts: ProbeFacts, rules: RuleSet) -> str:
    """The accepted versions of a format whose version is not accepted, by PRONOM id; "" for a strange one."""
    kinds_of = {kind.strip() for kind in facts.mime.split(",")}
    alike = (name for name in accepted if kinds_of.intersection(rules.formats[name].mime))
    return "; ".join(f"{name} ({', '.join(rules.formats[name].puids)})" for name in alike)


def _explained(facts: ProbeFacts, rules: RuleSet) -> bool:
    """Whether a failing problem says already why no format was recognised: the file is cut, say."""
    usual = (rules.severity(problem.kind) or kinds()[problem.kind].severity for problem in facts.problems)
    return Severity.FAIL in usual


def _named(file: str, extension: str, name: str, rules: RuleSet) -> Iterator[Finding]:
    known = rules.formats[name].extensions
    if extension.lower() not in known:
        rule, expected = rules.place(f"formats.{name}.extensions"), ", ".join(known)
        yield finding("format-name-differs", rule=rule, file=file, expected=expected, found=extension)


def _read(file: str, name: str, facts: ProbeFacts, rules: RuleSet) -> Iterator[Finding]:
    """A format without a reader, or one of which a reader saw nothing and said nothing, is not checked."""
    unread = rules.formats[name].probe == NO_PROBE or not (facts.values or facts.problems)
    if unread:
        kind, rule = "content-not-read", rules.place(f"formats.{name}.probe")
        yield finding(kind, rule=rule, file=file, found=name, severity=rules.severity(kind))


def _floors(
    file: str, role: str, category: str, name: str, facts: ProbeFacts, rules: RuleSet
) -> Iterator[Finding]:
    """Floors of the role. A picture or sound whose size nobody saw does not reach them."""
    accepts, probe = _acceptance(role, category, rules), rules.formats[name].probe
    if probe in _PICTURES and _below("pixels", accepts.min_pixels, facts):
        size = f"{facts.values.get('width', '?')} × {facts.values.get('height', '?')}"
        found = f"{facts.values.get('pixels', '?')} px ({size})"
        rule, expected = _place(role, category, "min_pixels", rules), f"≥ {accepts.min_pixels} px"
        yield finding("pixels-below-floor", rule=rule, file=file, expected=expected, found=found)
    if probe in _SOUNDS and _below("sampling_hz", accepts.min_sampling_hz, facts):
        found = f"{facts.values.get('sampling_hz', '?')} Hz"
        rule, expected = _place(role, category, "min_sampling_hz", rules), f"≥ {accepts.min_sampling_hz} Hz"
        yield finding("sampling-below-floor", rule=rule, file=file, expected=expected, found=found)
    if probe == _VIDEO:
        yield from _moving(file, role, category, facts, rules)


def _moving(file: str, role: str, category: str, facts: ProbeFacts, rules: RuleSet) -> Iterator[Finding]:
    """How moving pictures may be coded, and how densely at least."""
    accepts, codec = _acceptance(role, category, rules), str(facts.values.get("codec", "?"))
    if accepts.codecs and codec not in accepts.codecs and not facts.problems:
        rule, expected = _place(role, category, "codecs", rules), ", ".join(accepts.codecs)
        yield finding("codec-not-accepted", rule=rule, file=file, expected=expected, found=codec)
    if _below("kbits", accepts.min_kbits, facts):
        rule, expected = _place(role, category, "min_kbits", rules), f"≥ {accepts.min_kbits} kbit/s"
        found = f"{facts.values.get('kbits', '?')} kbit/s"
        yield finding("kbits-below-floor", rule=rule, file=file, expected=expected, found=found)


def _below(fact: str, floor: int, facts: ProbeFacts) -> bool:
    """Whether a fact is under its floor; one that is missing is, unless a problem says why it is."""
    value = facts.values.get(fact)
    return value < floor if isinstance(value, int) else floor > 0 and not facts.problems


def _problems(file: str, facts: ProbeFacts, rules: RuleSet) -> Iterator[Finding]:
    for problem in facts.problems:
        severity = rules.severity(problem.kind)
        rule = rules.place(f"severities.{problem.kind}") if severity else ""
        yield finding(
            problem.kind,
            rule=rule,
            file=file,
            expected=problem.expected,
            found=problem.found,
            severity=severity,
        )
