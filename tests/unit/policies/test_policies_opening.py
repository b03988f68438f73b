"""When a decision on access falls due: 25 years from the end of what a date names, or on the day decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.opening import due_day, opening_day


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2001", "2027-01-01"),
        ("200105", "2026-06-01"),
        ("2001-12", "2027-01-01"),
        ("20010503", "2026-05-04"),
        ("20011231", "2027-01-01"),
        ("20010500", "2026-06-01"),
        ("20000228", "2025-03-01"),  # the day after is 29 February, which 2025 has not
        ("19490000", "1975-01-01"),
        ("", ""),
        ("20010231", ""),
        ("9999", ""),
        ("宣统元年", ""),
    ],
)
def test_it_falls_due_at_the_end_of_what_the_date_names(written: str, day: str) -> None:
    assert opening_day(written) == day


def test_what_is_open_is_due_for_nothing_and_a_review_is_due_on_its_day() -> None:
    assert due_day("open", {}, "1949") == ""
    assert due_day("unreviewed", {}, "1949") == "1975-01-01"
    assert due_day("restricted", {"until": "2031-05-01"}, "1949") == "2031-05-01"
    assert due_day("restricted", {}, "1949") == "1975-01-01"


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{4}([0-9]{2}){0,2}", fullmatch=True))
def test_any_text_is_a_day_or_none(written: str) -> None:
    day = opening_day(written)
    assert day == "" or (len(day) == 10 and day[:4].isdigit())
