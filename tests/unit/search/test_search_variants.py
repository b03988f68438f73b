"""Traditional and simplified forms are one to whoever searches, character by character."""

from __future__ import annotations

from functools import cache

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.segment import fold, tokens
from search.variants import simplified, simplified_rare

ROWS = bytes(byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
COMMON = "".join(one for one in ROWS.decode("gb2312", "ignore") if one not in "链里")
"""The common characters of GB 2312, but for two that become 鍊 and 哩 in some words."""


def contains(run: tuple[str, ...], held: tuple[str, ...]) -> bool:
    return any(held[at : at + len(run)] == run for at in range(len(held) - len(run) + 1))


converter = cache(opencc.OpenCC)


TRADITIONAL = {
    "山東省檔案館關於檔案管理辦法的請示與批復": "山东省档案馆关于档案管理办法的请示与批复",
    "隨著經濟發展，歷史資料複製與後續整理": "随着经济发展，历史资料复制与后续整理",
    "裡面、裏面、臺灣、台灣、乾隆、頭髮": "里面、里面、台湾、台湾、乾隆、头发",
    "國立圖書館録音録像（錄影）": "国立图书馆录音录像（录影）",
    "戰後產業調查，衞生、説明、強弱、床前": "战后产业调查，卫生、说明、强弱、床前",
    "神戸駅の図書館で読書を続ける": "神户驿の图书馆で读书を续ける",
}


@settings(deadline=None)
@given(st.data())
def test_any_part_of_a_text_in_one_script_is_in_the_same_text_in_the_other(data: st.DataObject) -> None:
    old, new = data.draw(st.sampled_from(list(TRADITIONAL.items())))
    first, last = sorted(data.draw(st.lists(st.integers(0, len(old)), min_size=2, max_size=2)))
    assert contains(tokens(old[first:last]), tokens(new))
    assert contains(tokens(new[first:last]), tokens(old))


@settings(deadline=None)
@given(st.text(st.sampled_from(COMMON), max_size=12), st.sampled_from(["s2t", "s2tw", "s2hk"]))
def test_what_opencc_makes_of_a_text_is_the_same_to_whoever_searches(text: str, way: str) -> None:
    turned = converter(way).convert(text)
    assert tokens(turned) == tokens(text)


def test_no_form_of_a_character_becomes_one_that_becomes_another() -> None:
    tables = {**simplified(), **simplified_rare()}
    assert not [form for form in tables.values() if ord(form) in tables]
    assert all(len(form) == 1 for form in tables.values())


FORMS = (
    "档檔 着著 为為爲 台臺檯枱 群羣 户戶戸 说説說 产産產 录録錄 图圖図 关關関 对對対 读讀読 卫衛衞 发發髮発 "
    "后後 里裏裡 干乾幹 国國囯 历歷曆歴 复復複覆 了瞭"
)


@pytest.mark.parametrize("forms", FORMS.split())
def test_the_forms_of_a_character_are_one(forms: str) -> None:
    assert len({fold(form) for form in forms}) == 1


@pytest.mark.parametrize("pair", ["沪滤", "芸艺", "欠缺", "予预", "弁辨", "缶罐", "叶页", "末未", "己已"])
def test_characters_with_a_meaning_of_their_own_stay_apart(pair: str) -> None:
    assert fold(pair[0]) != fold(pair[1])
