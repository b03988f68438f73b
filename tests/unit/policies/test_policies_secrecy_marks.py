"""Marks as senders write them, and the ordinary words that must not be taken for one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.inspection import has_mark, is_secret, judge_field, judge_row
from policies.ruleset import RuleSet, builtin
from policies.ruleset_model import FIELDS
from policies.secrecy import is_about_secrecy

BOTH = [builtin("shandong-2016"), builtin("da-t-13-2022")]
CELLS = [
    "秘密级",
    "秘密（10年）",
    "秘密 10年",
    "秘密-10年",
    "秘密/10年",
    "秘密⋆10年",
    "秘密＊",
    "秘密十年",
    "秘密★长期",
    "秘密件",
    "SECRET 10",
    "Confidential",
    "TOP-SECRET",
    "绝密件",
    "涉密",
    "国家秘密",
    "机密级文件",
    "【秘密】",
    "★10年",
    "★ 长期",
    "S E C R E T",
    "机̶密",
    "机️密",
    "祕密",
]
TEXTS = [
    "(秘密10年)关于某事的通知",
    "（秘密10年）关于",
    "【机密】关于",
    "[秘密]关于",
    "秘密:关于",
    "秘密：关于",
    "秘密级文件清退",
    "机·密关于",
    "机-密",
    "机.密",
    "机\n密",
    "秘·密",
    "TOP SECRET plan",
    "Secret: x",
    "SECRET plan",
    "plan (secret).pdf",
    "secret_plan.pdf",
    "report - CONFIDENTIAL",
    "秘密_纪要.pdf",
    "扫描/秘密/1.pdf",
    "会议纪要（秘密）.pdf",
    "关于某事的通知 秘密",
    "密级：秘密",
    "某报告（国家秘密★5年）",
    "(涉密)关于某事",
    "2010年，秘密",
]
# As provincial offices really name their records.
ORDINARY = [
    "2016年保密工作总结",
    "以无记名秘密投票方式选举",
    "秘书处",
    "省政府秘书长办公会议纪要",
    "档案保密制度",
    "关于保守国家秘密的规定",
    "中华人民共和国保守国家秘密法（2010年修订）学习材料",
    "《保守国家秘密法》宣传",
    "商业秘密保护条例",
    "关于侵犯商业机密案的批复",
    "涉密人员管理办法",
    "关于涉密载体销毁的通知",
    "涉密信息系统(分级保护)",
    "非涉密",
    "非涉密计算机管理规定",
    "定密责任人培训班",
    "省委保密委员会",
    "计算机密码管理办法",
    "关于更换手机密码的通知",
    "机密性、完整性和可用性",
    "随机密度抽样调查",
    "拒绝密切接触者外出",
    "公安机关与司机密切配合",
    "打印机密封圈采购合同",
    "断绝密集人群",
    "杜绝密集摆放",
    "国家秘密和工作秘密",
    "国家秘密级别划分",
    "秘密战线上的功臣",
    "密云水库",
    "机要室",
    "绝对不许",
    "鲁保密发〔2016〕3号",
    "国密局函",
    "保密期限",
    "泄露国家秘密案件2016年通报",
    "保守党和国家的秘密",
    "secretary",
    "Secretariat",
    "General Secretary's report",
    "secretarial work",
    "Secret ballot rules",
    "unclassified",
    "non-confidential version",
    "confidentiality agreement",
    "★优秀论文★",
    "五星★级酒店评定",
]


@pytest.mark.parametrize("rules", BOTH, ids=lambda rules: rules.name)
@pytest.mark.parametrize("text", [*CELLS, *TEXTS])
def test_a_mark_is_one_however_it_is_written(rules: RuleSet, text: str) -> None:
    assert has_mark(text, rules)


@pytest.mark.parametrize("rules", BOTH, ids=lambda rules: rules.name)
@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_word_is_no_mark(rules: RuleSet, text: str) -> None:
    assert not has_mark(text, rules)


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "secrecy"])
@pytest.mark.parametrize("mark", ["机密", "秘密★10年", "秘密"])
def test_a_mark_refuses_the_row_in_whatever_column_it_stands(
    good_row: dict[str, str], shandong: RuleSet, field: str, mark: str
) -> None:
    assert is_secret(good_row | {field: mark}, shandong)


def test_a_list_moved_by_one_column_is_refused(good_row: dict[str, str], shandong: RuleSet) -> None:
    values = [*[*good_row.values()][:-1], "机密"]
    for shifted in (values[1:] + values[:1], values[-1:] + values[:-1]):
        assert is_secret(dict(zip(good_row, shifted, strict=True)), shandong)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("2010年由机密变更为公开", False),
        ("原为机密★10年，2015年已解密", False),
        ("秘密10年，到期解除", False),
        ("机密", True),
        ("秘密★10年", True),
        ("2010年由机密变更为秘密", True),
        ("机密，尚未解密", True),
        ("", False),
    ],
)
def test_changes_of_secrecy_may_tell_of_a_declassification_and_of_nothing_else(
    good_row: dict[str, str], shandong: RuleSet, text: str, refused: bool
) -> None:
    assert is_secret(good_row | {"secrecy_changes": text}, shandong) == refused


@pytest.mark.parametrize(
    ("level", "period", "refused"),
    [("", "10年", True), ("公开", "10年", False), ("", "无", False), ("", "", False), ("", "长期", True)],
)
def test_a_period_of_secrecy_without_an_open_level_is_refused(
    good_row: dict[str, str], shandong: RuleSet, level: str, period: str, refused: bool
) -> None:
    assert is_secret(good_row | {"secrecy": level, "secrecy_period": period}, shandong) == refused


@pytest.mark.parametrize("field", ["genre", "author", "title", "secrecy", "secrecy_period", "notes", "code"])
@pytest.mark.parametrize("value", ["机密", "秘密10年"])
def test_a_correction_cannot_bring_a_mark_in(shandong: RuleSet, field: str, value: str) -> None:
    normal, findings = judge_field(field, value, shandong, today=date(2026, 11, 22))
    assert (normal, [(note.kind, note.found) for note in findings]) == ("", [("secrecy-refused", "")])


@pytest.mark.parametrize(
    "heading",
    [
        "密级程度",
        "文件密级",
        "定密",
        "密级及保密期限",
        "秘密等级",
        "是否涉密",
        "密级(必填)",
        "密级/保密期限",
        "Security classification",
        "Security Level",
        "Secrecy",
        "保密级别",
        "文件秘級",
    ],
)
def test_a_heading_about_secrecy_is_known_as_one(shandong: RuleSet, dotted: RuleSet, heading: str) -> None:
    assert is_about_secrecy(heading, shandong)
    assert is_about_secrecy(heading, dotted)


@pytest.mark.parametrize("heading", ["颜色", "密度", "机构", "Title", "秘书"])
def test_another_heading_is_not(shandong: RuleSet, heading: str) -> None:
    assert not is_about_secrecy(heading, shandong)


@given(st.sampled_from(ORDINARY), st.sampled_from(["机密", "绝密★20年", "(秘密)", "秘密★10年", "[秘密10年]"]))
def test_an_ordinary_word_beside_a_mark_does_not_hide_it(word: str, mark: str) -> None:
    assert has_mark(f"{word} {mark} {word}", BOTH[0])


def test_a_refused_row_of_any_field_leaves_nothing(good_row: dict[str, str], shandong: RuleSet) -> None:
    judged = judge_row(good_row | {"genre": "机密"}, shandong, batch_fonds="A014", today=date(2026, 11, 22))
    assert (judged.refused, judged.fields) == (True, {})
    assert "机密" not in repr(judged)
