"""Where a probe process puts what it draws: memory that its parent made, and looks at afterwards.

The file that this memory is of has no name and is on no disk; it was made as long as it may become, so a
process that may write no files writes it too. Not here: what is drawn (`draw`).
"""

from __future__ import annotations

import mmap
import os


class RoomFull(Exception):
    """What was drawn is longer than may be kept."""


class Room:
    """Parts written one behind the other; `parts` tells where each stands: its first byte, its length."""

    def __init__(self, descriptor: int) -> None:
        self.parts: dict[str, tuple[int, int]] = {}
        self._size = os.fstat(descriptor).st_size
        self._memory = mmap.mmap(descriptor, self._size)
        self._at = 0

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()

    @property
    def left(self) -> int:
        """So many bytes may still be written."""
        return self._size - self._at

    def add(self, kind: str, content: bytes) -> None:
        """Write one part. Raises `RoomFull`."""
        if len(content) > self.left:
            raise RoomFull(kind)
        self._memory[self._at : self._at + len(content)] = content
        self.parts[kind] = (self._at, len(content))
        self._at += len(content)
