from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.canonical import canonical
from policies.findings import Finding, Severity, as_json, finding, from_stored, kinds, stored, table, text
from policies.ruleset_model import FIELDS

ROOT = Path(__file__).resolve().parents[3]
KINDS = sorted(kinds())
# What says something of a character's place or direction but cannot be seen.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ANY_TEXT = st.text(st.characters(), max_size=20)
FINDINGS = st.builds(
    finding,
    st.sampled_from(KINDS),
    rule=st.just("shandong-2016/list"),
    file=ANY_TEXT,
    expected=ANY_TEXT,
    found=ANY_TEXT,
    severity=st.none() | st.sampled_from(list(Severity)),
    field=st.sampled_from(["", *FIELDS]),
)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_where_what_expected_found_and_what_to_do(kind: str, language: str) -> None:
    said = text(finding(kind, file="照片/017.jpg", expected="3000000 px", found="1920000 px"), language)
    row = kinds()[kind]
    for part in ("照片/017.jpg", "1920000 px", row.do_zh if language == "zh" else row.do_en):
        assert part in said
    assert "3000000 px" in said
    assert said.endswith("。" if language == "zh" else ".")
    assert "\n" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_texts_in_both_languages_and_a_code_of_the_standard(kind: str) -> None:
    row = kinds()[kind]
    assert re.fullmatch(r"[1-4]-[0-9]{1,2}", row.code)
    assert re.fullmatch(r"(authenticity|completeness|usability|security)\.[a-z]+", row.group)
    assert (
        row.group.split(".")[0]
        == ("authenticity", "completeness", "usability", "security")[int(row.code[0]) - 1]
    )
    for sentence in (row.zh, row.do_zh):
        assert re.search("[\u4e00-\u9fff]", sentence)
    # Chinese terms that have no English are quoted as they stand.
    assert not re.search("[\u4e00-\u9fff]", (row.en + row.do_en).replace("长期", "").replace("短期", ""))
    assert not row.en.endswith(".") and row.do_en.endswith(".")
    assert not row.zh.endswith("。") and row.do_zh.endswith("。")


@given(FINDINGS, st.sampled_from(["en", "zh"]))
def test_a_sentence_is_one_visible_line_whatever_a_sender_wrote(note: Finding, language: str) -> None:
    assert not [c for c in text(note, language) if unicodedata.category(c) in UNSEEN]


@given(FINDINGS)
def test_a_finding_survives_the_ledger(note: Finding) -> None:
    kept = stored(note)
    canonical(kept)
    assert all(isinstance(value, str) for value in kept.values())
    assert from_stored(kept) == note


@given(FINDINGS)
def test_programs_get_the_values_and_both_sentences(note: Finding) -> None:
    told = as_json(note, "zh")
    canonical(told)
    assert told["text"] == text(note, "zh")
    assert told["texts"] == {"en": text(note, "en"), "zh": text(note, "zh")}
    assert (told["code"], told["severity"], told["file"]) == (note.code, note.severity.value, note.file)


def test_the_sentence_of_a_cut_photograph() -> None:
    said = text(finding("image-cut", file="photo-017.jpg", expected="8.0 MP", found="61 %"), "en")
    assert said == (
        "photo-017.jpg: the image ends before its data does (expected: 8.0 MP; found: 61 %). "
        "Ask the sender for the file again."
    )


def test_an_empty_field_is_named_in_the_readers_language() -> None:
    note = finding("field-missing", expected="title")
    assert text(note, "en") == "title: a mandatory element is empty. Fill it in and submit the item again."
    assert text(note, "zh") == "“题名”：必填著录项为空。请补填后重新提交该件。"


def test_a_name_that_would_turn_the_line_around_is_shown_by_its_escapes() -> None:
    assert "a\\u202egpj.exe" in text(finding("file-empty", file="a\u202egpj.exe"), "zh")


def test_an_unknown_kind_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        finding("no-such-kind")


def test_a_long_value_is_cut_and_says_so() -> None:
    note = finding("field-too-long", found="长" * 5000)
    assert len(note.found) == 400
    assert note.found.endswith("…")


def test_every_field_of_the_list_has_a_name_in_both_languages() -> None:
    assert set(table().fields) == set(FIELDS)
    assert all(names["zh"] and names["en"] for names in table().fields.values())


def named_kinds(path: Path) -> set[str]:
    """The kinds that a module makes findings or problems of, where it writes them out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            either = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
            written = either if name in {"finding", "problem", "Problem"} else ()
            found |= {c.value for c in written if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    return found


def test_the_table_has_every_kind_that_the_rooms_name() -> None:
    rooms = ("ingest", "policies", "processes", "lantai")
    named = {kind for room in rooms for path in (ROOT / room).rglob("*.py") for kind in named_kinds(path)}
    assert len(named) > 40
    assert named <= set(KINDS)
