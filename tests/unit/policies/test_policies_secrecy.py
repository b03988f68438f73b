from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.findings import stored, text
from policies.inspection import has_mark, is_secret, judge_field, judge_row
from policies.ruleset import RuleSet, builtin

RULES = builtin("shandong-2016")
MARKS = [
    "秘密",
    "机密",
    "绝密",
    "机密★10年",
    "秘密★长期",
    "绝 密",
    "机\u200b密",
    "機密",
    "CONFIDENTIAL",
    "Top Secret",
]
OPEN = ["", "公开", " 公开 ", "内部", "无", "公\u200b开", "Public"]


@pytest.mark.parametrize("mark", MARKS)
def test_secret_and_above_is_refused_by_its_secrecy_value(
    good_row: dict[str, str], shandong: RuleSet, mark: str
) -> None:
    assert is_secret(good_row | {"secrecy": mark}, shandong)


@pytest.mark.parametrize("value", OPEN)
def test_an_open_secrecy_value_is_taken(good_row: dict[str, str], shandong: RuleSet, value: str) -> None:
    assert not is_secret(good_row | {"secrecy": value}, shandong)


@pytest.mark.parametrize(
    "value", ["JM", "密", "三级", "公开★10年", "?", "\ufffd", "公开\ufffd", "\0", "\u200b"]
)
def test_a_secrecy_value_that_nobody_knows_is_refused(
    good_row: dict[str, str], shandong: RuleSet, value: str
) -> None:
    assert is_secret(good_row | {"secrecy": value}, shandong)


@pytest.mark.parametrize(
    "field", ["title", "file", "author", "abstract", "keywords", "document_number", "place", "notes"]
)
@pytest.mark.parametrize(
    "words", ["（绝密）会议纪要", "【机密】通知", "关于某事的报告 秘密★5年", "秘密 ☆ 十年", "机 密件"]
)
def test_a_mark_in_a_title_or_another_text_is_refused_too(
    good_row: dict[str, str], shandong: RuleSet, field: str, words: str
) -> None:
    assert is_secret(good_row | {field: words}, shandong)


def test_the_word_for_secret_without_its_star_is_an_ordinary_word(
    good_row: dict[str, str], shandong: RuleSet
) -> None:
    assert not is_secret(good_row | {"title": "关于做好保守秘密教育的通知"}, shandong)


# The first character stands in no text of ours.
ROW_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: "\ue0ff" + text)


@given(ROW_TEXT, ROW_TEXT, st.sampled_from(MARKS))
def test_nothing_of_a_refused_row_is_in_what_is_said_of_it(title: str, file: str, mark: str) -> None:
    raw = {"title": title, "file": file, "secrecy": mark, "sha256": "0" * 64, "date": "bad"}
    judged = judge_row(raw, RULES, batch_fonds="A014", today=date(2026, 11, 22))
    assert judged.refused
    assert judged.fields == {}
    assert [note.kind for note in judged.findings] == ["secrecy-refused"]
    said = repr([stored(note) for note in judged.findings]) + "".join(text(n, "zh") for n in judged.findings)
    assert title not in said
    assert file not in said
    assert mark not in repr(judged)


def test_a_refused_row_is_the_same_whatever_it_holds(
    good_row: dict[str, str], shandong: RuleSet, today: date
) -> None:
    rows = [{"secrecy": "机密"}, good_row | {"secrecy": "绝密", "date": "x"}, good_row | {"title": "机密"}]
    judged = [judge_row(row, shandong, batch_fonds="B999", today=today) for row in rows]
    assert judged[0] == judged[1] == judged[2]


def test_a_correction_to_a_secret_text_is_refused_without_repeating_it(
    shandong: RuleSet, today: date
) -> None:
    for field, value in (("title", "绝密会议"), ("secrecy", "机密")):
        normal, findings = judge_field(field, value, shandong, today=today)
        assert normal == ""
        assert [(note.kind, note.found) for note in findings] == [("secrecy-refused", "")]


def test_a_file_name_can_be_asked_about_by_itself(shandong: RuleSet) -> None:
    assert has_mark("扫描/机密-001.pdf", shandong)
    assert not has_mark("扫描/001.pdf", shandong)
    assert not has_mark("", shandong)


def test_a_mark_that_stands_alone_is_one_wherever_it_stands(shandong: RuleSet) -> None:
    assert has_mark(" 秘 密 ", shandong)
    assert not has_mark("保守秘密", shandong)
