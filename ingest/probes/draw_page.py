"""Drawing a page of a PDF."""

from __future__ import annotations

from ingest.probes.draw import SCREEN, SIDES, NothingToDraw, put_sides
from ingest.probes.room import Room
from ingest.probes.source import Source

_WHOLE_BYTES = 64 << 20
"""Up to here a document is read whole; a larger one is sought in."""


def sides(source: Source, page: int, room: Room, max_pixels: int) -> None:
    """The small pictures of one page, on white."""
    del max_pixels  # it is drawn as large as it is wanted
    import pypdfium2

    whole = source.read_at(0, source.size) if source.size <= _WHOLE_BYTES else source.open()
    document = pypdfium2.PdfDocument(whole)
    try:
        if page > len(document):
            raise NothingToDraw("pages")
        sheet = document[page - 1]
        longest = max(sheet.get_size())
        if longest <= 0:
            raise NothingToDraw("size")
        picture = sheet.render(scale=SIDES[SCREEN] / longest).to_pil().convert("RGB")
        sheet.close()
    finally:
        document.close()
    put_sides(picture, room)
