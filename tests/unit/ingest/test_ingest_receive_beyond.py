"""What is in a folder beyond its list, and what must be named nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ingest_folders import kinds, listing, matched, put

from ingest.receive import match, survey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    batch = tmp_path / "batch"
    batch.mkdir()
    return batch


def test_a_name_that_is_no_text_and_listed_by_nobody_is_unlisted_and_escaped(folder: Path) -> None:
    put(folder, "a.jpg", os.fsdecode(b"\xff\xfe.jpg"))
    found = matched(folder, "a.jpg").findings
    assert [(note.kind, note.file) for note in found] == [("file-unlisted", "\\xff\\xfe.jpg")]
    repr(found).encode()


def test_files_beyond_the_list_are_named_in_order(folder: Path) -> None:
    put(folder, "a.jpg", "z/c.jpg", "b.jpg", "z/manifest.csv")
    found = matched(folder, "a.jpg").findings
    assert [(note.kind, note.file) for note in found] == [
        ("file-unlisted", name) for name in ("b.jpg", "z/c.jpg", "z/manifest.csv")
    ]


def test_the_list_and_what_systems_drop_are_not_beyond_it(folder: Path) -> None:
    put(folder, "a.jpg", "manifest.csv", "Thumbs.db", "x/.DS_Store", "x/desktop.ini")
    put(folder, "._a.jpg", "__MACOSX/a.jpg", "~$manifest.xlsx")
    assert matched(folder, "a.jpg").findings == ()


def test_a_dropping_that_is_listed_is_a_file(folder: Path) -> None:
    put(folder, "Thumbs.db")
    assert matched(folder, "Thumbs.db").rows[1].files[0].path == "Thumbs.db"


def test_a_folder_of_strangers_gives_a_bounded_report(folder: Path) -> None:
    put(folder, *(f"{n}.jpg" for n in range(1005)))
    found = matched(folder, "0.jpg").findings
    assert len(found) == 1001
    assert (found[-1].kind, found[-1].found) == ("files-unlisted", "4")


def test_without_rows_nothing_is_named_since_nobody_knows_what_is_secret(folder: Path) -> None:
    put(folder, "绝密.pdf")
    assert matched(folder).findings == ()


def test_what_a_secret_row_names_is_named_nowhere(folder: Path) -> None:
    put(folder, "a.jpg", "机要/甲.pdf", "机要/乙.pdf")
    (folder / "机要" / "丙.pdf").symlink_to("乙.pdf")
    found = matched(folder, "a.jpg", "机要/甲.pdf|机要/乙.pdf|机要/丙.pdf|机要/缺.pdf", secret=frozenset({2}))
    assert found.rows[2].files == ()
    assert found.rows[2].findings == ()
    assert found.findings == ()
    assert found.secret == {2}
    assert "机要" not in repr(found)


@pytest.mark.parametrize(
    "listed",
    ["机要/甲号.PDF", "D:\\机要\\甲号.pdf", "/机要/甲号.pdf", "../甲号.pdf", "甲_号.docx", "甲号\0.pdf"],
)
def test_a_secret_file_whose_name_the_list_misspells_is_not_named_as_unlisted(
    folder: Path, listed: str
) -> None:
    put(folder, "a.jpg", "机要/甲号.pdf")
    found = matched(folder, "a.jpg", listed, secret=frozenset({2}))
    assert [(note.kind, note.file, note.found) for note in found.findings] == [("files-unlisted", "", "1")]
    assert "甲" not in repr(found)


@pytest.mark.parametrize(
    "listed", ["甲.pdf;乙.pdf", "甲.pdf、乙.pdf", "卷", "卷/*.pdf", "", "甲", "甲.pdf", "甲.pdf|", "|"]
)
def test_beside_a_secret_row_no_unlisted_file_is_named(folder: Path, listed: str) -> None:
    put(folder, "a.jpg", "甲.pdf", "乙.pdf", "卷/丙.pdf", "甲-附件.pdf", "others.pdf")
    found = matched(folder, "a.jpg", "gone.jpg", listed, "OTHERS.pdf", secret=frozenset({3}))
    beyond = 5 - (listed in ("甲.pdf", "甲.pdf|"))
    assert [(note.kind, note.file, note.found) for note in found.findings] == [
        ("files-unlisted", "", str(beyond))
    ]
    assert [(note.kind, note.found) for note in found.rows[4].findings] == [("file-missing", "")]
    assert not any(name in repr(found) for name in ("甲", "乙", "丙", "卷", "others"))


def test_an_empty_part_is_no_file_that_two_rows_share(folder: Path) -> None:
    put(folder, "a.jpg", "b.jpg", "c.jpg")
    found = matched(folder, "a.jpg|", "b.jpg|", "|c.jpg", ".|c.jpg", secret=frozenset({2}))
    assert found.secret == {2}


@pytest.mark.parametrize("listed", ["S.PDF", "ｓ.pdf", "s.pdf ; t.pdf", "S.pdf、x.pdf", "秘\\s.pdf", "卷"])
def test_a_row_of_a_file_that_a_secret_row_misspells_is_refused_with_it(folder: Path, listed: str) -> None:
    put(folder, "s.pdf", "秘/S.pdf", "卷/1.pdf", "a.jpg")
    found = matched(folder, listed, "s.pdf", "秘/S.pdf", "卷/1.pdf", "a.jpg", secret=frozenset({1}))
    assert found.secret == {1, {"卷": 4, "秘\\s.pdf": 3}.get(listed, 2)}


def test_a_file_that_is_there_as_the_secret_row_writes_it_is_not_held_against_a_like_one(
    folder: Path,
) -> None:
    put(folder, "S.PDF", "s.pdf")
    assert matched(folder, "S.PDF", "s.pdf", secret=frozenset({1})).secret == {1}


def test_a_secret_name_stored_in_gb18030_is_not_written_as_bytes(folder: Path) -> None:
    put(folder, "a.jpg", os.fsdecode("机要.pdf".encode("gb18030")))
    assert matched(folder, "a.jpg", "机要.pdf", secret=frozenset({2})).findings == ()


def test_an_unlisted_file_whose_own_name_is_secret_is_not_named(folder: Path) -> None:
    put(folder, "a.jpg", "绝密.pdf")
    found = match(
        listing("a.jpg"), survey(folder), secret_rows=frozenset(), is_secret_name=lambda name: "绝密" in name
    )
    assert [(note.kind, note.file, note.found) for note in found.findings] == [("files-unlisted", "", "1")]


def test_a_row_that_shares_a_file_with_a_secret_row_is_refused_with_it(folder: Path) -> None:
    put(folder, "s.pdf", "t.pdf", "u.pdf", "a.jpg")
    found = matched(
        folder, "s.pdf", "./s.pdf|t.pdf", "t.pdf", "u.pdf|gone.pdf", "a.jpg", secret=frozenset({1})
    )
    assert found.secret == {1, 2, 3}
    assert [kinds(found.rows[n].findings) for n in (1, 2, 3)] == [
        [],
        ["secrecy-refused"],
        ["secrecy-refused"],
    ]
    assert all(note.file == "" and note.found == "" for n in (2, 3) for note in found.rows[n].findings)
    assert found.findings == ()
