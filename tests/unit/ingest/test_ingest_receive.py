"""Listed files found in a real folder, opened safely, and read once."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.manifest import BatchList, Row
from ingest.names import climbs, escaped, form, is_absolute, is_storable
from ingest.receive import FileChanged, FileUnreadable, Matching, match, open_member, read_once, survey
from ingest.survey import MAX_DEPTH
from policies.findings import Finding, Severity

NFC = unicodedata.normalize("NFC", "é堂.jpg")
NFD = unicodedata.normalize("NFD", NFC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    batch = tmp_path / "batch"
    batch.mkdir()
    return batch


@pytest.fixture
def opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def put(folder: Path, *names: str, content: bytes = b"content") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def listing(*rows: str) -> BatchList:
    made = [Row(n, {"file": row}, tuple(row.split("|")), ()) for n, row in enumerate(rows, 1)]
    return BatchList(tuple(made), (), "manifest.csv")


def matched(folder: Path, *rows: str, secret: frozenset[int] = frozenset()) -> Matching:
    return match(listing(*rows), survey(folder), secret_rows=secret)


def of_row(folder: Path, listed: str) -> list[tuple[str, str]]:
    return [(note.kind, note.found) for note in matched(folder, listed).rows[1].findings]


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [note.kind for note in findings]


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


@pytest.mark.parametrize("listed", ["absent.jpg", "a/absent.jpg", "A.jpg", "x" * 256, "a.jpg/b.jpg", ""])
def test_a_file_that_is_not_there_is_missing(folder: Path, listed: str) -> None:
    put(folder, "a.jpg", "a/b.jpg")
    assert of_row(folder, listed) == [("file-missing", "")]


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


def link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def link_inside(path: Path) -> None:
    put(path.parent, "manifest.csv")
    path.symlink_to("manifest.csv")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("device nodes need privileges")


IRREGULAR = {
    link: "link", link_inside: "link", dangling: "link", os.mkfifo: "fifo", unix_socket: "socket",
    device: "device", Path.mkdir: "folder",
}  # fmt: skip


@pytest.mark.parametrize(
    ("make", "kind"), IRREGULAR.items(), ids=lambda value: getattr(value, "__name__", value)
)
def test_what_is_no_regular_file_is_refused_by_match_and_by_opening(
    tmp_path: Path, make: object, kind: str
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a socket's path has at most 107 bytes
        folder = Path(short)
        make(folder / "thing.jpg")  # type: ignore[operator]
        assert of_row(folder, "thing.jpg") == [("path-not-regular", kind)]
        assert matched(folder, "thing.jpg").findings == ()
        opened = os.open(folder, os.O_RDONLY)
        with pytest.raises(FileUnreadable) as refused:
            open_member(opened, "thing.jpg")
        os.close(opened)
        assert (refused.value.kind, refused.value.found) == ("path-not-regular", kind)


def test_a_folder_that_is_a_link_is_not_entered(folder: Path, opened: int, tmp_path: Path) -> None:
    put(tmp_path, "outside/a.jpg")
    (folder / "photos").symlink_to(tmp_path / "outside")
    assert of_row(folder, "photos/a.jpg") == [("path-not-regular", "link")]
    assert matched(folder, "photos/a.jpg").findings == ()
    with pytest.raises(FileUnreadable):
        open_member(opened, "photos/a.jpg")


def test_a_link_that_nobody_lists_is_beyond_the_list(folder: Path) -> None:
    put(folder, "a.jpg")
    (folder / "more.jpg").symlink_to("a.jpg")
    found = matched(folder, "a.jpg").findings
    assert [(note.kind, note.file, note.found) for note in found] == [("file-unlisted", "more.jpg", "link")]


def test_a_link_put_in_place_of_a_folder_after_the_survey_is_not_followed(
    folder: Path, opened: int, tmp_path: Path
) -> None:
    put(folder, "photos/a.jpg")
    put(tmp_path, "outside/a.jpg")
    path = matched(folder, "photos/a.jpg").rows[1].files[0].path
    (folder / "photos").rename(tmp_path / "away")
    (folder / "photos").symlink_to(tmp_path / "outside")
    with pytest.raises(FileUnreadable) as refused:
        open_member(opened, path)
    assert refused.value.kind == "path-not-regular"


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a", "a/../a.jpg", "a//a.jpg", "a.jpg/", "./a.jpg", "a\0"]
)
def test_opening_takes_only_plain_relative_paths(folder: Path, opened: int, path: str) -> None:
    put(folder, "a.jpg", "a/a.jpg")
    with pytest.raises(FileUnreadable):
        open_member(opened, path)


def test_opening_what_went_away_says_it_is_missing(opened: int) -> None:
    with pytest.raises(FileUnreadable) as refused:
        open_member(opened, "gone.jpg")
    assert refused.value.as_finding("Gone.jpg").kind == "file-missing"
    assert refused.value.as_finding("Gone.jpg").file == "Gone.jpg"


def test_opening_leaves_no_descriptor_behind(folder: Path, opened: int) -> None:
    put(folder, "a/b/c.jpg")
    os.mkfifo(folder / "a" / "b" / "fifo")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a/b/c.jpg", "a/b/fifo", "a/b/none", "a/none/x", "a/b/c.jpg/x"):
        try:
            os.close(open_member(opened, path))
        except FileRefused:
            continue
    survey(folder)
    assert len(os.listdir("/proc/self/fd")) == before


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


def test_a_name_stored_in_gb18030_is_unsafe_where_it_is_listed(folder: Path) -> None:
    stored = os.fsdecode("题名.jpg".encode("gb18030"))
    put(folder, stored)
    found = matched(folder, "题名.jpg")
    assert [(note.kind, note.file, note.found) for note in found.rows[1].findings] == [
        ("path-unsafe", "题名.jpg", "\\xcc\\xe2\\xc3\\xfb.jpg")
    ]
    assert found.findings == ()


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
    assert (found[-1].file, found[-1].found) == ("", "+4")


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
    assert [(note.kind, note.file) for note in found.findings] == [("file-unlisted", "")]
    assert "甲" not in repr(found)


def test_a_secret_name_stored_in_gb18030_is_not_written_as_bytes(folder: Path) -> None:
    put(folder, "a.jpg", os.fsdecode("机要.pdf".encode("gb18030")))
    assert matched(folder, "a.jpg", "机要.pdf", secret=frozenset({2})).findings == ()


def test_an_unlisted_file_whose_own_name_is_secret_is_not_named(folder: Path) -> None:
    put(folder, "a.jpg", "绝密.pdf")
    found = match(
        listing("a.jpg"), survey(folder), secret_rows=frozenset(), is_secret_name=lambda name: "绝密" in name
    )
    assert [(note.kind, note.file) for note in found.findings] == [("file-unlisted", "")]


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


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A batch folder seen by a user who is not root: root may read everything."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        put(folder, "closed/a.jpg", "secret.jpg")
        (folder / "closed").chmod(0)
        (folder / "secret.jpg").chmod(0)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        yield folder
        os.seteuid(before)
        (folder / "closed").chmod(0o700)


def test_a_folder_that_may_not_be_read_is_told_from_one_that_is_empty(unprivileged: Path) -> None:
    assert of_row(unprivileged, "closed/a.jpg") == [("file-unreadable", "unreadable")]
    assert [(note.file, note.found) for note in matched(unprivileged, "secret.jpg").findings] == [
        ("closed", "unreadable")
    ]


def test_a_file_that_may_not_be_read_is_told_when_it_is_opened(unprivileged: Path) -> None:
    assert matched(unprivileged, "secret.jpg").rows[1].findings == ()
    opened = os.open(unprivileged, os.O_RDONLY)
    for path in ("secret.jpg", "closed/a.jpg"):
        with pytest.raises(FileUnreadable) as refused:
            open_member(opened, path)
        assert (refused.value.kind, refused.value.found) == ("file-unreadable", "EACCES")
    os.close(opened)


def test_a_file_is_read_once_with_its_size_and_digest(folder: Path, opened: int) -> None:
    content = os.urandom(1_000_003)
    put(folder, "a/b.jpg", content=content)
    identity = survey(folder).files["a/b.jpg"].identity
    pieces: list[bytes] = []
    descriptor = open_member(opened, "a/b.jpg")
    size, digest = read_once(descriptor, lambda piece: pieces.append(bytes(piece)), 4096, identity=identity)
    os.close(descriptor)
    assert b"".join(pieces) == content
    assert (size, digest) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 4096, b"x" * 4097])
def test_sizes_at_the_edges_of_pieces_are_read_whole(folder: Path, opened: int, content: bytes) -> None:
    put(folder, "a", content=content)
    got = bytearray()
    assert read_once(open_member(opened, "a"), got.extend, 4096) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert got == content


@pytest.mark.parametrize("change", ["grow", "cut", "same-size", "touch"])
def test_a_file_written_to_while_it_is_read_is_told(folder: Path, opened: int, change: str) -> None:
    put(folder, "a", content=b"x" * 10_000)
    os.utime(folder / "a", ns=(1, 1))
    path = folder / "a"

    def meddle(_: memoryview) -> None:
        if change == "grow":
            with path.open("ab") as file:
                file.write(b"y")
        elif change == "cut":
            os.truncate(path, 5000)
        elif change == "same-size":
            with path.open("r+b") as file:
                file.write(b"z")
        else:
            os.utime(path, ns=(2, 2))

    with pytest.raises(FileChanged) as changed:
        read_once(open_member(opened, "a"), meddle, 4096)
    assert changed.value.as_finding("a").kind == "file-changed"


def test_a_file_that_grows_for_ever_does_not_hold_the_reader(folder: Path, opened: int) -> None:
    put(folder, "a", content=b"x" * 100)

    def append(piece: memoryview) -> None:
        with (folder / "a").open("ab") as file:
            file.write(bytes(piece))

    with pytest.raises(FileChanged):
        read_once(open_member(opened, "a"), append, 10)
    assert (folder / "a").stat().st_size <= 250


def test_a_file_swapped_between_survey_and_opening_is_told(folder: Path, opened: int) -> None:
    put(folder, "a")
    identity = survey(folder).files["a"].identity
    put(folder, "new")
    (folder / "new").rename(folder / "a")
    with pytest.raises(FileChanged) as changed:
        read_once(open_member(opened, "a"), lambda piece: None, identity=identity)
    assert "inode" in changed.value.found


def test_a_fifo_put_in_place_of_a_file_does_not_hold_the_opener(folder: Path, opened: int) -> None:
    put(folder, "a")
    survey(folder)
    (folder / "a").unlink()
    os.mkfifo(folder / "a")
    refused: list[str] = []

    def try_it() -> None:
        with pytest.raises(FileUnreadable) as error:
            open_member(opened, "a")
        refused.append(error.value.kind)

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    thread.join(10)
    assert refused == ["path-not-regular"]


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
    assert len(found.findings) == 10
