"""Links, fifos, devices, and what may not be read."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_folders import matched, of_row, put

from ingest.receive import FileUnreadable, open_member


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
