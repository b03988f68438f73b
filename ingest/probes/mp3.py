"""MP3 (MPEG-1, -2, -2.5 audio): a walk over every frame between the tags, then a decode to the end.

Seen: a frame that is cut or does not follow the one before (so 4 KiB of zeros anywhere), a frame or byte
count in the Xing/Info/VBRI header that the frames do not meet, tags cut short, what FFmpeg refuses. No
check can see: a file without such a header cut exactly between two frames, flipped bits inside a frame
without checksum. Sources: ISO/IEC 11172-3 §2.4.2.3, ISO/IEC 13818-3, ID3v2.4 §3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.probes import sound
from ingest.probes.probed import Options, Probed
from ingest.probes.source import WINDOW_BYTES, Source

# kbit/s by (MPEG-1?, layer): ISO/IEC 11172-3 table 2.4.2.3, ISO/IEC 13818-3 table 2.4.2.3
BITRATES = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
TAG_STARTS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame header: version bits, layer, Hz, kbit/s, channels, samples a channel, bytes."""

    version: int
    layer: int
    rate: int
    kbits: int
    channels: int
    samples: int
    length: int


def frame(header: bytes) -> Frame | None:
    """The frame that a header of 4 bytes announces, None where it is none (free format included)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, kbits_index = header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or layer == 4 or rate_index == 3 or kbits_index in (0, 15):
        return None
    rate, kbits = RATES[version][rate_index], BITRATES[(version == 3, layer)][kbits_index]
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152
    slot = 4 if layer == 1 else 1
    length = (samples // 8 // slot * kbits * 1000 // rate + (header[2] >> 1 & 1)) * slot
    return Frame(version, layer, rate, kbits, 1 if header[3] >> 6 == 3 else 2, samples, length)


@dataclass(slots=True)
class _Walk:
    """What the walk met: where frames begin and end, how many, and the first of them."""

    start: int
    end: int
    frames: int = 0
    first: Frame | None = None
    varies: bool = False


def probe_mp3(source: Source, options: Options) -> Probed:
    """Facts and problems of one MP3 file; damaged content never raises."""
    probed = Probed()
    start = _leading_tags(source, probed)
    stop = _trailing_tags(source, start)
    walk = _frames(source, start, stop)
    if walk.first is None:
        probed.problem(
            "sound-damaged",
            f"frame at byte {start}",
            source.read_at(start, 4).hex() or f"{source.size} bytes",
        )
        return probed
    declared = _declared(source, walk)
    sounding = walk.frames - (1 if declared is not None else 0)
    _facts(walk, walk.first, sounding, probed)
    _after_frames(source, walk, stop, declared is not None and declared[0] == sounding, probed)
    if declared is not None:
        _compare(source, walk, declared, sounding, probed)
    if options.decode and not probed.problems:
        samples = sound.decode_to_end(source, "mp3", probed)
        wanted = sounding * walk.first.samples
        if samples < wanted - 4 * walk.first.samples:  # encoder delay and padding are cut off in decoding
            probed.problem("sound-length-differs", f"{wanted} samples", f"{samples} samples")
    return probed


def _leading_tags(source: Source, probed: Probed) -> int:
    position = 0
    while (head := source.read_at(position, 10))[:3] == b"ID3" and len(head) == 10:
        length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        _tag_facts(source, position, probed)
        position += 10 + length + (10 if head[5] & 0x10 else 0)
        if position > source.size:
            probed.problem("sound-cut", f"tag to byte {position}", f"{source.size} bytes")
    return position


def _tag_facts(source: Source, position: int, probed: Probed) -> None:
    import mutagen
    from mutagen.id3 import ID3

    file = source.open()
    try:
        file.seek(position)
        tags = ID3(file)  # type: ignore[no-untyped-call]
    except (mutagen.MutagenError, IndexError, ValueError, MemoryError):  # a tag gives facts, never a verdict
        return
    for name, key in (("id3_title", "TIT2"), ("id3_artist", "TPE1"), ("id3_time", "TDRC")):
        if key in tags:
            probed.text(name, str(tags[key]))


def _trailing_tags(source: Source, start: int) -> int:
    """Where the tags at the end begin: ID3v1, APEv2 and Lyrics3v2, in any order."""
    stop = source.size
    for _ in range(4):
        tail = source.read_at(max(stop - 32, start), min(32, stop - start))
        if stop - 128 >= start and source.read_at(stop - 128, 3) == b"TAG":
            stop -= 128
        elif tail[:8] == b"APETAGEX":
            header = 32 if tail[23] & 0x80 else 0
            stop = max(stop - int.from_bytes(tail[12:16], "little") - header, start)
        elif tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
            stop = max(stop - int(tail[-15:-9]) - 15, start)
    return stop


def _frames(source: Source, start: int, stop: int) -> _Walk:
    """Walk from frame to frame. A file has few different headers: each is read once, then known."""
    walk = _Walk(start, start)
    known: dict[bytes, int] = {}
    base, window, position, frames = start, b"", start, 0
    while position + 4 <= stop:
        offset = position - base
        if offset + 4 > len(window):
            base, offset = position, 0
            window = source.read_at(base, min(WINDOW_BYTES, stop - base))
        header = window[offset : offset + 4]
        length = known.get(header) or _met(header, walk, known)
        if not length or position + length > stop:
            break
        position += length
        frames += 1
    walk.end, walk.frames = position, frames
    if not frames:
        walk.first = None
    return walk


def _met(header: bytes, walk: _Walk, known: dict[bytes, int]) -> int:
    """The length of the frame that a header met for the first time announces, 0 where it does not belong."""
    found = frame(header)
    if found is None or not _alike(walk, found):
        return 0
    walk.first = walk.first or found
    walk.varies |= found.kbits != walk.first.kbits
    known[header] = found.length
    return found.length


def _alike(walk: _Walk, found: Frame) -> bool:
    """Version, layer and rate never change inside one file; a stray sync pattern seldom has all three."""
    first = walk.first
    return first is None or (found.version, found.layer, found.rate) == (
        first.version,
        first.layer,
        first.rate,
    )


def _declared(source: Source, walk: _Walk) -> tuple[int, int] | None:
    """(frames, bytes) of the Xing/Info/VBRI header in the first frame, -1 for one not given; None without."""
    assert walk.first is not None
    body = source.read_at(walk.start, walk.first.length)
    mono, newer = walk.first.channels == 1, walk.first.version == 3
    at = 4 + ((17 if mono else 32) if newer else (9 if mono else 17))
    if body[at : at + 4] in (b"Xing", b"Info"):
        flags, position = int.from_bytes(body[at + 4 : at + 8], "big"), at + 8
        numbers = [-1, -1]
        for bit in (0, 1):
            if flags >> bit & 1:
                numbers[bit] = int.from_bytes(body[position : position + 4], "big")
                position += 4
        return numbers[0], numbers[1]
    if body[36:40] == b"VBRI":
        return int.from_bytes(body[50:54], "big"), int.from_bytes(body[46:50], "big")
    return None


def _facts(walk: _Walk, first: Frame, sounding: int, probed: Probed) -> None:
    probed.values |= {"sampling_hz": first.rate, "channels": first.channels, "frames": sounding}
    probed.values |= {"duration_ms": sounding * first.samples * 1000 // first.rate, "layer": first.layer}
    probed.values |= {"kbits": first.kbits, "variable_rate": walk.varies}


def _after_frames(source: Source, walk: _Walk, stop: int, complete: bool, probed: Probed) -> None:
    """What stands where the next frame was expected; `complete` where the header's count is met already."""
    left = stop - walk.end
    if not left:
        return
    head = source.read_at(walk.end, 12)[:left]
    announced = frame(head)
    if any(head.startswith(tag[: len(head)]) for tag in TAG_STARTS):
        probed.problem("sound-cut", f"tag at byte {walk.end}", f"{left} bytes")
    elif left < 4 or (announced is not None and walk.end + announced.length > stop):
        probed.problem("sound-cut", f"frame at byte {walk.end}", f"{left} bytes")
    elif complete:
        probed.problem("trailing-data", f"{walk.end} bytes", f"{source.size} bytes")
    else:
        probed.problem("sound-damaged", f"frame at byte {walk.end}", head[:4].hex())


def _compare(source: Source, walk: _Walk, declared: tuple[int, int], sounding: int, probed: Probed) -> None:
    """Hold the counts of the header against the frames; some encoders count the header's own frame too."""
    frames, size = declared
    sizes = (walk.end - walk.start, source.size, source.size - walk.start)
    exact = size in sizes
    if frames >= 0 and frames != sounding and not (frames == walk.frames and exact):
        kind = "sound-cut" if frames > sounding else "sound-length-differs"
        probed.problem(kind, f"{frames} frames", f"{sounding} frames")
    elif size >= 0 and not exact:
        probed.problem("sound-length-differs", f"{size} bytes", f"{walk.end - walk.start} bytes")
