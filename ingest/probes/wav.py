"""WAV: RIFF, RF64 and BW64 chunk lengths against the file, sample layout against the header.

Seen: a cut anywhere, declared lengths that do not meet the file, bytes behind the last chunk, a header that
contradicts itself; data that is not PCM is decoded to its end. No check can see: flipped bits or zeros in PCM
samples, which have no redundancy. Sources: Microsoft RIFF 1991, EBU Tech 3306, ITU-R BS.2088.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ingest.probes import sound
from ingest.probes.probed import Options, Probed
from ingest.probes.source import Source

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
UNDECLARED = 0xFFFFFFFF
MAX_CHUNKS = 100_000


@dataclass(slots=True)
class _Wave:
    """What the walk met: `fmt` body, `data` start and declared length, 64-bit lengths of RF64."""

    form: bytes = b""
    data: tuple[int, int] | None = None
    long_sizes: tuple[int, int] | None = None
    end: int = 12


def probe_wav(source: Source, options: Options) -> Probed:
    """Facts and problems of one WAV file; damaged content never raises."""
    probed, wave = Probed(), _Wave()
    head = source.read_at(0, 12)
    if head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
        probed.problem("sound-damaged", "RIFF WAVE", head.hex())
        return probed
    _walk(source, wave, probed)
    _outer_length(source, head, wave, probed)
    if len(wave.form) < 16 or wave.data is None:
        if not probed.problems:
            probed.problem("sound-damaged", "fmt and data chunks", f"{len(wave.form)} bytes of fmt")
        return probed
    _samples(source, wave, options, probed)
    return probed


def _walk(source: Source, wave: _Wave, probed: Probed) -> None:
    for _ in range(MAX_CHUNKS):
        header = source.read_at(wave.end, 8)
        if len(header) < 8:
            return
        name, length = header[:4], int.from_bytes(header[4:], "little")
        start = wave.end + 8
        if not (name.isascii() and name.decode().isprintable()):
            return  # not a chunk: _outer_length says what it is
        if name == b"data" and wave.long_sizes and length == UNDECLARED:
            length = wave.long_sizes[1]
        if start + length > source.size:
            kind = "sound-length-differs" if length == UNDECLARED else "sound-cut"
            probed.problem(kind, f"chunk {name.decode()} of {length} bytes", f"{source.size - start} bytes")
            length = source.size - start
        _note(source, wave, name, start, length)
        wave.end = min(start + length + (length & 1), source.size)


def _note(source: Source, wave: _Wave, name: bytes, start: int, length: int) -> None:
    if name == b"fmt " and not wave.form:
        wave.form = source.read_at(start, min(length, 64))
    elif name == b"data" and wave.data is None:
        wave.data = (start, length)
    elif name == b"ds64" and length >= 16:
        outer, data = struct.unpack("<QQ", source.read_at(start, 16))
        wave.long_sizes = (outer, data)


def _outer_length(source: Source, head: bytes, wave: _Wave, probed: Probed) -> None:
    """The RIFF length must lead to the end of the file; one pad byte more or less is common and harmless."""
    declared = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" and wave.long_sizes and declared == UNDECLARED:
        declared = wave.long_sizes[0]
    end = declared + 8
    if probed.problems:
        return
    if end > source.size:
        kind = "sound-length-differs" if declared == UNDECLARED else "sound-cut"
        probed.problem(kind, f"{end} bytes", f"{source.size} bytes")
    elif end + (end & 1) >= source.size == wave.end:
        return
    elif wave.end == source.size or end < wave.end:
        probed.problem("sound-length-differs", f"{end} bytes", f"{source.size} bytes")
    else:
        probed.problem("trailing-data", f"{wave.end} bytes", f"{source.size} bytes")


def _samples(source: Source, wave: _Wave, options: Options, probed: Probed) -> None:
    code, channels, rate, byte_rate, block, bits = struct.unpack("<HHIIHH", wave.form[:16])
    if code == EXTENSIBLE and len(wave.form) >= 26:
        code = int.from_bytes(wave.form[24:26], "little")
    assert wave.data is not None
    length = wave.data[1]
    probed.values |= {"sampling_hz": rate, "channels": channels, "bits": bits, "codec": code}
    if not rate or not channels or not block:
        probed.problem("sound-damaged", "rate, channels and block above 0", f"{rate}, {channels}, {block}")
    elif code in (PCM, FLOAT):
        _plain(channels, rate, byte_rate, block, bits, length, probed)
    elif options.decode:
        samples = sound.decode_to_end(source, "wav", probed)
        probed.values |= {"frames": samples, "duration_ms": samples * 1000 // rate}
    if not length:
        probed.problem("sound-length-differs", "", "0 samples")


def _plain(
    channels: int, rate: int, byte_rate: int, block: int, bits: int, length: int, probed: Probed
) -> None:
    """Samples of fixed size: the header's numbers follow from each other and the data is whole blocks."""
    probed.values |= {"frames": length // block, "duration_ms": length // block * 1000 // rate}
    if block != channels * -(-bits // 8) or byte_rate != rate * block:
        wanted = f"{channels * -(-bits // 8)} bytes a block, {rate * channels * -(-bits // 8)} a second"
        probed.problem("sound-damaged", wanted, f"{block}, {byte_rate}")
    elif length % block:
        probed.problem("sound-cut", f"n x {block} bytes", f"{length} bytes")
