"""Words of a text: one rule for the index and for queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.segment import code_like, fold, key, placed, stream, tokens, words

TEXTS = st.text(st.sampled_from("档案管理办法的王小明AbZ09é-·•（）、 \n〇々ｱﾞ①Ⅲßİ\u200b") | st.characters())


def contains(run: tuple[str, ...], held: tuple[str, ...]) -> bool:
    return any(held[at : at + len(run)] == run for at in range(len(held) - len(run) + 1))


@given(TEXTS)
def test_folding_twice_changes_nothing_that_is_compared(text: str) -> None:
    assert tokens(fold(text)) == tokens(text)


@given(TEXTS)
def test_the_engine_cuts_the_stream_at_exactly_our_tokens(text: str) -> None:
    assert tuple(stream(text).split()) == tokens(text)


@given(TEXTS)
def test_every_part_of_an_unquoted_run_is_contiguous_in_it(text: str) -> None:
    parts = words(text)
    assert all(contains(part, tokens(text)) for part in parts)
    assert sorted(token for part in parts for token in part) == sorted(tokens(text))


@given(TEXTS)
def test_places_lie_inside_the_text_and_in_order(text: str) -> None:
    found = placed(text)
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)


@pytest.mark.parametrize("run", ["A014-WS·2016", "a014‧ws-2016", "Ａ０１４－ＷＳ・２０１６", "A014—WS•2016"])
def test_a_code_is_one_key_whatever_its_separators_width_and_case(run: str) -> None:
    assert key(run) == "a014-ws-2016"
    assert words(run) == (("a014", "ws", "2016"),)


def test_a_code_with_a_chinese_office_stays_in_one_piece() -> None:
    assert code_like("Z109-WS·2011·Y·办公室-0001")
    assert len(words("Z109-WS·2011·Y·办公室-0001")) == 1
    assert not code_like("2016年")
    assert not code_like("档案-2016")


def test_single_characters_in_a_row_stay_together() -> None:
    assert words("戚与") == (("戚", "与"),)
    assert words("济宁段") == (("济", "宁"), ("段",))


def test_a_very_long_word_is_several_tokens_in_text_and_query_alike() -> None:
    assert tokens("x" * 130) == ("x" * 64, "x" * 64, "xx")
    assert words("x" * 130) == (tokens("x" * 130),)
