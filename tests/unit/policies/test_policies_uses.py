"""What of a request the use journal writes, and how much strangers may have written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.roles import role_book, route_book
from policies.ruleset import builtin
from policies.uses import KINDS, LONGEST, WITHHELD, Flood, written

RULES = builtin("shandong-2016")
SEARCHING = {"read", "prove", "export", "uses"}


@pytest.mark.parametrize("typed", ["绝密 计划", "机密★10年", "秘 密", "title:绝密", "关于机密文件"])
def test_a_value_with_a_secrecy_mark_is_withheld_wholly(typed: str) -> None:
    assert written({"query": typed, "code": "A"}, RULES) == {"query": WITHHELD, "code": "A"}


@pytest.mark.parametrize("typed", ["水库 报告", "保密工作", 'title:"开馆仪式"', "*"])
def test_an_ordinary_query_is_written_as_it_was_asked(typed: str) -> None:
    assert written({"query": typed}, RULES) == {"query": typed}


@given(st.dictionaries(st.sampled_from(["query", "code", "named"]), st.text(st.characters()), max_size=3))
def test_what_is_written_is_short_text_that_any_database_takes(detail: dict[str, str]) -> None:
    for value in written(detail, RULES).values():
        assert 0 < len(value) <= LONGEST
        assert "\0" not in value
        json.dumps(value).encode()
        value.encode("utf-8")


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 30)), max_size=300))
def test_strangers_cause_no_more_lines_than_they_may_and_every_one_is_counted(
    asked: list[tuple[str, float]],
) -> None:
    flood, now, lines = Flood(each=5, every=12, seconds=60), 0.0, list[tuple[str, float, int]]()
    for address, later in asked:
        now += later
        if (left_out := flood.admit(address, now)) is not None:
            lines.append((address, now, left_out))
    for _, start, _ in lines:
        inside = [line for line in lines if start <= line[1] < start + 60]
        assert len(inside) <= 2 * 12  # a window may be met by the ends of two
        assert all(sum(line[0] == one for line in inside) <= 2 * 5 for one in "abcdef")
    counted = len(lines) + sum(left_out for *_, left_out in lines)
    assert counted <= len(asked)
    assert flood.admit("another", now + 120) == len(asked) - counted


def test_every_route_and_command_that_gives_something_of_a_record_is_a_use() -> None:
    """Suggestions are no use; saved searches, requests and the register give nothing of one record."""
    silent = {
        "GET /suggestions",
        "PUT /searches/{name:path}",
        "DELETE /searches/{name:path}",
        "GET /retrievals",
    }
    silent |= {"POST /retrievals", "GET /fonds", "GET /fonds/{code}", "GET /retrievals/{request}"}
    silent |= {"GET /kinds", "GET /items/{code}/copies"}  # beside the search and the view that they belong to
    asked = {name for name, action in route_book().routes.items() if action in SEARCHING}
    assert asked - set(route_book().uses) <= silent
    commands = {
        name.partition(" --")[0] for name, action in role_book().commands.items() if action in SEARCHING
    }
    told = {name for name in commands if not name.startswith(("retrieval ", "fonds "))}
    assert told - set(role_book().uses) == {"suggest"}
    assert {*role_book().uses.values(), *route_book().uses.values()} <= set(KINDS)


def test_the_option_that_changes_a_use_is_looked_at() -> None:
    book = role_book()
    assert (book.use_of("search"), book.use_of("search", ["--export"])) == ("search", "list")
    assert book.use_of("ingest") is None
