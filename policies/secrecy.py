"""State secrets: what is refused before anything of it is written. When in doubt it is refused.

Not done here: looking into the text of files; deciding what happens to the rest of a batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from policies.findings import Finding, finding
from policies.folding import bare, searched
from policies.ruleset import RuleSet


class Marks(Protocol):
    """What secrecy marks look like; a rule set says so."""

    @property
    def secret_signs(self) -> re.Pattern[str]:
        """What every text with a mark holds."""

    @property
    def secret_pattern(self) -> re.Pattern[str]:
        """What must stand nowhere."""

    @property
    def ordinary_words(self) -> re.Pattern[str]:
        """Words that hold a mark's characters and are none."""

    @property
    def bare_mark(self) -> re.Pattern[str]:
        """A whole text that is a mark and nothing more."""


@dataclass(frozen=True, slots=True)
class MarkPatterns:
    """The marks of a rule set by themselves, for a process that has no rule set."""

    secret_signs: re.Pattern[str]
    secret_pattern: re.Pattern[str]
    ordinary_words: re.Pattern[str]
    bare_mark: re.Pattern[str]

    @classmethod
    def of(cls, written: Mapping[str, str]) -> MarkPatterns:
        """The marks that `written_marks` wrote."""
        return cls(**{name: re.compile(pattern) for name, pattern in written.items()})


def written_marks(marks: Marks) -> dict[str, str]:
    """Marks as plain values."""
    patterns = {
        "secret_signs": marks.secret_signs,
        "secret_pattern": marks.secret_pattern,
        "ordinary_words": marks.ordinary_words,
        "bare_mark": marks.bare_mark,
    }
    return {name: pattern.pattern for name, pattern in patterns.items()}


def is_secret(raw: Mapping[str, str], rules: RuleSet) -> bool:
    """Whether a row is refused: by its secrecy value, a period of secrecy without one, or a mark anywhere.

    A secrecy value passes only where the rule set lists it as open; a mark such as `机密★10年`, a
    misspelt one and one that nobody knows are refused alike. Every field is searched for a mark, since
    one column too many moves it into another. Source: rule set `[secrecy]`.
    """
    level = raw.get("secrecy", "")
    if not bare(level) and not is_open_level(raw.get("secrecy_period", ""), rules):
        return True
    return any(is_refused(field, value, rules) for field, value in raw.items() if value)


def is_refused(field: str, value: str, rules: RuleSet) -> bool:
    """Whether one field's value gives a secret away; `secrecy` by its level, every other by a mark."""
    if field == "secrecy":
        return not is_open_level(value, rules)
    if field not in rules.secrecy.exempt:
        return has_mark(value, rules)
    told = rules.declassified.search(searched(value)[1]) is not None
    return is_mark(value, rules) or (has_mark(value, rules) and not told)


def is_open_level(value: str, rules: RuleSet) -> bool:
    """Whether a secrecy value is empty or one that the rule set lists as open.

    One of which nothing can be seen, or of which a character was lost, is neither.
    """
    level = bare(value)
    lost = "\ufffd" in value or (not level and bool(value.strip()))
    return not lost and level in rules.open_levels


def has_mark(text: str, rules: Marks) -> bool:
    """Whether a title, a name or another text holds a secrecy mark, also one with spaces inside.

    A text that is nothing but a refused mark is one too: a cell under a heading that nobody knows.
    """
    words, joined = searched(text)
    if not rules.secret_signs.search(joined):
        return False
    forms = (rules.ordinary_words.sub("\u3007", form) for form in {words, joined})
    found = any(rules.secret_pattern.search(form) for form in forms)
    return found or rules.bare_mark.fullmatch(joined) is not None


def is_mark(text: str, rules: RuleSet) -> bool:
    """Whether a text is a refused mark and nothing more, but for a period and punctuation: `秘密(10年)`."""
    return rules.bare_mark.fullmatch(searched(text)[1]) is not None


def is_about_secrecy(heading: str, rules: RuleSet) -> bool:
    """Whether a heading that is none of the rule set's may be one of secrecy levels."""
    return rules.secrecy_heading.search(searched(heading)[1]) is not None


def refusal(rules: RuleSet) -> Finding:
    """The one finding on a refused row. It holds nothing of the row, not even which field gave it away."""
    return finding("secrecy-refused", rule=rules.place("secrecy.refused"))
