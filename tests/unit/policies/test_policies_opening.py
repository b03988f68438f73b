"""When a decision on access falls due: 25 years from the end of what a date names, or on the day decided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.opening import due_day, opening_day, secrecy_over


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


@pytest.mark.parametrize(
    ("mark", "period", "written", "day"),
    [
        ("内部", "10年", "20160615", "2026-06-16"),
        ("内部", "１０ 年", "20160615", "2026-06-16"),
        ("国内", "十年", "2016", "2027-01-01"),
        ("内部", "二十五年", "20010503", "2026-05-04"),
        ("内部", "6个月", "20160831", "2017-03-01"),
        ("internal", "5 years", "2016-06-15", "2021-06-16"),
        ("内部", "至20301231", "2016", "2031-01-01"),
        ("内部", "2030-12-31", "宣统元年", "2031-01-01"),
        ("机要", "10年", "20160615", "2026-06-16"),  # a mark that nobody knows
        ("公开", "10年", "20160615", ""),
        ("", "10年", "20160615", ""),
        ("内部", "长期", "20160615", ""),
        ("内部", "年", "20160615", ""),
        ("内部", "五五年", "20160615", ""),
        ("内部", "10年", "不详", ""),
        ("内部", "99年", "9950", ""),
    ],
)
def test_a_secrecy_mark_holds_for_its_period_from_the_end_of_what_the_date_names(
    mark: str, period: str, written: str, day: str
) -> None:
    assert secrecy_over(mark, period, written) == day


def test_a_period_of_secrecy_that_runs_out_is_due_before_the_age_and_not_before_a_day_that_was_named() -> (
    None
):
    assert due_day("unreviewed", {}, "2016", "2027-01-01") == "2027-01-01"
    assert due_day("unreviewed", {}, "1996", "2027-01-01") == "2022-01-01"
    assert due_day("unreviewed", {}, "宣统元年", "2031-01-01") == "2031-01-01"
    assert due_day("restricted", {"until": "2040-01-01"}, "2016", "2027-01-01") == "2040-01-01"
    assert due_day("open", {}, "2016", "2027-01-01") == ""


@given(st.text(max_size=12) | st.from_regex(r"[0-9一二十]{0,3}[年月]?", fullmatch=True))
def test_any_period_says_a_day_or_none(period: str) -> None:
    day = secrecy_over("内部", period, "2016")
    assert day == "" or (len(day) == 10 and day > "2016")


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{4}([0-9]{2}){0,2}", fullmatch=True))
def test_any_text_is_a_day_or_none(written: str) -> None:
    day = opening_day(written)
    assert day == "" or (len(day) == 10 and day[:4].isdigit())
