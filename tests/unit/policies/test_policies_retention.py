"""When a retention period ends, and whether it runs still."""

from __future__ import annotations

from datetime import date

import pytest

from policies.retention import NO_END, ended_in, still_runs
from policies.ruleset import builtin

RULES = builtin("shandong-2016")


def test_it_runs_from_the_year_after_the_business_year() -> None:
    assert ended_in(RULES, "2016", "D30") == "2047"
    assert ended_in(RULES, "2016", "Y") == "" == ended_in(RULES, "", "D30")


@pytest.mark.parametrize(
    ("year", "retention", "today", "runs"),
    [
        ("2016", "D30", date(2046, 12, 31), "2047"),
        ("2016", "D30", date(2047, 1, 1), ""),
        ("2016", "Y", date(2990, 1, 1), NO_END),
        ("", "D30", date(2026, 1, 1), ""),
        ("2016", "nobody's", date(2026, 1, 1), ""),
    ],
)
def test_it_runs_to_the_end_of_a_year(year: str, retention: str, today: date, runs: str) -> None:
    assert still_runs(RULES, year, retention, today) == runs
