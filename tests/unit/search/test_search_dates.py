"""Dates of year, month or day precision as spans of days."""

from __future__ import annotations

import pytest

from search.dates import span


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1949", (19490101, 19491231)),
        ("1949年", (19490101, 19491231)),
        ("１９４９", (19490101, 19491231)),
        ("194910", (19491001, 19491031)),
        ("1949-10", (19491001, 19491031)),
        ("1949年10月", (19491001, 19491031)),
        ("19491001", (19491001, 19491001)),
        ("1949-10-01", (19491001, 19491001)),
        ("1949/10/1", (19491001, 19491001)),
        ("1949.10.1", (19491001, 19491001)),
        ("1949年10月1日", (19491001, 19491001)),
        ("19491000", (19491001, 19491031)),
        ("19490000", (19490101, 19491231)),
    ],
)
def test_a_date_stands_for_all_days_it_can_mean(text: str, days: tuple[int, int]) -> None:
    assert span(text) == days


@pytest.mark.parametrize(
    "text", ["", "不详", "49", "194", "19491301", "1949-10-32", "0000", "19490001", "1949-1949"]
)
def test_what_is_no_date_has_no_days(text: str) -> None:
    assert span(text) is None
