"""State secrets: what is refused before anything of it is written. When in doubt it is refused.

Not done here: looking into the text of files; deciding what happens to the rest of a batch.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.findings import Finding, finding
from policies.folding import bare
from policies.ruleset import RuleSet


def is_secret(raw: Mapping[str, str], rules: RuleSet) -> bool:
    """Whether a row is refused: by its secrecy value, or by a mark in one of the screened fields.

    A secrecy value passes only where the rule set lists it as open; a mark such as `机密★10年`, a
    misspelt one and one that nobody knows are refused alike. Source: rule set `[secrecy]`.
    """
    if not is_open_level(raw.get("secrecy", ""), rules):
        return True
    return any(has_mark(raw.get(field, ""), rules) for field in rules.secrecy.screened)


def is_open_level(value: str, rules: RuleSet) -> bool:
    """Whether a secrecy value is empty or one that the rule set lists as open."""
    return bare(value) in rules.open_levels


def has_mark(text: str, rules: RuleSet) -> bool:
    """Whether a title, a name or another text holds a secrecy mark, also one with spaces inside.

    A text that is nothing but a refused mark is one too: a cell under a heading that nobody knows.
    """
    plain = bare(text)
    return bool(plain) and (plain in rules.refused_marks or rules.secret_pattern.search(plain) is not None)


def refusal(rules: RuleSet) -> Finding:
    """The one finding on a refused row. It holds nothing of the row, not even which field gave it away."""
    return finding("secrecy-refused", rule=rules.place("secrecy.refused"))
