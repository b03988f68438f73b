"""ZIPs that were handed in: what they hold; one that two programs could read in two ways is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ArchiveRefused, FileUnreadable
from ingest.zip_member import Member
from ingest.zipped import Entry, Most, entries_of

MOST = Most(files=1000, bytes=1 << 30, ratio=200)
Edit = Callable[[bytes], bytes]


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def reader(content: bytes) -> Callable[[int, int], bytes]:
    return lambda start, length: content[start : start + length] if start >= 0 else b""


def entries(content: bytes, most: Most = MOST) -> list[Entry]:
    return entries_of(reader(content), len(content), most)


def read(content: bytes, entry: Entry, piece: int = 1000) -> bytes:
    """The member as an ingest reads it: piece by piece to one byte beyond its end."""
    member = Member(reader(content), entry, (1, 2, entry.bytes, 3, 4))
    room, got = memoryview(bytearray(piece)), b""
    while count := member.read_into(room, len(got)):
        got += room[:count]
    return got


def mistakes(content: bytes, most: Most = MOST) -> str:
    with pytest.raises(ArchiveRefused) as refused:
        entries(content, most)
    return "; ".join(refused.value.mistakes)


@given(
    st.dictionaries(st.sampled_from(["a", "b/c.txt", "报告.pdf", "d"]), st.binary(max_size=5000), max_size=4),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.integers(1, 4000),
)
@settings(deadline=None, max_examples=60)
def test_every_member_is_read_as_it_was_put_in(files: dict[str, bytes], method: int, piece: int) -> None:
    content = zipped(files, method)
    assert {entry.path: read(content, entry, piece) for entry in entries(content)} == files


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_damaged_archive_is_refused_or_its_member_is_or_nothing_changed(data: st.DataObject) -> None:
    files = {"a.txt": b"first " * 50, "b/c.bin": bytes(range(256))}
    content = bytearray(zipped(files))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    damaged = bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        got = {entry.path: read(damaged, entry) for entry in entries(damaged)}
    except (ArchiveRefused, FileUnreadable):
        return
    assert set(got.values()) <= {*files.values(), b""}


def test_names_are_utf_8_or_gb18030_and_a_folder_around_all_is_left_out() -> None:
    plain = zipped({"xxxx/manifest.csv": b"m", "xxxx/yyyy.pdf": b"p", "__MACOSX/._a": b""})
    chinese = plain.replace(b"xxxx", "批次".encode("gb18030")).replace(b"yyyy", "报告".encode("gb18030"))
    assert [entry.path for entry in entries(chinese)] == ["manifest.csv", "报告.pdf", "__MACOSX/._a"]
    found = entries(zipped({"批次/manifest.csv": b"m", "a.pdf": b"p"}))
    assert [entry.path for entry in found] == ["批次/manifest.csv", "a.pdf"]
    within = entries(zipped({"a/b.pdf": b"p", "a/inner.zip": zipped({"x": b"y"})}))
    assert [entry.path for entry in within] == ["a/b.pdf", "a/inner.zip"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("../a", "leads out"), ("a/../../b", "leads out"), ("/etc/passwd", "leads out"), ("C:/a", "leads out"),
     ("..\\a", "leads out")],
)  # fmt: skip
def test_a_name_that_leads_out_refuses_the_archive(name: str, said: str) -> None:
    assert said in mistakes(zipped({"good.txt": b"x", name: b"x"}))


def test_links_devices_and_encrypted_members_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "link or device" in mistakes(out.getvalue())
    content = bytearray(zipped({"a": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in mistakes(bytes(content))
    assert "method 12" in mistakes(zipped({"a": b"x"}, zipfile.ZIP_BZIP2))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused_whatever_its_form() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"1")
        archive.writestr("a.txt", b"2")
    assert "twice" in mistakes(out.getvalue())
    assert "twice" in mistakes(zipped({"\u00e9": b"1", "e\u0301": b"2"}))


def test_bombs_are_refused_by_what_they_say() -> None:
    assert "more than 200 times" in mistakes(zipped({f"{n}": b"\0" * (30 << 20) for n in range(3)}))
    assert "B unpacked" in mistakes(zipped({"a": b"\0" * 5000}), Most(10, 4999, 200))
    assert "> 3 files" in mistakes(zipped({f"{n}": b"" for n in range(4)}), Most(3, 1 << 20, 200))


def overlapping() -> bytes:
    """Two names for one member: the quoted way to a bomb that says nothing of itself."""
    content = zipped({"a": b"x" * 100}, zipfile.ZIP_STORED)
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = content[start:end]
    second = entry.replace(b"a", b"b", 1) if entry.endswith(b"a") else entry[:46] + b"b" + entry[47:]
    directory = entry + second
    told = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(directory), start, 0)
    return content[:start] + directory + told


def test_members_that_overlap_are_refused() -> None:
    assert "overlaps" in mistakes(overlapping())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK", b"no zip at all" * 100, zipped({"a": b"x"})[:-5], zipped({"a": b"x"}) + b"more",
        zipped({"a": b"x"}) + zipped({"b": b"y"}),
    ],
    ids=["empty", "two-bytes", "text", "cut", "more-behind", "two-archives"],
)  # fmt: skip
def test_what_is_no_one_archive_is_refused(content: bytes) -> None:
    mistakes(content)


def test_two_ends_that_both_fit_are_refused() -> None:
    inner = zipped({"a": b"evil"})
    outer = bytearray(zipped({"a": b"good"}))
    outer[-2:] = struct.pack("<H", len(inner))
    assert "2 ends" in mistakes(bytes(outer) + inner)


def lying(size: int, crc: int | None = None) -> bytes:
    """A deflated member of 1,000 bytes that the directory says has `size`."""
    content = bytearray(zipped({"a": b"x" * 1000}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", size)
    if crc is not None:
        content[at + 16 : at + 20] = struct.pack("<L", crc)
    return bytes(content)


@pytest.mark.parametrize("content", [lying(10), lying(5000), lying(1000, 7)], ids=["less", "more", "crc"])
def test_a_member_that_lies_about_its_length_or_sum_is_damaged(content: bytes) -> None:
    (entry,) = entries(content)
    with pytest.raises(FileUnreadable):
        read(content, entry)


def test_a_local_header_that_says_another_name_is_damaged() -> None:
    content = zipped({"a.txt": b"x" * 50})
    swapped = content.replace(b"a.txt", b"b.txt", 1)
    (entry,) = entries(swapped)
    with pytest.raises(FileUnreadable):
        read(swapped, entry)


def test_bytes_left_over_in_a_member_are_damage() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"x" * 100) + packer.flush() + b"hidden"
    local = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, zlib.crc32(b"x" * 100), len(packed), 100, 1, 0
    )
    body = local + b"a" + packed
    told = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(b"x" * 100), len(packed), 100, 1, 0, 0,
        0, 0, 0, 0,
    )  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(told) + 1, len(body), 0)
    content = body + told + b"a" + end
    (entry,) = entries(content)
    with pytest.raises(FileUnreadable):
        read(content, entry)


def test_the_larger_form_is_read_too() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"x" * 10)
    (entry,) = entries(out.getvalue())
    assert read(out.getvalue(), entry) == b"x" * 10
    many = zipped({f"f{n}": b"" for n in range(66_000)}, zipfile.ZIP_STORED)
    assert len(entries(many, Most(70_000, 1 << 20, 200))) == 66_000


def test_reading_may_begin_anew_and_skip() -> None:
    content = zipped({"a": bytes(range(256)) * 20})
    (entry,) = entries(content)
    member = Member(reader(content), entry, (1,))
    room = memoryview(bytearray(16))
    assert member.read_into(room, 4000) == 16
    assert bytes(room) == bytes(range(256))[4000 % 256 :][:16]
    assert member.read_into(room, 0) == 16
    assert bytes(room) == bytes(range(16))
