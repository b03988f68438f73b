"""File names as text: what may be stored, what is shown escaped, and when two are one name.

Pure. Two names are one in form when they are equal in NFC without "." and empty parts: a list typed
on one system names a file stored by another (APFS and HFS+ store NFD). Case is never folded.
"""

from __future__ import annotations

import os
import re
import unicodedata

_CANNOT_STORE = re.compile("[\x00\ud800-\udfff]")
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_JOINTS = re.compile(r"[;\uff1b\u3001,\uff0c\s]+")

DROPPINGS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".directory"})
"""What file managers leave in a folder without being asked; lower case."""


def is_storable(name: str) -> bool:
    """Whether it is text: no NUL and no lone surrogate (a name on disk that is not UTF-8 has some)."""
    return not _CANNOT_STORE.search(name)


def is_odd(name: str) -> bool:
    """Whether it holds characters that mislead: controls, line breaks, bidi controls."""
    return _ODD.search(name) is not None


def escaped(name: str) -> str:
    r"""The name with every odd character as \xNN or \uNNNN; the bytes of what is not UTF-8 as \xNN."""
    return _ODD.sub(lambda match: _escape(ord(match[0])), name)


def _escape(point: int) -> str:
    byte = point - 0xDC00 if 0xDC80 <= point <= 0xDCFF else point
    return f"\\x{byte:02x}" if byte < 0x100 else f"\\u{byte:04x}"


def is_absolute(name: str) -> bool:
    """Whether it starts at a root or a drive, of whatever system."""
    return name.startswith(("/", "\\")) or _DRIVE.match(name) is not None


def climbs(name: str) -> bool:
    """Whether a part of it goes up, whichever way the slashes lean."""
    return ".." in name.replace("\\", "/").split("/")


def form(name: str) -> str:
    """What two spellings of one path have in common."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def as_gb18030(name: str) -> str:
    """The name as this system sees it where it was stored in GB18030. Takes storable names only."""
    return os.fsdecode(name.encode("gb18030"))


def near(path: str) -> str:
    """What paths that are easily taken for each other have in common: all but case, width and white space."""
    return "".join(form(unicodedata.normalize("NFKC", path.replace("\\", "/")).casefold()).split())


def parts_of(listed: str) -> tuple[str, ...]:
    """A listed name, and the names in it where a sender joined several by another sign than the bar."""
    return (listed, *filter(None, _JOINTS.split(listed)))


def is_dropping(path: str) -> bool:
    """Whether an operating system or an office program left it there."""
    *folders, name = path.lower().split("/")
    return name in DROPPINGS or name.startswith(("._", "~$")) or "__macosx" in folders
