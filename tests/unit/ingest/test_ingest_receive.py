"""Listed files found in a real folder."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_folders import NFC, NFD, kinds, matched, of_row, put

from ingest.names import climbs, escaped, form, is_absolute, is_storable
from ingest.receive import open_member, read_once, survey
from ingest.survey import MAX_DEPTH
from policies.findings import Severity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    batch = tmp_path / "batch"
    batch.mkdir()
    return batch


def test_listed_files_come_in_the_lists_order_with_size_and_identity(folder: Path) -> None:
    put(folder, "b.jpg", "照片/a.jpg")
    found = matched(folder, "照片/a.jpg|b.jpg")
    assert [(file.path, file.bytes) for file in found.rows[1].files] == [("照片/a.jpg", 7), ("b.jpg", 7)]
    status = (folder / "b.jpg").stat()
    assert found.rows[1].files[1].identity == (
        status.st_dev,
        status.st_ino,
        7,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
    assert (found.rows[1].findings, found.findings) == ((), ())


@pytest.mark.parametrize("listed", ["./a/b.jpg", "a//b.jpg", "a/./b.jpg", "a\\b.jpg"])
def test_other_spellings_of_a_path_are_the_same_file(folder: Path, listed: str) -> None:
    put(folder, "a/b.jpg")
    found = matched(folder, listed)
    assert [(file.path, file.listed) for file in found.rows[1].files] == [("a/b.jpg", listed)]
    assert found.findings == ()


def test_a_backslash_that_is_in_a_name_is_left_there(folder: Path) -> None:
    put(folder, "a\\b.jpg")
    assert matched(folder, "a\\b.jpg").rows[1].files[0].path == "a\\b.jpg"


@pytest.mark.parametrize("listed", ["absent.jpg", "a/absent.jpg", "x" * 256, "a.jpg/b.jpg", "."])
def test_a_file_that_is_not_there_is_missing(folder: Path, listed: str) -> None:
    put(folder, "a.jpg", "a/b.jpg")
    assert of_row(folder, listed) == [("file-missing", "")]


@pytest.mark.parametrize("listed", ["A.JPG", " lead .jpg", "Ａ.jpg", "A\\B.jpg", "./a.JPG"])
def test_a_missing_file_names_the_one_that_is_spelt_almost_so(folder: Path, listed: str) -> None:
    put(folder, "a.jpg", "lead.jpg", "a/b.jpg")
    ((kind, found),) = of_row(folder, listed)
    assert kind == "file-missing"
    assert found in ("a.jpg", "lead.jpg", "a/b.jpg")


def test_an_empty_part_between_bars_is_its_own_finding_with_its_place(folder: Path) -> None:
    put(folder, "a.jpg", "b.jpg")
    found = matched(folder, "a.jpg|", "|b.jpg||", "|")
    assert [[(note.kind, note.file, note.found) for note in row.findings] for row in found.rows.values()] == [
        [("file-part-empty", "a.jpg|", "#2")],
        [("file-part-empty", "|b.jpg||", "#1, #3, #4")],
        [("file-part-empty", "|", "#1, #2")],
    ]


@pytest.mark.parametrize(
    "listed", ["../out.jpg", "a/../../out.jpg", "a/../b.jpg", "..", "a\\..\\..\\out.jpg"]
)
def test_a_path_that_climbs_is_refused_even_where_it_would_stay_inside(folder: Path, listed: str) -> None:
    put(folder, "a/x.jpg", "b.jpg", "../out.jpg")
    found = matched(folder, listed)
    assert kinds(found.rows[1].findings) == ["path-climbs"]
    assert found.rows[1].files == ()


def test_two_dots_in_a_name_are_no_climbing(folder: Path) -> None:
    put(folder, "a..b.jpg", "...jpg")
    found = matched(folder, "a..b.jpg", "...jpg")
    assert (found.rows[1].findings, found.rows[2].findings) == ((), ())


@pytest.mark.parametrize(
    "listed", ["/etc/passwd", "//host/share/a.jpg", "\\\\host\\a.jpg", "C:\\a.jpg", "d:/a.jpg"]
)
def test_an_absolute_path_of_any_system_is_refused(folder: Path, listed: str) -> None:
    found = matched(folder, listed)
    assert kinds(found.rows[1].findings) == ["path-absolute"]


def test_an_absolute_path_into_the_batch_is_refused_too(folder: Path) -> None:
    put(folder, "a.jpg")
    assert of_row(folder, str(folder / "a.jpg"))[0][0] == "path-absolute"


@pytest.mark.parametrize(
    ("listed", "shown"), [("a\0.jpg", "a\\x00.jpg"), ("\udcd5.jpg", "\\xd5.jpg"), ("\ud800", "\\ud800")]
)
def test_nul_and_lone_surrogates_are_refused_and_the_finding_can_be_stored(
    folder: Path, listed: str, shown: str
) -> None:
    found = matched(folder, listed).rows[1]
    assert [(note.kind, note.severity, note.file) for note in found.findings] == [
        ("path-unsafe", Severity.FAIL, shown)
    ]
    repr(found).encode()


@pytest.mark.parametrize(
    "name", ["a\nb.jpg", "\x1b[31m.jpg", "photo\u202egpj.exe", "a\u2028b.jpg", "a\x7f.jpg"]
)
def test_a_name_that_misleads_is_kept_with_a_warning_that_shows_it_escaped(folder: Path, name: str) -> None:
    put(folder, name)
    found = matched(folder, name).rows[1]
    assert [file.path for file in found.files] == [name]
    assert [(note.kind, note.severity) for note in found.findings] == [("path-unsafe", Severity.WARN)]
    assert found.findings[0].found == escaped(name)
    assert found.findings[0].found.isprintable()


def test_a_name_of_255_bytes_is_a_name(folder: Path) -> None:
    name = "档" * 83 + "a.jpg" + "x"
    assert len(name.encode()) == 255
    put(folder, name)
    assert matched(folder, name).rows[1].files[0].path == name


def test_a_list_in_one_unicode_form_names_a_file_stored_in_the_other(folder: Path) -> None:
    put(folder, f"{NFD}/{NFD}")
    found = matched(folder, f"{NFC}/{NFC}")
    assert [(file.path, file.listed) for file in found.rows[1].files] == [(f"{NFD}/{NFD}", f"{NFC}/{NFC}")]
    assert found.findings == ()


def test_a_list_in_nfd_names_a_file_stored_in_nfc(folder: Path) -> None:
    put(folder, NFC)
    assert matched(folder, NFD).rows[1].files[0].path == NFC


def test_two_files_whose_names_look_alike_are_a_clash(folder: Path) -> None:
    put(folder, NFC, NFD)
    found = matched(folder, NFC, NFD)
    assert [kinds(row.findings) for row in found.rows.values()] == [["path-form-clash"]] * 2
    assert all(row.files == () for row in found.rows.values())
    assert found.findings == ()


def test_two_spellings_of_one_file_are_one_file_listed_twice(folder: Path) -> None:
    put(folder, NFC)
    found = matched(folder, NFC, NFD)
    assert [(note.kind, note.found) for row in found.rows.values() for note in row.findings] == [
        ("file-listed-twice", "1, 2")
    ] * 2


def test_a_file_twice_in_one_row_is_listed_twice(folder: Path) -> None:
    put(folder, "a.jpg")
    assert of_row(folder, "a.jpg|./a.jpg") == [("file-listed-twice", "1")] * 2


def test_an_empty_file_is_a_finding(folder: Path) -> None:
    put(folder, "a.jpg", content=b"")
    assert of_row(folder, "a.jpg") == [("file-empty", "0 B")]
    assert matched(folder, "a.jpg").rows[1].files == ()  # so that nothing is said of its format


def test_a_name_stored_in_gb18030_says_so_where_it_is_listed(folder: Path) -> None:
    stored = os.fsdecode("题名.jpg".encode("gb18030"))
    put(folder, stored)
    found = matched(folder, "题名.jpg")
    assert [(note.kind, note.file, note.found) for note in found.rows[1].findings] == [
        ("path-encoding", "题名.jpg", "\\xcc\\xe2\\xc3\\xfb.jpg")
    ]
    assert found.findings == ()


def test_a_deep_folder_is_not_walked_for_ever(folder: Path) -> None:
    deep = folder
    for _ in range(MAX_DEPTH + 2):
        deep = deep / "d"
    deep.mkdir(parents=True)
    put(folder, "a.jpg")
    assert [note.found for note in matched(folder, "a.jpg").findings] == ["too deep"]


def test_a_batch_folder_that_is_not_there_is_no_finding(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        survey(folder / "absent")


NAMES = st.text(st.characters(), min_size=1, max_size=20)


@given(st.lists(NAMES, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_whatever_a_list_names_each_file_matched_is_inside_and_each_finding_storable(
    names: list[str],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        put(folder, "a", "b/c")
        found = matched(folder, *names)
    for row in found.rows.values():
        assert all(file.path in ("a", "b/c") for file in row.files)
        assert row.files or row.findings
    repr(found.rows[1].findings).encode()


@given(NAMES)
@settings(max_examples=200, deadline=None)
def test_every_name_that_a_disk_holds_can_be_listed_and_read(name: str) -> None:
    plain = is_storable(name) and not is_absolute(name) and not climbs(name) and len(name.encode()) < 250
    if not plain or "/" in name or "|" in name or form(name) == "":
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        put(folder, name, content=name.encode())
        file = matched(folder, name).rows[1].files[0]
        opened = os.open(folder, os.O_RDONLY)
        descriptor = open_member(opened, file.path)
        got = bytearray()
        read_once(descriptor, got.extend, identity=file.identity)
        os.close(descriptor)
        os.close(opened)
    assert got == name.encode()


@given(NAMES)
def test_a_name_escaped_is_one_printable_line(name: str) -> None:
    shown = escaped(name)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)


def test_ten_thousand_rows_are_matched(folder: Path) -> None:
    for place in range(10):
        put(folder, f"{place}/x.jpg")
        for name in range(1000):
            os.link(folder / f"{place}/x.jpg", folder / f"{place}/{NFD}{name}")
    found = matched(folder, *(f"{n // 1000}/{NFC}{n % 1000}" for n in range(10_000)), secret=frozenset({7}))
    assert sum(len(row.files) for row in found.rows.values()) == 9999
    assert [note.found for note in found.findings] == ["10"]
