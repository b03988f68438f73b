"""Fonds of a chain in columns: each right of all that it came from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lantai.web.desk_fonds import ranks
from lantai.web.forms import codes_of


def line(code: str, *after: str) -> dict[str, Any]:
    return {"fonds": code, "name": code, "since": "", "until": "", "successors": list(after)}


def columns(*lines: dict[str, Any]) -> list[list[str]]:
    return [[one["fonds"] for one in column] for column in ranks(lines)]


def test_a_fonds_stands_right_of_all_that_it_came_from() -> None:
    assert columns(line("A", "C"), line("B", "C"), line("C", "D"), line("D")) == [["A", "B"], ["C"], ["D"]]
    assert columns(line("A", "B", "C"), line("B", "C"), line("C")) == [["A"], ["B"], ["C"]]
    assert columns() == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=15))
def test_any_links_end_and_every_fonds_stands_once(links: list[tuple[int, int]]) -> None:
    lines = [line(str(n), *(str(b) for a, b in links if a == n)) for n in range(7)]
    placed = [code for column in columns(*lines) for code in column]
    assert sorted(placed) == sorted(str(n) for n in range(7))


def test_codes_are_taken_as_people_paste_them() -> None:
    assert codes_of("A-1\r\nA-2, A-1；A-3、A-4\t\n") == ["A-1", "A-2", "A-3", "A-4"]
    assert codes_of("  ") == []
