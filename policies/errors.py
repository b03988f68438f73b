"""The root of every error that Lantai raises, and this room's own. A library's exception never leaks.

    LantaiError                the root; each room hangs its tree under it
    └── MalformedRuleSet       a rule set that cannot be used, with the place and the reason
        └── UnknownRuleSet     no rule set of this name comes with the program

Not here: findings. What a sender did wrong is a value (`findings.py`), not an error.
"""

from __future__ import annotations


class LantaiError(Exception):
    """Something that a caller may be told. `code` is stable; the text is for people."""

    code: str = "error"


class MalformedRuleSet(LantaiError):
    """A rule set that cannot be used. `place` is a path such as `code.series`, or `line 7` for bad TOML."""

    code = "ruleset-malformed"

    def __init__(self, source: str, place: str, reason: str) -> None:
        super().__init__(f"rule set {source}, {place}: {reason}")
        self.source = source
        self.place = place
        self.reason = reason


class UnknownRuleSet(MalformedRuleSet):
    """No rule set of this name comes with the program."""

    code = "ruleset-unknown"
