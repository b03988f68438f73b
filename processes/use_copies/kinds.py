"""Which use copies there are of a component, by the type that was found when it came in.

    thumb, screen       a small and a large picture: of photographs, scans, first pages, videos
    tiles               all of a photograph or scan, to look into
    peaks               how loud a sound is, over its course
    play                a sound or video that browsers play, where they do not play the original

Of a TIFF of several pages each has its pictures and tiles, under a kind of its own (`of_page`); a PDF is read
by its pages in the browser.

Whether a copy can be made of this very file shows when it is made. Not done here: making (`making`).
"""

from __future__ import annotations

from archive.model import Component
from ingest.probes.draw import PAGE, PICTURE, PLAY, SCREEN, SOUND, THUMB, VIDEO, together

KINDS = ("thumb", "screen", "tiles", "peaks", "play")
MIMES = {"thumb": "image/jpeg", "screen": "image/jpeg", "tiles": "image/jpeg", "peaks": "application/json"}
PLAYED = {SOUND: "audio/mpeg", VIDEO: "video/mp4"}
SUFFIXES = {"image/jpeg": "jpg", "application/json": "json", "audio/mpeg": "mp3", "video/mp4": "mp4"}
BEHIND = (THUMB, "peaks")
"""Made behind a registration, with what is drawn with them; the others when they are first asked for: tiles
take as much room as the original, and what is to be played takes long."""

MOST_PAGES = 2_000
"""So many pages of a picture are shown one by one; a book that was scanned into one file has some hundred."""

_PCM, _FLOAT = 1, 3
"""Of a WAV: numbers as they are, which browsers play."""
_PICTURES = frozenset({"image/jpeg", "image/tiff"})


def media_of(part: Component) -> str:
    """What kind of thing it is to look at; "" where there is nothing to look at."""
    for mime in (kind.strip().lower() for kind in part.mime.split(",")):
        if mime in _PICTURES:
            return PICTURE
        if mime == "application/pdf":
            return PAGE
        if mime.startswith("audio/"):
            return SOUND
        if mime.startswith("video/") or mime == "application/mp4":
            return VIDEO
    return ""


def kinds_of(part: Component) -> tuple[str, ...]:
    """The copies that are made of it, in the order of KINDS."""
    media = media_of(part)
    return tuple(kind for kind in KINDS if together(media, kind) and not (kind == PLAY and plays(part)))


def pages_of(part: Component) -> int:
    """How many pages a picture has that are shown one by one; 1 of whatever is no picture."""
    found = part.probe.get("pages", 1)
    return min(found, MOST_PAGES) if media_of(part) == PICTURE and isinstance(found, int) and found > 0 else 1


def of_page(kind: str, page: int) -> str:
    """The kind under which the copy of a page is kept: of the first it is the kind itself."""
    return kind if page == 1 else f"{kind}-{page}"


def mime_of(part: Component, kind: str) -> str:
    """The type of a copy."""
    return MIMES.get(kind) or PLAYED[media_of(part)]


def taken(part: Component) -> str:
    """The copy that stands for the component where none is named; "" where there is none."""
    kinds = kinds_of(part)
    return next((kind for kind in (PLAY, SCREEN) if kind in kinds), "")


def plays(part: Component) -> bool:
    """Whether browsers play the original as it is."""
    facts = part.probe
    if media_of(part) == SOUND:
        return "mpeg" in part.mime or facts.get("codec", _PCM) in (_PCM, _FLOAT)
    return (
        "mp4" in part.mime
        and facts.get("codec") == "h264"
        and facts.get("audio_codec", "aac") in ("aac", "mp3", "")
    )
