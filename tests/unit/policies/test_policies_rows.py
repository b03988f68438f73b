from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policies.findings import Severity, text
from policies.inspection import RowJudgement, judge_field, judge_row, repeated_numbers
from policies.ruleset import RuleSet, builtin
from policies.ruleset_model import FIELDS

Row = dict[str, str]
TODAY = date(2026, 11, 22)
BOTH = (builtin("shandong-2016"), builtin("da-t-13-2022"))


def judge(rules: RuleSet, row: Row, fonds: str = "", formats: tuple[str, ...] = ()) -> RowJudgement:
    return judge_row(row, rules, batch_fonds=fonds, today=TODAY, formats=formats)


def kinds(judged: RowJudgement) -> list[str]:
    return [note.kind for note in judged.findings]


def without(row: Row, *fields: str) -> Row:
    return {field: value for field, value in row.items() if field not in fields}


def test_a_good_row_has_no_findings_and_normal_values(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row, "A014")
    assert judged.findings == ()
    assert not judged.refused
    wanted = {
        "date": "2016-03-29",
        "retention": "Y",
        "category": "ZP",
        "year": "2016",
        "access": "unreviewed",
    }
    assert judged.fields == good_row | wanted


@pytest.mark.parametrize("field", ["file", "title", "author", "date", "retention"])
@pytest.mark.parametrize("empty", ["", "   ", "\u3000"])
def test_a_mandatory_field_that_is_empty_is_missing(
    shandong: RuleSet, good_row: Row, field: str, empty: str
) -> None:
    (note,) = judge(shandong, good_row | {field: empty}).findings
    assert (note.kind, note.code, note.expected) == ("field-missing", "2-4", field)
    assert note.rule == "shandong-2016/list.required"


def test_which_fields_are_mandatory_is_the_rule_sets(
    shandong: RuleSet, dotted: RuleSet, good_row: Row
) -> None:
    bare = without(good_row, "secrecy", "office")
    assert kinds(judge(shandong, bare)) == []
    assert [note.expected for note in judge(dotted, bare).findings] == ["secrecy", "office"]


def test_the_fonds_is_filled_from_the_batch(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, without(good_row, "fonds"), "A014")
    assert judged.fields["fonds"] == "A014"
    assert judged.proposed == ()
    assert kinds(judge(shandong, without(good_row, "fonds"))) == ["field-missing"]


def test_a_row_of_another_fonds_fails(shandong: RuleSet, good_row: Row) -> None:
    (note,) = judge(shandong, good_row, "A015").findings
    assert (note.kind, note.code, note.severity) == ("fonds-differs", "1-5", Severity.FAIL)
    assert (note.expected, note.found) == ("A015", "A014")


def test_a_malformed_fonds_of_the_batch_is_said_once_a_row(shandong: RuleSet, good_row: Row) -> None:
    for row in (good_row, without(good_row, "fonds")):
        (note,) = judge(shandong, row, "a-1").findings
        assert (note.kind, note.found) == ("fonds-malformed", "a-1")


def test_a_malformed_fonds_of_a_row_is_not_said_to_differ_as_well(shandong: RuleSet, good_row: Row) -> None:
    assert kinds(judge(shandong, good_row | {"fonds": "A14"}, "A015")) == ["fonds-malformed"]


def test_a_missing_date_is_not_a_missing_year_as_well(shandong: RuleSet, good_row: Row) -> None:
    assert kinds(judge(shandong, without(good_row, "date", "year"))) == ["field-missing"]


@pytest.mark.parametrize("fonds", ["A14", "a014", "A014-", "A0145"])
def test_a_fonds_code_has_the_form_of_the_rule_set(shandong: RuleSet, good_row: Row, fonds: str) -> None:
    assert "fonds-malformed" in kinds(judge(shandong, good_row | {"fonds": fonds}))


def test_the_form_of_a_fonds_code_is_the_rule_sets(shandong: RuleSet, dotted: RuleSet, good_row: Row) -> None:
    assert kinds(judge(shandong, good_row | {"fonds": "9999"})) == []
    assert kinds(judge(dotted, good_row | {"fonds": "9999"})) == ["fonds-malformed"]


def test_full_width_letters_are_the_same_letters(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row | {"fonds": "Ａ０１４", "year": "２０１６", "office": "ｘｃｃ"}, "A014")
    assert judged.findings == ()
    assert (judged.fields["fonds"], judged.fields["year"], judged.fields["office"]) == ("A014", "2016", "XCC")


@pytest.mark.parametrize("word", ["长期", "短期", "40年", "D40", "C"])
def test_a_retention_that_the_rule_set_does_not_know_fails(
    shandong: RuleSet, good_row: Row, word: str
) -> None:
    judged = judge(shandong, good_row | {"retention": word})
    assert kinds(judged) == ["retention-unknown"]
    assert "retention" not in judged.fields


@pytest.mark.parametrize(
    ("word", "code"), [("永久", "Y"), ("定期30年", "D30"), ("d10", "D10"), ("30 年", "D30")]
)
def test_retention_words_become_codes(shandong: RuleSet, good_row: Row, word: str, code: str) -> None:
    assert judge(shandong, good_row | {"retention": word}).fields["retention"] == code


def test_retention_codes_are_the_rule_sets(shandong: RuleSet, dotted: RuleSet, good_row: Row) -> None:
    row = good_row | {"retention": "15年"}
    assert kinds(judge(shandong, row)) == ["retention-unknown"]
    assert judge(dotted, row).fields["retention"] == "D15"


@pytest.mark.parametrize("text", ["16.3.2016", "2016年3月", "20160012", "x"])
def test_a_date_without_a_known_form_is_malformed(shandong: RuleSet, good_row: Row, text: str) -> None:
    judged = judge(shandong, good_row | {"date": text})
    assert [(note.kind, note.code, note.found) for note in judged.findings] == [
        ("date-malformed", "1-3", text)
    ]
    assert "date" not in judged.fields


@pytest.mark.parametrize("text", ["20160230", "2016-13-01", "20261123", "2027", "09991231"])
def test_an_impossible_a_future_and_a_far_date_are_implausible(
    shandong: RuleSet, good_row: Row, text: str
) -> None:
    judged = judge(shandong, good_row | {"date": text})
    assert [(note.kind, note.code) for note in judged.findings] == [("date-implausible", "1-5")]


def test_how_far_back_dates_go_is_the_rule_sets(shandong: RuleSet, dotted: RuleSet, good_row: Row) -> None:
    row = good_row | {"date": "17991231", "year": "1799"}
    assert kinds(judge(shandong, row)) == []
    assert kinds(judge(dotted, row)) == ["date-implausible", "date-implausible"]


def test_the_year_is_proposed_from_the_date(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, without(good_row, "year"))
    assert judged.fields["year"] == "2016"
    assert judged.proposed == ("year",)
    (note,) = judged.findings
    assert (note.kind, note.severity, note.expected, note.found) == (
        "value-proposed",
        Severity.INFO,
        "year",
        "2016",
    )


def test_a_year_that_differs_from_the_date_is_lawful_and_warns(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row | {"date": "20170105"})
    (note,) = judged.findings
    assert (note.kind, note.code, note.severity) == ("year-differs", "1-5", Severity.WARN)
    assert judged.fields["year"] == "2016"


@pytest.mark.parametrize(
    ("year", "kind"), [("16", "year-malformed"), ("2016年", "year-malformed"), ("2031", "date-implausible")]
)
def test_a_year_is_four_digits_of_the_past(shandong: RuleSet, good_row: Row, year: str, kind: str) -> None:
    assert kinds(judge(shandong, good_row | {"year": year})) == [kind]


def test_a_faulty_date_is_not_held_against_the_year_as_well(shandong: RuleSet, good_row: Row) -> None:
    assert kinds(judge(shandong, without(good_row, "year") | {"date": "x"})) == ["date-malformed"]


def test_a_category_is_proposed_where_formats_are_known(shandong: RuleSet, good_row: Row) -> None:
    row = without(good_row, "category")
    assert judge(shandong, row).findings == ()
    judged = judge(shandong, row, formats=("wav",))
    assert (judged.fields["category"], judged.proposed, kinds(judged)) == (
        "LY",
        ("category",),
        ["value-proposed"],
    )
    assert kinds(judge(shandong, row, formats=("png",))) == ["field-missing"]


def test_a_given_category_is_not_proposed_away(shandong: RuleSet, good_row: Row) -> None:
    judged = judge(shandong, good_row | {"category": "文书"}, formats=("jpeg",))
    assert (judged.fields["category"], judged.proposed) == ("WS", ())


@pytest.mark.parametrize(("word", "code"), [("KU·01", "KU·01"), ("ku・01", "KU·01"), ("会计", "KU")])
def test_categories_may_have_sub_levels(shandong: RuleSet, good_row: Row, word: str, code: str) -> None:
    assert judge(shandong, good_row | {"category": word}).fields["category"] == code


@pytest.mark.parametrize("word", ["XX", "KU·0001", "KU·", "照"])
def test_a_category_that_the_rule_set_does_not_know_fails(
    shandong: RuleSet, good_row: Row, word: str
) -> None:
    assert kinds(judge(shandong, good_row | {"category": word})) == ["category-unknown"]


@pytest.mark.parametrize("office", ["BGS-1", "办公室·一", "A" * 13, "办 公 室"])
def test_an_office_without_the_form_of_the_rule_set_fails(
    shandong: RuleSet, good_row: Row, office: str
) -> None:
    assert kinds(judge(shandong, good_row | {"office": office})) == ["office-malformed"]


def test_roles_stand_parallel_to_files(shandong: RuleSet, good_row: Row) -> None:
    row = good_row | {"file": "a.pdf|b.pdf|c.pdf", "role": "正文|附件|"}
    assert judge(shandong, row).fields["role"] == "main|attachment|main"
    (note,) = judge(shandong, row | {"role": "正文|附件"}).findings
    assert (note.kind, note.expected, note.found) == ("roles-mismatch", "3", "2")
    assert kinds(judge(shandong, row | {"role": "正文|附件|封面"})) == ["role-unknown"]


def test_numbers_repeated_inside_a_series_are_found(shandong: RuleSet) -> None:
    rows = [
        {"fonds": "A014", "number": n, "office": o}
        for n, o in (("1", ""), ("1", "BGS"), ("1", ""), ("2", ""))
    ]
    found = repeated_numbers([*rows, {"fonds": "A014"}, {"fonds": "A014"}], shandong)
    assert set(found) == {0, 2}
    assert found[0].severity is Severity.WARN


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(), max_size=20)),
    st.sampled_from(["", "A014"]),
)
def test_any_row_is_judged_and_every_finding_can_be_said(raw: Row, fonds: str) -> None:
    for rules in BOTH:
        judged = judge(rules, raw, fonds)
        assert all(text(note, language) for note in judged.findings for language in ("en", "zh"))
        assert judged.refused == (not judged.fields)
        assert set(judged.proposed) <= set(judged.fields)


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=12)))
def test_judging_what_was_judged_changes_nothing_more(raw: Row) -> None:
    once = judge(BOTH[0], raw)
    assume(not once.refused)
    assert judge(BOTH[0], once.fields).fields == once.fields


def test_a_correction_is_judged_as_a_row_is(shandong: RuleSet) -> None:
    assert judge_field("date", "20160329", shandong, today=TODAY) == ("2016-03-29", ())
    assert judge_field("place", "", shandong, today=TODAY) == ("", ())
    for field, value, kind in (("title", " ", "field-missing"), ("date", "x", "date-malformed")):
        _, findings = judge_field(field, value, shandong, today=TODAY)
        assert [note.kind for note in findings] == [kind]
    with pytest.raises(KeyError):
        judge_field("colour", "blue", shandong, today=TODAY)
