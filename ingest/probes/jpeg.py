"""The structure of a JPEG stream (ITU-T T.81 annex B): every marker from SOI to EOI, without decoding.

What the walk sees: a cut anywhere before EOI, markers where none may stand, and runs of zero bytes inside the
entropy-coded data. A run makes the stream *suspicious* (flat pictures with optimised tables have them, so the
strict decode decides), or *broken for certain* where zero bits, under the tables in force, would spell a
coefficient again and again. Not done here: decoding (image.py), and nothing can see flipped bits that
still decode, nor damage inside metadata segments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.probes.source import Source, windows

ZERO_RUN = bytes(16)  # cameras were not seen to write more than 3 zero bytes in a row
SOI, EOI, SOS, DHT = 0xD8, 0xD9, 0xDA, 0xC4
FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
SEQUENTIAL = (0xC0, 0xC1)
PROGRESSIVE = 0xC2
STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
MAX_SEGMENTS = 100_000


class BrokenStream(Exception):
    """The stream does not follow the marker grammar; `cut` where it ends too early."""

    def __init__(self, expected: str, found: str, *, cut: bool) -> None:
        super().__init__(f"{expected}: {found}")
        self.expected, self.found, self.cut = expected, found, cut


@dataclass(slots=True)
class Structure:
    """What the walk met. Positions are bytes from the start of the source."""

    width: int = 0
    height: int = 0
    components: int = 0
    bits: int = 0
    frame: int = 0
    scans: int = 0
    end: int = 0
    suspicious: bool = False
    certain: int = -1
    padding: int = -1  # where zeros begin that run up to EOI, -1 where none do
    exif: tuple[int, int] | None = None
    pictures: tuple[int, int] | None = None
    first_symbols: dict[int, int] = field(default_factory=dict)


def walk(source: Source, found: Structure) -> None:
    """Walk the stream to its EOI, filling `found`. Raises `BrokenStream`."""
    if source.read_at(0, 2) != b"\xff\xd8":
        raise BrokenStream("SOI at byte 0", source.read_at(0, 2).hex(), cut=source.size < 2)
    position = 2
    for _ in range(MAX_SEGMENTS):
        marker, position = _marker(source, position)
        if marker == EOI:
            found.end = position
            return _complete(found)
        if marker in STANDALONE:
            continue
        start, position = position, position + _segment_length(source, position)
        _note(source, found, marker, start + 2, position)
        if marker == SOS:
            position = _scan(source, found, start + 2, position)
    raise BrokenStream("EOI", f"{MAX_SEGMENTS} segments", cut=False)


def _complete(found: Structure) -> None:
    if not found.frame or not found.scans:
        raise BrokenStream("SOF and SOS before EOI", f"SOF {found.frame:02x}, {found.scans} scans", cut=False)


def _marker(source: Source, position: int) -> tuple[int, int]:
    """The marker code at `position` and the position behind it; fill bytes before it are lawful (B.1.1.2)."""
    while True:
        pair = source.read_at(position, 2)
        if len(pair) < 2:
            raise BrokenStream("EOI", f"{source.size} bytes", cut=True)
        if pair[0] != 0xFF or pair[1] == 0:
            raise BrokenStream(f"marker at byte {position}", pair.hex(), cut=False)
        if pair[1] != 0xFF:
            return pair[1], position + 2
        position += 1


def _segment_length(source: Source, position: int) -> int:
    length = int.from_bytes(source.read_at(position, 2), "big")
    if position + max(length, 2) > source.size:
        raise BrokenStream(f"segment to byte {position + length}", f"{source.size} bytes", cut=True)
    if length < 2:
        raise BrokenStream(f"segment length at byte {position}", str(length), cut=False)
    return length


def _note(source: Source, found: Structure, marker: int, start: int, end: int) -> None:
    if marker in FRAMES:
        _frame(source.read_at(start, end - start), found, marker)
    elif marker == DHT:
        _tables(source.read_at(start, end - start), found)
    elif marker == 0xE1 and source.read_at(start, 6) == b"Exif\0\0":
        found.exif = found.exif or (start + 6, end)
    elif marker == 0xE2 and source.read_at(start, 4) == b"MPF\0":
        found.pictures = (start + 4, end)


def _frame(body: bytes, found: Structure, marker: int) -> None:
    if len(body) < 6:
        raise BrokenStream("frame header of 6 bytes", f"{len(body)} bytes", cut=False)
    found.frame, found.bits, found.components = marker, body[0], body[5]
    found.height, found.width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")


def _tables(body: bytes, found: Structure) -> None:
    """Per Huffman table the symbol whose code is all zeros: the first of the shortest (T.81 annex C)."""
    while len(body) > 17:
        count = sum(body[1:17])
        found.first_symbols[body[0]] = body[17]
        body = body[17 + count :]


def _scan(source: Source, found: Structure, header: int, start: int) -> int:
    """Pass over the entropy-coded data from `start`; the position of the marker that ends it."""
    found.scans += 1
    run = -1
    for position, window in windows(source, start, source.size, overlap=len(ZERO_RUN) - 1):
        match = MARKER.search(window)
        if run < 0:
            at = window.find(ZERO_RUN, 0, match.start() if match else len(window))
            run = position + at if at >= 0 else -1
        if match:
            end = position + match.start()
            if run >= 0:
                _judge_run(source, found, header, run, end)
            return end
    raise BrokenStream("EOI", f"{source.size} bytes, scan {found.scans}", cut=True)


def _judge_run(source: Source, found: Structure, header: int, run: int, end: int) -> None:
    found.suspicious = True
    if source.read_at(end, 2) == b"\xff\xd9" and not source.read_at(run, end - run).strip(b"\0"):
        found.padding = run  # some writers pad before EOI: the strict decode does without these
    elif found.certain < 0 and not _zeros_can_be_flat(source.read_at(header, 14), found):
        found.certain = run


def _zeros_can_be_flat(header: bytes, found: Structure) -> bool:
    """Whether a long run of zero bits can come from a flat area: the all-zero code ends a block.

    Where it spells a coefficient instead (in one component of those interleaved), sixteen bytes of it would
    be some forty equal coefficients in a row, which no picture has. Refinement of DC is one raw bit a block
    and stays undecided here.
    """
    count = header[0] if header else 0
    if found.frame not in (*SEQUENTIAL, PROGRESSIVE) or len(header) < 4 + 2 * count or not 1 <= count <= 4:
        return True
    spectral_start = header[1 + 2 * count]
    if found.frame == PROGRESSIVE and spectral_start == 0:
        return True
    tables = {0x10 | header[2 + 2 * i] & 15 for i in range(count)}
    return all(found.first_symbols.get(table, 0) & 15 == 0 for table in tables)
