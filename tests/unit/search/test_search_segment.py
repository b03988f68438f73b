"""Words of a text: one rule for the index and for queries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.screening import identifiers
from search.segment import (
    AFTER,
    PRIVATE,
    as_it_stands,
    code_like,
    code_order,
    fold,
    key,
    placed,
    runs,
    stream,
    tokens,
    wide,
    words,
)

TEXTS = st.text(
    st.sampled_from("档案管理办法的檔瞭著𠁞王小明AbZ09é-·•（）、 \n〇々ｱﾞ①Ⅲßİ\u200b\ue000\u202e")
    | st.characters()
)
GROUPS = st.lists(
    st.sampled_from(
        ["138", "0013", "8000", "13800138000", "１３８", "370202199001011234", "E12345678", "2016", "-", " ",
         "　", "电话", "tel", "x", "\u200b", "，", "\ue000"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


def contains(run: tuple[str, ...], held: tuple[str, ...]) -> bool:
    return any(held[at : at + len(run)] == run for at in range(len(held) - len(run) + 1))


@settings(deadline=None)
@given(TEXTS)
def test_folding_twice_changes_nothing_that_is_compared(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert tokens(fold(text)) == tokens(text)


def test_every_character_folds_once_and_for_all_and_is_cut_alike_on_both_ways() -> None:
    for point in range(0x20000):
        folded = fold(chr(point))
        assert fold(folded) == folded, hex(point)
        if as_it_stands(chr(point)):
            plain = [token for run in runs(chr(point).lower()) for token in (run if wide(run) else [run])]
            assert plain == list(tokens(folded)), hex(point)


@settings(deadline=None)
@given(TEXTS | GROUPS)
def test_what_is_taken_as_it_stands_is_cut_as_everything_else_is(text: str) -> None:
    if as_it_stands(text):
        cut = [token for run in runs(text.lower()) for token in (run if wide(run) else [run])]
        assert tuple(cut) == tokens(f"{text}\n檔")[:-1]


@settings(deadline=None)
@given(TEXTS | GROUPS)
def test_the_engine_cuts_the_stream_at_exactly_our_tokens(text: str) -> None:
    assert tuple(stream(text).split()) == tokens(text)


@settings(deadline=None)
@given(TEXTS | GROUPS)
def test_every_part_of_an_unquoted_run_is_contiguous_in_it(text: str) -> None:
    parts = words(text)
    assert all(contains(part, tokens(text)) for part in parts)
    assert sorted(token for part in parts for token in part) == sorted(tokens(text))


@settings(deadline=None)
@given(TEXTS | GROUPS)
def test_places_are_those_of_the_tokens_inside_the_text_and_in_order(text: str) -> None:
    found = placed(text)
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)
    if len(fold(text)) == len(text):
        assert tuple(token for token, _, _ in found) == tokens(text)


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


@settings(deadline=None)
@given(GROUPS)
def test_no_part_of_a_personal_identifier_is_a_token_that_is_not_private(text: str) -> None:
    folded = fold(text)
    hidden = {token for token, _, _ in placed(folded) if token.startswith(PRIVATE)}
    assert bool(hidden) == bool(identifiers(folded))
    for start, end in identifiers(folded):
        joined = "".join(tokens_of(folded[start:end]))
        assert {PRIVATE + joined[at : at + 64] for at in range(0, len(joined), 64)} <= hidden


def tokens_of(text: str) -> list[str]:
    return [character for character in text if character.isalnum()]


@pytest.mark.parametrize(
    "written",
    ["13800138000", "138-0013-8000", "138 0013 8000", "１３８００１３８０００", "138\u200b00138000"],
)
def test_a_personal_identifier_is_one_private_token_however_it_is_grouped(written: str) -> None:
    assert tokens(f"电话{written}。") == ("电", "话", PRIVATE + "13800138000")
    assert words(written) == ((PRIVATE + "13800138000",),)


@pytest.mark.parametrize(
    "written", ["13800138000²", "①13800138000", "Ｅ12345678³见附页", "1380013\u200b8000½"]
)
def test_a_sign_beside_a_number_makes_it_no_other_number(written: str) -> None:
    assert identifiers(written)
    public = "".join(token for token in tokens(written) if not token.startswith(PRIVATE))
    assert "12345678" not in public
    assert "38001380" not in public


def test_nobody_writes_a_private_token() -> None:
    assert tokens(PRIVATE + "13") == ("13",)


def test_codes_are_in_their_natural_order() -> None:
    codes = ["A2", "A2-B", "A2·B-0009", "a2-b-10", "Ａ2-C", "A10", "A10-办公室-0001", "A10-办公室-0002"]
    codes += ["A" + "9" * 11, "AB", "B"]
    orders = [code_order(code) for code in codes]
    assert orders == sorted(orders)
    assert all(set(order) <= set("0123456789abcdefghijklmnopqrstuvwxyz-") for order in orders)


@settings(deadline=None)
@given(st.text(st.sampled_from("Ab09办-· é"), max_size=12), st.text(st.sampled_from("Ab09办-·"), max_size=12))
def test_what_begins_with_a_code_lies_between_it_and_after_it(code: str, rest: str) -> None:
    start, order = code_order(code), code_order(f"{code}-{rest}")
    assert not start or start <= order < start + AFTER
