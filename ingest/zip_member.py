"""One file of a ZIP, unpacked while it is read: as a stream, with no more memory than a piece.

A member is read from its start to its end and must be what the directory says: its local header the same
name and method, its length and check sum those told, nothing left over. What is not is damaged, and whoever
reads it is told so before its last byte counts. Not done here: which members there are (`zipped.py`).
"""

from __future__ import annotations

import struct
import zlib

from ingest.errors import FileUnreadable
from ingest.zipped import DEFLATED, ENCRYPTED, LOCAL_BYTES, Entry, ReadRange

_LOCAL = struct.Struct("<4s5H3L2H")
_READ_BYTES = 256 << 10


class Member:
    """A member of the ZIP that `read` reads, from its start on; for one thread at a time. See `Opened`.

    Going back begins anew; going ahead reads what lies between.
    """

    def __init__(self, read: ReadRange, entry: Entry, identity: tuple[int, ...]) -> None:
        self._read, self._entry, self._identity = read, entry, identity
        self._data = self._begin()
        self._rewind()

    @property
    def descriptor(self) -> None:
        """See `Opened`: there is none."""
        return

    def identity(self) -> tuple[int, ...]:
        """See `Opened`."""
        return self._identity

    def close(self) -> None:
        """See `Opened`: the archive is not ours."""

    def read_into(self, room: memoryview, start: int) -> int:
        """See `Opened`. Raises `FileUnreadable` where the member is not what the directory says."""
        if start < self._at:
            self._rewind()
        while self._at < start and self._piece(start - self._at):
            pass
        done = 0
        while done < len(room) and (piece := self._piece(len(room) - done)):
            room[done : done + len(piece)] = piece
            done += len(piece)
        return done

    def _begin(self) -> int:
        """Where the packed bytes begin, by the local header, which must agree with the directory."""
        entry = self._entry
        header = self._read(entry.place, LOCAL_BYTES)
        if len(header) != LOCAL_BYTES:
            raise _damaged("header")
        told = _LOCAL.unpack(header)
        flags, method, named, more = int(told[2]), int(told[3]), int(told[9]), int(told[10])
        raw = self._read(entry.place + LOCAL_BYTES, named)
        if told[0] != b"PK\x03\x04" or raw != entry.raw or method != entry.method:
            raise _damaged("header")
        if (flags ^ entry.flags) & ENCRYPTED:
            raise _damaged("header")
        return entry.place + LOCAL_BYTES + named + more

    def _rewind(self) -> None:
        self._at = self._taken = self._crc = 0
        self._inflate = zlib.decompressobj(-15) if self._entry.method == DEFLATED else None
        self._over = False

    def _piece(self, most: int) -> bytes:
        """The next bytes, at most so many; none at the end, which is checked."""
        if self._over:
            return b""
        piece = self._stored(most) if self._inflate is None else self._inflated(self._inflate, most)
        self._crc = zlib.crc32(piece, self._crc)
        self._at += len(piece)
        if self._at > self._entry.bytes:
            raise _damaged("length")
        if not piece:
            self._check()
        return piece

    def _stored(self, most: int) -> bytes:
        return self._packed(min(most, _READ_BYTES))

    def _inflated(self, inflate: zlib._Decompress, most: int) -> bytes:
        while not inflate.eof:
            packed = inflate.unconsumed_tail or self._packed(_READ_BYTES)
            try:
                piece = inflate.decompress(packed, most)
            except zlib.error:
                raise _damaged("deflate") from None
            if piece:
                return piece
            if not packed:
                raise _damaged("cut")
        return b""

    def _packed(self, most: int) -> bytes:
        wanted = min(most, self._entry.packed - self._taken)
        packed = self._read(self._data + self._taken, wanted)
        if len(packed) != wanted:
            raise _damaged("cut")
        self._taken += wanted
        return packed

    def _check(self) -> None:
        """At the end: all of it, nothing else, and the check sum that was told."""
        left = self._inflate is not None and bool(self._inflate.unused_data)
        if self._at != self._entry.bytes or self._taken != self._entry.packed or left:
            raise _damaged("length")
        if self._crc != self._entry.crc:
            raise _damaged("CRC-32")
        self._over = True


def _damaged(what: str) -> FileUnreadable:
    return FileUnreadable("file-unreadable", f"ZIP: {what}")
