from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.dates import WrittenDate, read_date

TODAY = date(2026, 11, 22)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_reads_the_same_in_each_form(day: date) -> None:
    forms = (
        day.strftime("%Y%m%d"),
        day.isoformat(),
        f"{day.isoformat()}T09:12:31Z",
        f" {day.isoformat()} 09:12 ",
    )
    written = {str(read_date(form)) for form in forms}
    assert written == {day.isoformat()}


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2016", "2016"),
        ("201603", "2016-03"),
        ("2016-03", "2016-03"),
        ("20160300", "2016-03"),
        ("20160000", "2016"),
        ("2016-00-00", "2016"),
        ("２０１６０３２９", "2016-03-29"),
        ("2016－03－29", "2016-03-29"),
    ],
)
def test_a_date_keeps_the_precision_it_was_written_with(text: str, normal: str) -> None:
    assert str(read_date(text)) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "16",
        "2016-3-29",
        "2016/03/29",
        "29.03.2016",
        "2016年3月",
        "20160012",
        "2016-03-29x",
        "201603291",
        "٢٠١٦",
    ],
)
def test_what_has_no_known_form_is_no_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize("text", ["20160230", "20161301", "2015-02-29", "00000101", "20161232"])
def test_a_day_that_the_calendar_does_not_have_is_read_but_does_not_exist(text: str) -> None:
    written = read_date(text)
    assert written is not None
    assert not written.exists()


@pytest.mark.parametrize(
    ("written", "after"),
    [
        (WrittenDate(2026), False),
        (WrittenDate(2026, 11), False),
        (WrittenDate(2026, 11, 22), False),
        (WrittenDate(2026, 11, 23), True),
        (WrittenDate(2026, 12), True),
        (WrittenDate(2027), True),
    ],
)
def test_a_period_is_in_the_future_when_all_of_it_is(written: WrittenDate, after: bool) -> None:
    assert written.after(TODAY) is after
