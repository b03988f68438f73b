"""Photographs: a JPEG read to its end, with the facts a person would confirm later.

Seen: a cut anywhere (marker walk), foreign bytes in the compressed data (marker walk and a decode at 1/8
scale that takes every warning of libjpeg for an error), and zeroed sectors: a run of zero bytes sends the
stream through a strict full decode that must use up exactly the bytes there are; where zero bits would
spell coefficients, the run alone condemns it. No check can see: flipped bits that still decode (only the
sender's digest can), zeros that happen to decode to the same number of blocks, damage inside metadata. Not
done here: floors.
"""

from __future__ import annotations

import contextlib

from ingest.probes import decoders, ifd, jpeg
from ingest.probes.probed import Options, Probed
from ingest.probes.source import BytesSource, Source

EXIF_IFD, MAKE, MODEL, MODIFIED, TAKEN, MP_ENTRY = 0x8769, 0x10F, 0x110, 0x132, 0x9003, 0xB002


def probe_jpeg(source: Source, options: Options) -> Probed:
    """Facts and problems of one JPEG file; damaged content never raises."""
    probed, found = Probed(), jpeg.Structure()
    try:
        jpeg.walk(source, found)
    except jpeg.BrokenStream as broken:
        probed.problem("image-cut" if broken.cut else "image-damaged", broken.expected, broken.found)
    _facts(source, found, probed)
    if not probed.problems:
        _behind_the_end(source, found, probed)
        read_to_end(source, found, options, probed)
    return probed


def read_to_end(source: Source, found: jpeg.Structure, options: Options, probed: Probed) -> None:
    """Decode the stream whose structure is `found`, as hard as its structure asks for."""
    if found.width * found.height > options.max_pixels:
        probed.problem("bomb", f"{options.max_pixels} pixels", f"{found.width * found.height} pixels")
    elif found.certain >= 0:
        probed.problem("image-damaged", "", f"byte {found.certain}: 00 x 16")
    elif options.decode:
        try:
            if found.suspicious:
                decoders.jpeg_strictly(source, found)
            else:
                decoders.jpeg_reduced(source)
        except decoders.Undecodable as failure:
            probed.problem("image-damaged", f"{found.width}x{found.height}", str(failure))


def exif_facts(directories: ifd.Directories, probed: Probed) -> None:
    """Capture time, maker and model; broken metadata gives fewer facts and no problem."""
    with contextlib.suppress(ifd.BrokenDirectory):
        main = directories.chain(directories.first)[0]
        probed.text("exif_make", directories.text(main, MAKE))
        probed.text("exif_model", directories.text(main, MODEL))
        probed.text("exif_time", directories.text(main, MODIFIED))
        for pointer in directories.numbers(main, EXIF_IFD)[:1]:
            probed.text("exif_time", directories.text(directories.chain(pointer)[0], TAKEN))


def _facts(source: Source, found: jpeg.Structure, probed: Probed) -> None:
    if found.frame:
        probed.values |= {"width": found.width, "height": found.height, "pixels": found.width * found.height}
        probed.values |= {"components": found.components, "bits": found.bits}
    if found.exif:
        start, end = found.exif
        with contextlib.suppress(ifd.BrokenDirectory):
            exif_facts(ifd.Directories(BytesSource(source.read_at(start, end - start))), probed)


def _behind_the_end(source: Source, found: jpeg.Structure, probed: Probed) -> None:
    """What stands behind EOI: further pictures that the file declares (CIPA DC-007), else a finding."""
    declared = max(found.end, _pictures_end(source, found))
    if declared > source.size:
        probed.problem("image-cut", f"{declared} bytes", f"{source.size} bytes")
    elif declared < source.size:
        probed.problem("trailing-data", f"{declared} bytes", f"{source.size} bytes")


def _pictures_end(source: Source, found: jpeg.Structure) -> int:
    if not found.pictures:
        return 0
    base, end = found.pictures
    with contextlib.suppress(ifd.BrokenDirectory):
        index = ifd.Directories(BytesSource(source.read_at(base, end - base)))
        directory = index.chain(index.first)[0]
        entries = index.raw(directory[MP_ENTRY]) if MP_ENTRY in directory else b""
        order = "big" if source.read_at(base, 2) == b"MM" else "little"
        numbers = [int.from_bytes(entries[i : i + 4], order) for i in range(0, len(entries), 4)]  # type: ignore[arg-type]
        return max(
            (base + at + size for size, at in zip(numbers[1::4], numbers[2::4], strict=False) if at),
            default=0,
        )
    return 0
