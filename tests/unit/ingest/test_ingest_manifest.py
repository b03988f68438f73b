"""The list of a batch: which file it is, its headings, its rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from ingest_lists import FIELDS, HEADINGS, ROW, RULES, as_csv, kinds, read

from ingest.manifest import LIST_BYTES, read_list
from ingest.source import FolderSource
from policies.inspection import is_secret


def test_white_space_around_a_cell_goes_and_inside_stays(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((" a.jpg | b.jpg ", "\u3000关于 水库\u3000", "王维\t", "2016", "永久")))
    assert found.rows[0].fields["title"] == "关于 水库"
    assert found.rows[0].files == ("a.jpg", "b.jpg")


def test_text_is_kept_in_the_form_it_was_written_in(tmp_path: Path) -> None:
    decomposed = "e\u0301tang.jpg"
    found = read(tmp_path, as_csv((decomposed, "Ａ１４", "王维", "2016", "永久")))
    assert found.rows[0].files == (decomposed,)
    assert found.rows[0].fields["title"] == "Ａ１４"


def test_roles_stand_beside_files_and_an_empty_part_stays_a_part(tmp_path: Path) -> None:
    text = as_csv(("a.pdf|b.pdf|", "甲", "王维", "2016", "永久", "正文||"), headings=(*HEADINGS, "组件角色"))
    row = read(tmp_path, text).rows[0]
    assert (row.files, row.roles) == (("a.pdf", "b.pdf", ""), ("正文", "", ""))


def test_a_row_without_file_and_role_has_none(tmp_path: Path) -> None:
    row = read(tmp_path, as_csv(("", "甲", "王维", "2016", "永久"))).rows[0]
    assert (row.files, row.roles) == ((), ())
    assert "file" not in row.fields


def test_blank_rows_are_no_items_and_rows_count_on_in_order(tmp_path: Path) -> None:
    text = "\n, ,\n" + as_csv(ROW, ("", " ", "\u3000", "", ""), ROW, end="\n") + "\n\n"
    found = read(tmp_path, text)
    assert [(row.number, row.place) for row in found.rows] == [(1, 4), (2, 6)]


@pytest.mark.parametrize(
    "headings",
    [
        ("FILE", "Title", " author ", "date", "RETENTION"),
        ("ｆｉｌｅ", "题名 ", "\u3000责任者", "成文日期", "保管期限"),
        ("文件名", "题 名", "责任者", "日期", "保管\n期限"),
    ],
    ids=["english", "width", "broken-lines"],
)
def test_headings_are_known_in_any_case_and_width(tmp_path: Path, headings: Sequence[str]) -> None:
    found = read(tmp_path, as_csv(ROW, headings=headings))
    assert found.findings == ()
    assert tuple(found.rows[0].fields) == FIELDS


def test_brackets_of_either_width_are_one_heading(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "BGS"), headings=(*HEADINGS, "机构（问题）")))
    assert found.rows[0].fields["office"] == "BGS"


def test_a_missing_heading_is_a_finding_that_names_what_is_wanted(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW[:4], headings=HEADINGS[:4]))
    assert kinds(found) == ["heading-missing"]
    assert "保管期限" in found.findings[0].expected
    assert len(found.rows) == 1


def test_a_repeated_heading_leaves_no_row_to_trust(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "别的"), headings=(*HEADINGS, "title")))
    assert kinds(found) == ["heading-repeated"]
    assert found.rows == ()


def test_an_unknown_heading_is_told_and_its_cells_can_still_be_searched_for_a_mark(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "机密★20年"), headings=(*HEADINGS, "密级程度(旧)")))
    assert kinds(found) == ["heading-unknown"]
    assert found.findings[0].found == "密级程度(旧)"
    assert found.rows[0].unknown == ("机密★20年",)


def test_a_list_without_a_heading_row_repeats_nothing_of_its_first_item(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW, headings=("x.pdf", "关于某事的绝密报告", "某人", "2016", "永久")))
    assert kinds(found) == ["headings-unrecognised"]
    assert found.rows == ()
    assert "绝密" not in repr(found.findings)


def test_a_list_that_does_not_say_which_column_names_the_files_has_no_rows_to_trust(tmp_path: Path) -> None:
    # The first item's author is called "标题", which is a heading: the row is an item's all the same.
    found = read(tmp_path, as_csv(ROW, headings=("x.pdf", "某次会议", "标题", "2016", "机密")))
    assert set(kinds(found)) == {"heading-missing", "heading-unknown"}
    assert found.rows == ()
    assert {note.found for note in found.findings if note.kind == "heading-unknown"} == {
        "#1", "#2", "#4", "#5",
    }  # fmt: skip


def test_an_unknown_heading_that_holds_a_mark_is_told_by_its_column_only(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "x", "绿"), headings=(*HEADINGS, "机密★10年某会议", "颜色")))
    assert [(note.kind, note.found) for note in found.findings] == [
        ("heading-unknown", "#6"),
        ("heading-unknown", "颜色"),
    ]


@pytest.mark.parametrize(
    "heading", ["密级*", "*密级", "密级：", "【密级】", "(密级)", "密 级", "“密级”", "Secrecy-Level"]
)
def test_a_heading_in_brackets_or_with_a_star_is_the_heading(tmp_path: Path, heading: str) -> None:
    found = read(tmp_path, as_csv((*ROW, "公开"), headings=(*HEADINGS, heading)))
    assert found.findings == ()
    assert found.rows[0].fields["secrecy"] == "公开"


@pytest.mark.parametrize(
    "heading",
    [
        "密级(必填)",
        "密级/保密期限",
        "文件密级",
        "定密",
        "密级及保密期限",
        "秘密等级",
        "Security classification",
    ],
)
def test_a_column_that_may_hold_secrecy_levels_is_judged_as_one(tmp_path: Path, heading: str) -> None:
    rows = [(*ROW, level) for level in ("秘密10年", "某级", "公开", "")]
    found = read(tmp_path, as_csv(*rows, headings=(*HEADINGS, heading)))
    assert kinds(found) == ["heading-unknown"]
    assert [row.fields.get("secrecy", "") for row in found.rows] == ["秘密10年", "某级", "", ""]
    assert [is_secret(row.fields, RULES) for row in found.rows] == [True, True, False, False]


def test_an_open_level_does_not_hide_another_column_of_levels(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "公开", "机密"), headings=(*HEADINGS, "密级", "定密情况")))
    assert is_secret(found.rows[0].fields, RULES)


def test_a_row_wider_than_the_headings_is_a_finding_that_names_the_row_only(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW, (*ROW[:1], "绝密", *ROW[1:])))
    assert kinds(found) == ["row-too-wide"]
    assert (found.findings[0].expected, found.findings[0].found) == ("<= 5", "#3: 6")
    assert found.rows == ()


def test_text_under_a_heading_without_text_is_a_row_too_wide(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "这里"), headings=(*HEADINGS, "")))
    assert kinds(found) == ["row-too-wide"]


def test_empty_cells_past_the_headings_are_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv((*ROW, "", " "), headings=(*HEADINGS, "")))
    assert found.findings == ()


def test_a_short_row_lacks_its_last_fields_only(tmp_path: Path) -> None:
    assert tuple(read(tmp_path, as_csv(ROW[:2])).rows[0].fields) == ("file", "title")


@pytest.mark.parametrize(
    "content", ["", "\n\n", ",,,\n", as_csv()], ids=["nothing", "lines", "commas", "headings"]
)
def test_a_list_without_items_is_an_empty_batch(tmp_path: Path, content: str) -> None:
    found = read(tmp_path, content)
    assert kinds(found) == ["batch-empty"]
    assert found.rows == ()


def test_a_folder_without_a_list_is_a_finding(tmp_path: Path) -> None:
    found = read_list(FolderSource(tmp_path), RULES)
    assert (kinds(found), found.name) == (["list-missing"], "")


def test_a_folder_that_is_not_there_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_list(FolderSource(tmp_path / "absent"), RULES)


@pytest.mark.parametrize("other", ["manifest.xlsx", "Manifest.CSV"])
def test_two_lists_are_ambiguous(tmp_path: Path, other: str) -> None:
    (tmp_path / other).write_bytes(b"")
    assert kinds(read(tmp_path, as_csv(ROW))) == ["list-ambiguous"]


def test_a_list_in_capitals_is_a_list(tmp_path: Path) -> None:
    found = read(tmp_path, as_csv(ROW), "MANIFEST.CSV")
    assert (found.name, len(found.rows)) == ("MANIFEST.CSV", 1)


def test_a_list_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text(as_csv(ROW), encoding="utf-8")
    batch = tmp_path / "batch"
    batch.mkdir()
    (batch / "manifest.csv").symlink_to(elsewhere)
    found = read_list(FolderSource(batch), RULES)
    assert (kinds(found), found.rows) == (["path-not-regular"], ())
    assert (found.findings[0].file, found.findings[0].found) == ("manifest.csv", "link")


def test_a_list_that_is_a_fifo_does_not_hold_the_batch(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.csv")
    assert kinds(read_list(FolderSource(tmp_path), RULES)) == ["path-not-regular"]


def test_a_list_too_big_to_be_one_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "manifest.csv").open("wb") as file:
        file.truncate(LIST_BYTES + 1)
    assert kinds(read_list(FolderSource(tmp_path), RULES)) == ["list-unreadable"]


def test_ten_thousand_rows_are_read_in_order(tmp_path: Path) -> None:
    rows = [(f"照片/{n:05}.jpg", f"题名 {n}", "王维", "20160101", "永久") for n in range(1, 10_001)]
    found = read(tmp_path, as_csv(*rows).encode("gb18030"))
    assert [row.fields["title"] for row in found.rows] == [row[1] for row in rows]
    assert found.rows[-1].number == 10_000
