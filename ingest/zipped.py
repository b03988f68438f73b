"""What a ZIP holds, by its central directory, and whether it may be taken at all.

Strict on purpose: an archive that two programs could read in two ways is refused whole, with what is wrong
with it: several ends, parts elsewhere, entries that overlap or lie outside, names that climb, are absolute or
stand twice, links, encrypted members, methods other than stored and deflated, more or larger than allowed.
A ZIP within is a file like any other, and inspection judges it. Source: APPNOTE.TXT 6.3.10, 4.3.

Names are UTF-8 where the entry says so or they are; else GB18030, as mainland systems write. A folder that
holds everything is left out of the names where the list lies in it: senders compress the folder, not what is
in it. Not done here: reading a member (`zip_member.py`).
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ingest.errors import ArchiveRefused
from ingest.manifest import is_list
from ingest.names import climbs, escaped, form, is_absolute, is_dropping, is_storable

ReadRange = Callable[[int, int], bytes]
"""Gives the bytes from a place on, at most so many."""

STORED, DEFLATED = 0, 8
LOCAL_BYTES = 30
MISTAKES_TOLD = 20
FREE_BYTES = 64 << 20
"""An archive may unpack to so much whatever its ratio: a blank page compresses a thousand times."""

_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_COMMENT_BYTES = 65_535
_ENTRY_BYTES, _SPARE_BYTES = 1024, 1 << 20
_UNICODE_NAME, _ZIP64 = 0x7075, 0x0001
ENCRYPTED = 0x0041
"""The flags of encryption, weak and strong."""

_UTF8 = 0x0800
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Most:
    """What an archive may hold: so many files, so many bytes unpacked, so many times its own length."""

    files: int
    bytes: int
    ratio: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive. `place` is that of its local header; `raw` its name as it is written."""

    path: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    bytes: int
    place: int


@dataclass(frozen=True, slots=True)
class _Directory:
    place: int
    length: int
    entries: int


def entries_of(read: ReadRange, size: int, most: Most) -> list[Entry]:
    """The files of a ZIP of `size` bytes, in the directory's order. Raises `ArchiveRefused`."""
    try:
        directory = _directory(read, size)
        if directory.entries > most.files:
            raise ArchiveRefused([f"{directory.entries} > {most.files} files"])
        if directory.length > directory.entries * _ENTRY_BYTES + _SPARE_BYTES:
            raise ArchiveRefused(["its directory is longer than its entries"])
        found = list(_entries(read(directory.place, directory.length), directory.entries))
    except (struct.error, ValueError):
        raise ArchiveRefused(["it is no ZIP, or is cut short"]) from None
    mistakes = [*_mistakes(found, directory.place, size, most)]
    if mistakes:
        more = [f"… ({len(mistakes)})"] if len(mistakes) > MISTAKES_TOLD else []
        raise ArchiveRefused(mistakes[:MISTAKES_TOLD] + more)
    return _without_wrapper([entry for entry in found if not entry.path.endswith("/")])


def _directory(read: ReadRange, size: int) -> _Directory:
    """Where the directory lies, by the one end that there is."""
    start = max(0, size - _END.size - _COMMENT_BYTES)
    tail = read(start, size - start)
    ends = [at for at in _places(tail, b"PK\x05\x06") if _ends_at(tail, at)]
    if len(ends) != 1:
        raise ArchiveRefused([f"{len(ends)} ends of a ZIP"])
    at = start + ends[0]
    _, disk, first, here, entries, length, place, _ = _END.unpack_from(tail, ends[0])
    if 0xFFFF in (disk, first, here, entries) or 0xFFFFFFFF in (length, place):
        at, disk, first, here, entries, length, place = _larger(read, at)
    if disk or first or here != entries:
        raise ArchiveRefused(["its parts lie elsewhere"])
    if place + length != at:
        raise ArchiveRefused(["its directory does not lie before its end"])
    return _Directory(place, length, entries)


def _places(text: bytes, wanted: bytes) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _ends_at(tail: bytes, at: int) -> bool:
    """Whether the archive would end exactly behind the comment of this end."""
    if len(tail) - at < _END.size:
        return False
    return at + _END.size + int(_END.unpack_from(tail, at)[-1]) == len(tail)


def _larger(read: ReadRange, end: int) -> tuple[int, int, int, int, int, int, int]:
    """The same of the larger form (ZIP64), whose end stands right before the small one's place."""
    mark, _, at, disks = _END64_PLACE.unpack(read(end - _END64_PLACE.size, _END64_PLACE.size))
    if mark != b"PK\x06\x07" or disks > 1 or at + _END64.size + _END64_PLACE.size != end:
        raise ValueError("no larger end")
    mark, _, _, _, disk, first, here, entries, length, place = _END64.unpack(read(at, _END64.size))
    if mark != b"PK\x06\x06":
        raise ValueError("no larger end")
    return at, disk, first, here, entries, length, place


def _entries(directory: bytes, count: int) -> Iterator[Entry]:
    at = 0
    for _ in range(count):
        told = _ENTRY.unpack_from(directory, at)
        mark, made, flags, method, crc = told[0], told[1], told[3], told[4], told[7]
        packed, size, named, more, comment, disk, mode, place = *told[8:14], told[15], told[16]
        if mark != b"PK\x01\x02" or disk not in (0, 0xFFFF):
            raise ValueError("no entry")
        at += _ENTRY.size
        raw, extra = directory[at : at + named], directory[at + named : at + named + more]
        if len(raw) != named or len(extra) != more:
            raise ValueError("cut short")
        at += named + more + comment
        fields = dict(_fields(extra))
        size, packed, place = _wide(fields.get(_ZIP64, b""), (size, packed, place))
        linked = made >> 8 == _UNIX and not _is_plain(mode >> 16)
        path = _name(raw, flags, fields.get(_UNICODE_NAME, b""))
        yield Entry(path, raw, flags | (_LINK if linked else 0), method, crc, packed, size, place)
    if at != len(directory):
        raise ValueError("more than its entries")


_LINK = 1 << 16
"""Beside the flags of the format: the entry is a link or a device."""


def _is_plain(mode: int) -> bool:
    return stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR)


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _wide(field: bytes, told: tuple[int, int, int]) -> tuple[int, int, int]:
    """Length, packed length and place: those that do not fit stand in the field, in this order."""
    values, at = [], 0
    for value in told:
        if value == 0xFFFFFFFF:
            (value,) = struct.unpack_from("<Q", field, at)
            at += 8
        values.append(value)
    return values[0], values[1], values[2]


def _name(raw: bytes, flags: int, unicode_field: bytes) -> str:
    """The name as text; what is text in no way keeps a character that cannot be stored."""
    if len(unicode_field) > 5 and unicode_field[0] == 1:
        raw, flags = unicode_field[5:], flags | _UTF8
    for encoding in ("utf-8",) if flags & _UTF8 else ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "surrogateescape")


def _mistakes(found: list[Entry], directory: int, size: int, most: Most) -> Iterator[str]:
    """What is wrong with an archive, in words without a name that may not be written."""
    seen: set[str] = set()
    for entry in found:
        yield from (f"{escaped(entry.path)}: {what}" for what in _wrong(entry))
        if form(entry.path) in seen and not entry.path.endswith("/"):
            yield f"{escaped(entry.path)}: twice"
        seen.add(form(entry.path))
    end = 0
    for entry in sorted(found, key=lambda one: one.place):
        if entry.place < end or entry.place + LOCAL_BYTES + len(entry.raw) + entry.packed > directory:
            yield f"{escaped(entry.path)}: overlaps"
        end = entry.place + LOCAL_BYTES + len(entry.raw) + entry.packed
    unpacked = sum(entry.bytes for entry in found)
    if unpacked > most.bytes:
        yield f"{unpacked} > {most.bytes} B unpacked"
    if unpacked > FREE_BYTES + most.ratio * size:
        yield f"{unpacked} B unpacked of {size} B: more than {most.ratio} times"


def _wrong(entry: Entry) -> Iterator[str]:
    if not is_storable(entry.path) or not form(entry.path):
        yield "no name"
    if is_absolute(entry.path) or climbs(entry.path):
        yield "leads out of the archive"
    if entry.flags & _LINK:
        yield "link or device"
    if entry.flags & ENCRYPTED:
        yield "encrypted"
    if entry.method not in (STORED, DEFLATED):
        yield f"method {entry.method}"
    if entry.method == STORED and entry.packed != entry.bytes:
        yield "lies about its length"
    if entry.path.endswith("/") and entry.bytes:
        yield "a folder with content"


def _without_wrapper(found: list[Entry]) -> list[Entry]:
    """The entries below the one folder that holds everything, where the list lies right in it."""
    entries = [replace(entry, path=form(entry.path)) for entry in found]
    own = [entry.path for entry in entries if not is_dropping(entry.path)]
    tops = {path.partition("/")[0] for path in own}
    if len(tops) != 1 or any("/" not in path for path in own):
        return entries
    top = tops.pop() + "/"
    if not any(is_list(path.removeprefix(top)) for path in own):
        return entries
    return [replace(entry, path=entry.path.removeprefix(top)) for entry in entries]
