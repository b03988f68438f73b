"""How far a long work is, kept where another thread can read it; and how such a work is stopped.

A work is stopped where it tells of its progress: there Ctrl-C would stop the same command.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any


class Stopped(KeyboardInterrupt):
    """The server ends: the work stops as it does for Ctrl-C. Nobody's error."""


class Noted:
    """Progress that is noted, for whoever asks. May be called from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {}
        self._stop = threading.Event()
        self.stopped = False

    def begin(self, what: str, files: int, total_bytes: int) -> None:
        """A work of so many files and bytes starts. Raises `Stopped`."""
        with self._lock:
            self._told = {
                "what": what,
                "files": files,
                "files_done": 0,
                "bytes": total_bytes,
                "bytes_done": 0,
            }
        self._step()

    def advance(self, files: int, done_bytes: int) -> None:
        """So many more are done. Raises `Stopped`."""
        with self._lock:
            if self._told:
                self._told["files_done"] += files
                self._told["bytes_done"] += done_bytes
        self._step()

    def end(self) -> None:
        """Nothing changes: what was reached stays to be read."""

    def told(self) -> Mapping[str, Any]:
        """`what`, `files`, `files_done`, `bytes`, `bytes_done`; empty before anything began."""
        with self._lock:
            return dict(self._told)

    def stop(self) -> None:
        """Stop the work at its next step."""
        self._stop.set()

    def _step(self) -> None:
        if self._stop.is_set():
            self.stopped = True
            raise Stopped
