"""The decoders behind the probes, each asked to be strict: libvips, and libjpeg by way of qpdf.

Libraries are imported where they are used, so a batch without pictures never loads libvips. Every failure
of theirs leaves as `Undecodable`. Not done here: deciding what to decode.
"""

from __future__ import annotations

from typing import Any

from ingest.probes.jpeg import Structure
from ingest.probes.source import Source

STRICT_PIXELS = 60_000_000  # qpdf gives the whole picture back in memory


class Undecodable(Exception):
    """A decoder stopped, or warned, before the end; the text is its last word."""


def jpeg_reduced(source: Source) -> None:
    """Decode at 1/8 scale: every code is read, little is computed; any warning of libjpeg raises."""
    _vips("jpegload", source, shrink=8)


def jpeg_strictly(source: Source, found: Structure) -> None:
    """Decode in full, with every scan using up exactly its bytes. Raises `Undecodable`.

    qpdf treats each libjpeg warning as an error and reads on to EOI, so bytes left over show; libvips at full
    scale stops at the last line and misses them (one zeroed 4 KiB in three, on real photographs).
    """
    if found.width * found.height > STRICT_PIXELS:
        _vips("jpegload", source)
        return
    import pikepdf

    end = found.padding if found.padding >= 0 else found.end - 2
    with pikepdf.new() as holder:
        stream = pikepdf.Stream(holder, source.read_at(0, end) + b"\xff\xd9")
        stream[pikepdf.Name.Filter] = pikepdf.Name.DCTDecode
        try:
            stream.get_stream_buffer(pikepdf.StreamDecodeLevel.all)
        except pikepdf.PdfError as error:
            raise Undecodable(_last_line(error)) from error


def tiff_page(source: Source, page: int) -> None:
    """Decode one page of a TIFF in full; any warning of libtiff raises `Undecodable`."""
    _vips("tiffload", source, page=page)


def jpeg2000(source: Source) -> None:
    """Decode a JPEG 2000 stream in full."""
    _vips("jp2kload", source)


def _vips(loader: str, source: Source, **options: Any) -> None:
    import pyvips

    pyvips.cache_set_max(0)  # it would keep the last hundred files open and mapped: other people's records
    options |= {"fail_on": "warning", "access": "sequential"}
    reader = None if source.path else Reader(source)
    try:
        if reader is None:
            picture = getattr(pyvips.Image, loader)(source.path, **options)
        else:
            picture = getattr(pyvips.Image, f"{loader}_source")(reader.custom, **options)
        picture.avg()
    except pyvips.Error as error:
        if reader is not None and reader.failure is not None:
            raise reader.failure from error
        raise Undecodable(_last_line(error)) from error


class Reader:
    """A libvips source over our own reads: sealed copies and parts of other files have no path.

    libvips holds no reference to it: it must live until the picture has been read. What a read raises
    cannot pass through C code and is kept in `failure`.
    """

    def __init__(self, source: Source) -> None:
        import pyvips

        self._source, self._position = source, 0
        self.failure: Exception | None = None
        self.custom = pyvips.SourceCustom()
        self.custom.on_read(self._read)
        self.custom.on_seek(self._seek)

    def _read(self, length: int) -> bytes:
        try:
            content = self._source.read_at(self._position, length)
        except Exception as error:  # noqa: BLE001 - anything raised here would be lost in C code; it is raised later
            self.failure = error
            return b""
        self._position += len(content)
        return content

    def _seek(self, offset: int, whence: int) -> int:
        self._position = offset + (0, self._position, self._source.size)[whence]
        return self._position


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:160] if lines else type(error).__name__
