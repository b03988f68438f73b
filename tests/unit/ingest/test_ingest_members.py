"""One file of a batch opened safely and read once."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_folders import matched, put

from ingest.errors import FileRefused
from ingest.receive import FileChanged, FileUnreadable, open_member, read_once, survey


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
    before = len([*Path("/proc/self/fd").iterdir()])
    for path in ("a/b/c.jpg", "a/b/fifo", "a/b/none", "a/none/x", "a/b/c.jpg/x"):
        try:
            os.close(open_member(opened, path))
        except FileRefused:
            continue
    survey(folder)
    assert len([*Path("/proc/self/fd").iterdir()]) == before


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
