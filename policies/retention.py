"""When a retention period ends: pure, over the rule set. Due means appraised again, never destroyed by
itself.

Source: domain reference, 7: retention runs from 1 January of the year after the business year.
"""

from __future__ import annotations

from datetime import date

from policies.ruleset import RuleSet

NO_END = "no-end"
"""Permanent, or a term without a number of years, of which nobody can say when it is over."""


def ended_in(rules: RuleSet, year: str, retention: str) -> str:
    """The year on whose 1 January the period has run out: `D30` of 2016 in 2047; "" for what has no end."""
    known = rules.retention.get(retention)
    if known is None or known.years is None or not (year.isascii() and year.isdigit()):
        return ""
    return f"{int(year) + 1 + known.years:04d}"


def years_ended(rules: RuleSet, in_year: int) -> dict[str, str]:
    """For each retention that ends, the last business year whose period has run out in `in_year`."""
    return {
        name: f"{max(0, in_year - 1 - kept.years):04d}"
        for name, kept in rules.retention.items()
        if kept.years is not None
    }


def still_runs(rules: RuleSet, year: str, retention: str, today: date) -> str:
    """Whether an item is to be kept still: the year on whose 1 January its period will have run out, NO_END
    for what has no such year; "" where it is over, or where the rules know no such period.
    """
    known = rules.retention.get(retention)
    if known is None:
        return ""
    if known.years is None:
        return NO_END
    ends = ended_in(rules, year, retention)
    return ends if ends and int(ends) > today.year else ""
