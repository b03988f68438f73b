"""What format a file is in, by its signature (PRONOM, through siegfried), never by its name.

Siegfried reads a whole file for some answers, which costs more than everything else; head and tail decide
nearly always, so it is given a small memory file of those, and the whole only in doubt. OFD, which PRONOM
takes for ZIP, has a rule of its own. Not done here: whether the format is accepted.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from typing import Any

from ingest.probes.source import Source

HEAD_BYTES, TAIL_BYTES, MIDDLE_BYTES = 16_384, 4_096, 16_384
WHOLE_BYTES = 64 << 20
# too general to be an answer from head and tail alone: ZIP, OLE2, XML, plain text, tar, gzip
DOUBTFUL = frozenset(("", "x-fmt/263", "fmt/111", "fmt/101", "x-fmt/111", "x-fmt/265", "x-fmt/266"))
OFD = "lantai/ofd"
# first bytes -> probe, for files so damaged that no signature holds: the probe then says what is wrong
MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"%PDF-", "pdf"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\0\0\1\xba", "video"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A PRONOM id ("" unknown), the format's name with its version, its media type."""

    puid: str = ""
    format: str = ""
    mime: str = ""


class Identifier:
    """Holds one small memory file that head and tail are laid into; for one thread at a time."""

    def __init__(self) -> None:
        self._sample = os.memfd_create("sample", os.MFD_CLOEXEC)

    def identify(self, source: Source) -> Identity:
        """The identity of `source`, `Identity()` where it is unknown. Never raises for bad content."""
        if not source.size:
            return Identity()
        identity = self._by_ends(source)
        if identity.puid in DOUBTFUL and _is_ofd(source):
            return Identity(OFD, "OFD", "application/ofd")
        if identity.puid in DOUBTFUL and source.path and HEAD_BYTES + TAIL_BYTES < source.size <= WHOLE_BYTES:
            return _ask(source.path)
        return identity

    def _by_ends(self, source: Source) -> Identity:
        head = source.read_at(0, HEAD_BYTES)
        middle, start = _telling_middle(source, head)
        tail_start = max(start + len(middle), source.size - TAIL_BYTES)
        sample = head + middle + source.read_at(tail_start, TAIL_BYTES)
        os.ftruncate(self._sample, 0)
        os.pwrite(self._sample, sample, 0)
        return _ask(f"/proc/self/fd/{self._sample}")


def _telling_middle(source: Source, head: bytes) -> tuple[bytes, int]:
    """Bytes elsewhere that signatures ask for: the first frames behind an ID3 tag. With where they start."""
    if head[:3] == b"ID3" and len(head) >= 10:
        behind = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
        if behind > len(head):
            return source.read_at(behind, MIDDLE_BYTES), behind
    return b"", len(head)


def _ask(path: str) -> Identity:
    import pygfried

    try:
        answer: Any = pygfried.identify(path, detailed=True)
        match = answer["files"][0]["matches"][0]
    except (pygfried.GoError, pygfried.EmptySourceError, KeyError, IndexError):
        return Identity()
    if match["id"] == "UNKNOWN" or not any(kind in match["basis"] for kind in ("byte match", "container")):
        return Identity()
    return Identity(match["id"], f"{match['format']} {match['version']}".strip(), match["mime"])


def _is_ofd(source: Source) -> bool:
    """GB/T 33190: a ZIP package with `OFD.xml` at its root."""
    if source.read_at(0, 4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(source.open()) as package:
            return "OFD.xml" in package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return False


def probe_by_magic(source: Source) -> str:
    """The probe that the first bytes ask for, "" for none."""
    head = source.read_at(0, 12)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] in (b"WAVE", b""):
        return "wav"
    if head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return "video"
    return next((probe for magic, probe in MAGIC if head.startswith(magic)), "")
