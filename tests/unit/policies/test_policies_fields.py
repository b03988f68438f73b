from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from policies.findings import Severity
from policies.inspection import RowJudgement, judge_row
from policies.ruleset import RuleSet

Row = dict[str, str]


def judge(rules: RuleSet, row: Row) -> RowJudgement:
    return judge_row(row, rules, batch_fonds="", today=date(2026, 11, 22))


def kinds(judged: RowJudgement) -> list[str]:
    return [note.kind for note in judged.findings]


@pytest.mark.parametrize(
    ("number", "normal"), [("1", "1"), ("0026", "26"), ("２６", "26"), ("99999", "99999")]
)
def test_an_item_number_loses_its_zeros(shandong: RuleSet, good_row: Row, number: str, normal: str) -> None:
    assert judge(shandong, good_row | {"number": number}).fields["number"] == normal


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "A1", "1e3", "٣"])
def test_an_item_number_is_a_whole_number_above_zero(shandong: RuleSet, good_row: Row, number: str) -> None:
    assert kinds(judge(shandong, good_row | {"number": number})) == ["number-malformed"]


def test_a_number_past_the_width_fails_where_the_rule_set_refuses_it(dotted: RuleSet, good_row: Row) -> None:
    assert kinds(judge(dotted, good_row | {"number": "100000"})) == ["number-malformed"]


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\n", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\ufffd"]
)
def test_control_and_bidi_characters_fail_and_are_named_not_printed(
    shandong: RuleSet, good_row: Row, character: str
) -> None:
    (note,) = judge(shandong, good_row | {"title": f"通{character}知"}).findings
    assert (note.kind, note.code, note.severity) == ("field-special-characters", "1-6", Severity.FAIL)
    assert note.found == f"U+{ord(character):04X}"


def test_line_breaks_are_taken_where_the_rule_set_allows_them(
    shandong: RuleSet, dotted: RuleSet, good_row: Row
) -> None:
    row = good_row | {"abstract": "一\n二"}
    assert kinds(judge(shandong, row)) == []
    assert kinds(judge(dotted, row | {"fonds": "A014"})) == ["field-special-characters"]


def test_a_character_of_a_private_area_warns(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row | {"author": "王\ue123"})
    assert [(note.kind, note.severity) for note in judged.findings] == [
        ("field-private-characters", Severity.WARN)
    ]


def test_lengths_are_the_rule_sets(shandong: RuleSet, dotted: RuleSet, good_row: Row) -> None:
    row = good_row | {"title": "长" * 201}
    assert kinds(judge(shandong, row)) == []
    (note,) = judge(dotted, row).findings
    assert (note.code, note.expected, note.found) == ("1-2", "≤ 200", "201")
    assert note.rule == "da-t-13-2022/list.max_length.title"


def test_value_lists_are_the_rule_sets(shandong: RuleSet, dotted: RuleSet, good_row: Row) -> None:
    row = good_row | {"genre": "便条"}
    assert kinds(judge(shandong, row)) == []
    (note,) = judge(dotted, row).findings
    assert (note.kind, note.code, note.found) == ("value-not-in-list", "1-4", "便条")


@pytest.mark.parametrize(
    ("word", "status"),
    [("开放", "open"), ("控制", "restricted"), ("延期开放", "postponed"), ("", "unreviewed")],
)
def test_access_words_become_statuses_and_nothing_is_unreviewed(
    shandong: RuleSet, good_row: Row, word: str, status: str
) -> None:
    assert judge(shandong, good_row | {"access": word}).fields["access"] == status


def test_an_access_word_that_nobody_knows_opens_nothing(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row | {"access": "开放？"})
    assert kinds(judged) == ["access-unknown"]
    assert judged.fields["access"] == "unreviewed"


def test_digests_are_sixty_four_hexadecimal_digits_each(shandong: RuleSet, good_row: Row) -> None:
    given = good_row | {"file": "a|b", "sha256": f"{'AB' * 32}|sha256:{'0' * 64}"}
    assert judge(shandong, given).fields["sha256"] == f"{'ab' * 32}|{'0' * 64}"
    for wrong in ("abc", "g" * 64, f"{'0' * 64},{'0' * 64}"):
        assert kinds(judge(shandong, good_row | {"sha256": wrong})) == ["digest-malformed"]


def test_the_senders_code_is_kept_as_written_where_the_archive_codes(
    shandong: RuleSet, good_row: Row
) -> None:
    judged = judge(shandong, good_row | {"code": "A014-ZP•2016-Y-XCC-7"})
    assert judged.fields["code"] == "A014-ZP•2016-Y-XCC-7"
    assert [(note.kind, note.severity) for note in judged.findings] == [("code-not-taken", Severity.INFO)]


def test_pages_that_are_no_number_only_warn(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row | {"pages": "3-5"})
    assert judged.fields["pages"] == "3-5"
    assert [note.severity for note in judged.findings] == [Severity.WARN]


def test_a_volume_is_a_field_where_the_code_has_that_level(dotted: RuleSet, good_row: Row) -> None:
    assert judge(dotted, good_row | {"volume": "003"}).fields["volume"] == "003"
    assert kinds(judge(dotted, good_row | {"volume": "3"})) == ["part-malformed"]


def test_the_path_of_a_file_stays_as_it_is_written(shandong: RuleSet, good_row: Row) -> None:
    decomposed = unicodedata.normalize("NFD", "Café/é.jpg")
    judged = judge(shandong, good_row | {"file": decomposed, "title": decomposed})
    assert judged.fields["file"] == decomposed
    assert judged.fields["title"] == unicodedata.normalize("NFC", decomposed)
