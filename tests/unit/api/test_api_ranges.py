"""Ranges as RFC 9110 has them: what is served is what was asked for, or the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.api.ranges import Span, Unsatisfiable, span


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 1000),
        ("bytes=-500", 9500, 10000),
        ("bytes=9500-", 9500, 10000),
        ("bytes=0-", 0, 10000),
        ("BYTES=1-2", 1, 3),
        ("bytes= 1-2 ", 1, 3),
        ("bytes=9999-99999999999999999999999999", 9999, 10000),
        ("bytes=-99999", 0, 10000),
        ("bytes=0000000000000000000000001-2", 1, 3),
    ],
)
def test_the_examples_of_the_standard(asked: str, start: int, end: int) -> None:
    assert span([asked], 10_000) == Span(start, end)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,2-3", "bytes=0-1, 5-", "lines=1-2", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4",
        "bytes=1-2-3", "bytes=+1-2", "bytes=1.0-2", "bytes=-1-2", "bytes=\u0661-2", "",
    ],
)  # fmt: skip
def test_several_ranges_and_what_cannot_be_read_are_answered_with_the_whole(asked: str) -> None:
    assert span([asked], 10_000) is None


def test_two_lines_of_the_field_are_several_ranges() -> None:
    assert span(["bytes=0-1", "bytes=2-3"], 10_000) is None


@pytest.mark.parametrize(
    "asked", ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=" + "9" * 5000 + "-"]
)
def test_what_begins_behind_the_end_cannot_be_had(asked: str) -> None:
    with pytest.raises(Unsatisfiable):
        span([asked], 10_000)


def test_of_nothing_the_last_bytes_are_the_whole_and_the_first_are_not_there() -> None:
    assert span(["bytes=-5"], 0) is None
    with pytest.raises(Unsatisfiable):
        span(["bytes=0-"], 0)


@given(st.integers(0, 50), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_a_range_is_what_slicing_gives(length: int, first: int, last: int | None) -> None:
    content = bytes(range(length))
    asked = f"bytes={first}-{'' if last is None else last}"
    try:
        found = span([asked], length)
    except Unsatisfiable:
        assert first >= length
        return
    if found is None:
        assert last is not None
        assert last < first
        return
    assert content[found.start : found.end] == content[first : None if last is None else last + 1]
    assert found.bytes > 0


@given(st.text(max_size=30), st.integers(0, 100))
def test_nothing_that_is_sent_does_harm(asked: str, length: int) -> None:
    try:
        found = span([asked], length)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found.start < found.end <= length
