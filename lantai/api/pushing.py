"""What is made by writing, given as pieces to be sent: the writer in a thread of its own, a little ahead.

A reader that is slow holds the writer up; one that has gone ends it at its next piece. Memory is a few pieces
whatever is written. Not here: sending (`lantai.api.sending`).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

from storage.site import Buffer

PIECE_BYTES = 1 << 18
"""So much at least makes a piece, but for the last; what is written in larger parts stays as it is."""

_AHEAD = 4

Write = Callable[[Buffer], None]


class ReaderGone(OSError):
    """Nobody takes what is written any more."""


class _Pipe:
    """Between the writer and who takes. `None` in the queue is the end, an exception its failure."""

    def __init__(self) -> None:
        self.queue: queue.Queue[bytes | BaseException | None] = queue.Queue(_AHEAD)
        self.gone = False
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, piece: Buffer) -> None:
        """Take some bytes, and pass on what makes a piece. Raises `ReaderGone`."""
        self._parts.append(bytes(piece))  # the buffer may be written to again
        self._size += len(self._parts[-1])
        if self._size >= PIECE_BYTES:
            self._flush()

    def end(self) -> None:
        """All is written."""
        self._flush()
        self._pass(None)

    def _flush(self) -> None:
        if self._size:
            self._pass(b"".join(self._parts) if len(self._parts) > 1 else self._parts[0])
        self._parts, self._size = [], 0

    def _pass(self, piece: bytes | None) -> None:
        if self.gone:
            raise ReaderGone("nobody takes this any more")
        self.queue.put(piece)


def pushed(work: Callable[[Write], object], done: Callable[[], None]) -> Iterator[bytes]:
    """What `work` writes, in pieces. `done` is called once it has ended, however it did; also where no piece
    was ever taken and the iterator is closed. Raises what `work` raised, in its place.
    """
    pipe = _Pipe()

    def run() -> None:
        try:
            work(pipe.write)
            pipe.end()
        except BaseException as fault:  # noqa: BLE001 - whoever takes the pieces is told, whatever it was
            if not pipe.gone:
                pipe.queue.put(fault)
        finally:
            done()

    return _Pieces(pipe, threading.Thread(target=run, name="export", daemon=True))


class _Pieces(Iterator[bytes]):
    """See `pushed`. The thread begins with it: what holds a place gives it back in any case."""

    def __init__(self, pipe: _Pipe, thread: threading.Thread) -> None:
        self._pipe = pipe
        thread.start()

    def __next__(self) -> bytes:
        """The next piece; waits for the writer."""
        found = self._pipe.queue.get()
        if isinstance(found, bytes):
            return found
        self._pipe.queue.put(found)  # whoever asks again is told the same
        if found is None:
            raise StopIteration
        raise found

    def close(self) -> None:
        """Nobody takes any more: the writer ends at its next piece."""
        self._pipe.gone = True
        while not self._pipe.queue.empty():
            self._pipe.queue.get_nowait()

    def __del__(self) -> None:
        self.close()
