"""TIFF and BigTIFF: every directory, value, strip and tile inside the file, compressed data decoded.

Seen: a cut anywhere before the last byte that a directory names, wrong offsets and counts, strips too short
for their pixels; in Deflate strips any damage (their checksum), in LZW zeroed sectors (a run of zero bytes
cannot be written by an encoder), otherwise what libtiff refuses or warns of. No check can see: flipped bits
or zeros in uncompressed pixels, which have no redundancy; a byte cut off that no directory names.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.probes import decoders, deflate, ifd, image
from ingest.probes.jpeg import ZERO_RUN
from ingest.probes.probed import Options, Probed
from ingest.probes.source import Source, windows

WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, ROWS, PLANAR = 256, 257, 258, 259, 277, 278, 284
STRIPS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES = 273, 279, 322, 323, 324, 325
SUBIFDS, EXIF, GPS = 330, 0x8769, 0x8825
PHOTOMETRIC, YCBCR = 262, 6
NONE, LZW, DEFLATE = 1, 5, (8, 32946)


def probe_tiff(source: Source, options: Options) -> Probed:
    """Facts and problems of one TIFF file; damaged content never raises. Source: TIFF 6.0, BigTIFF."""
    probed = Probed()
    try:
        directories = ifd.Directories(source)
        pages = directories.chain(directories.first)
        if not pages:
            raise ifd.BrokenDirectory("one page", "0", cut=False)
        _size_facts(directories, pages, probed)
        for number, page in enumerate(pages):
            _page(source, directories, page, number, options, probed)
        image.exif_facts(directories, probed)
    except ifd.BrokenDirectory as broken:
        probed.problem("image-cut" if broken.cut else "image-damaged", broken.expected, broken.found)
    return probed


def _size_facts(directories: ifd.Directories, pages: list[ifd.Directory], probed: Probed) -> None:
    sizes = [(_one(directories, page, WIDTH), _one(directories, page, HEIGHT)) for page in pages]
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    probed.values |= {"width": width, "height": height, "pixels": width * height, "pages": len(pages)}
    probed.values["compression"] = _one(directories, pages[0], COMPRESSION, NONE)
    probed.values["bits"] = _one(directories, pages[0], BITS, 1)


def _one(directories: ifd.Directories, page: ifd.Directory, tag: int, default: int | None = None) -> int:
    numbers = directories.numbers(page, tag, () if default is None else (default,))
    if not numbers:
        raise ifd.BrokenDirectory(f"tag {tag}", "absent", cut=False)
    return numbers[0]


def _page(
    source: Source,
    directories: ifd.Directories,
    page: ifd.Directory,
    number: int,
    options: Options,
    probed: Probed,
) -> None:
    for tag in (EXIF, GPS, SUBIFDS):  # their values count for where the file must reach
        for pointer in directories.numbers(page, tag):
            directories.chain(pointer)
    pixels = _one(directories, page, WIDTH) * _one(directories, page, HEIGHT)
    if not pixels:
        raise ifd.BrokenDirectory("width and height above 0", "0", cut=False)
    if pixels > options.max_pixels:
        probed.problem("bomb", f"{options.max_pixels} pixels", f"{pixels} pixels")
        return
    layout = _layout(directories, page)
    parts = _parts(directories, page, layout)
    for start, length in parts:
        if start + length > source.size:
            raise ifd.BrokenDirectory(
                f"page {number + 1} to byte {start + length}", f"{source.size} bytes", cut=True
            )
    compression = _one(directories, page, COMPRESSION, NONE)
    if compression == NONE:
        _uncompressed(directories, page, layout, parts)
    elif options.decode:
        _compressed(source, compression, parts, number, probed)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a page is divided: `count` strips or tiles, each of `rows` rows of `line` bytes, uncompressed."""

    count: int
    line: int
    rows: int
    height: int
    tiled: bool

    def plain_bytes(self, index: int) -> int:
        """Bytes of part `index` before compression; the last strip of a plane may be shorter."""
        if self.tiled:
            return self.line * self.rows
        strips = -(-self.height // self.rows)
        return self.line * min(self.rows, self.height - index % strips * self.rows)


def _layout(directories: ifd.Directories, page: ifd.Directory) -> _Layout:
    width, height = _one(directories, page, WIDTH), _one(directories, page, HEIGHT)
    samples, bits = _one(directories, page, SAMPLES, 1), directories.numbers(page, BITS, (1,))
    planes = samples if _one(directories, page, PLANAR, 1) == 2 else 1
    if len(bits) not in (1, samples):
        raise ifd.BrokenDirectory(f"bits of {samples} samples", f"of {len(bits)}", cut=False)
    depth = bits[0] if planes > 1 else (sum(bits) if len(bits) == samples else bits[0] * samples)
    if TILES in page:
        columns, rows = _one(directories, page, TILE_WIDTH), _one(directories, page, TILE_HEIGHT)
        if not columns or not rows:
            raise ifd.BrokenDirectory("tile size above 0", f"{columns}x{rows}", cut=False)
        count = -(-width // columns) * -(-height // rows) * planes
        return _Layout(count, (columns * depth + 7) // 8, rows, height, tiled=True)
    rows = min(_one(directories, page, ROWS, height) or height, height)
    return _Layout(-(-height // rows) * planes, (width * depth + 7) // 8, rows, height, tiled=False)


def _parts(directories: ifd.Directories, page: ifd.Directory, layout: _Layout) -> list[tuple[int, int]]:
    """The strips or tiles of a page as (start, bytes), as many as its size asks for."""
    starts = directories.numbers(page, TILES if layout.tiled else STRIPS)
    lengths = directories.numbers(page, TILE_BYTES if layout.tiled else STRIP_BYTES)
    if not lengths and len(starts) == 1 and _one(directories, page, COMPRESSION, NONE) == NONE:
        lengths = (layout.plain_bytes(0),)  # a lawful omission of old writers
    if not len(starts) == len(lengths) == layout.count:
        found = f"{len(starts)} with {len(lengths)} lengths"
        raise ifd.BrokenDirectory(f"{layout.count} strips or tiles", found, cut=False)
    if 0 in lengths and not layout.tiled:
        raise ifd.BrokenDirectory("strips with bytes", "0 bytes", cut=False)
    return list(zip(starts, lengths, strict=True))


def _uncompressed(
    directories: ifd.Directories, page: ifd.Directory, layout: _Layout, parts: list[tuple[int, int]]
) -> None:
    subsampled = _one(directories, page, PHOTOMETRIC, 1) == YCBCR
    for index, (_, length) in enumerate(parts):
        wanted = layout.plain_bytes(index) // (2 if subsampled else 1)
        if length < wanted:
            raise ifd.BrokenDirectory(f"strip of {wanted} bytes", f"{length} bytes", cut=False)


def _compressed(
    source: Source, compression: int, parts: list[tuple[int, int]], number: int, probed: Probed
) -> None:
    try:
        if compression in DEFLATE:
            for start, length in parts:
                deflate.inflate(source, start, length)
        elif compression == LZW:
            _no_zero_run(source, parts)
        decoders.tiff_page(source, number)
    except decoders.Undecodable as failure:
        probed.problem("image-damaged", f"page {number + 1}", str(failure))


def _no_zero_run(source: Source, parts: list[tuple[int, int]]) -> None:
    """LZW never writes the code 0 twice running: the second time the pair has a code of its own."""
    for start, length in parts:
        for position, window in windows(source, start, start + length, overlap=len(ZERO_RUN) - 1):
            if ZERO_RUN in window:
                raise decoders.Undecodable(f"byte {position + window.find(ZERO_RUN)}: 00 x 16")
