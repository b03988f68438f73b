"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from ingest.tools import Progress
from lantai.messages import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

SECONDS_BETWEEN_LINES = 5.0


def progress() -> Progress:
    """What suits standard error."""
    return Bar() if sys.stderr.isatty() else Lines()


class Lines:
    """A line when a work begins to take long, and one every few seconds after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._what, self._files, self._bytes = "", 0, 0
        self._done, self._done_bytes, self._next = 0, 0, 0.0

    def begin(self, what: str, files: int, total_bytes: int) -> None:
        """Remember what is to be done; nothing is printed for short works."""
        self._what, self._files, self._bytes = what, files, total_bytes
        self._done, self._done_bytes = 0, 0
        self._next = time.monotonic() + SECONDS_BETWEEN_LINES

    def advance(self, files: int, done_bytes: int) -> None:
        """Count, and print when it is time."""
        with self._lock:
            self._done += files
            self._done_bytes += done_bytes
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + SECONDS_BETWEEN_LINES
            line = (
                say(f"progress-{self._what}") + f" {self._done}/{self._files}  {self._done_bytes >> 20} MiB"
            )
            sys.stderr.write(line + "\n")

    def end(self) -> None:
        """Nothing is printed."""


class Bar:
    """Files, bytes and time left, drawn by rich."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, files: int, total_bytes: int) -> None:
        """Draw a bar over the bytes (over the files where bytes are not known)."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[files]}/{task.fields[all_files]}"),
            TextColumn("{task.fields[mib]} MiB"),
            TimeRemainingColumn(),
        )
        self._by_bytes = total_bytes > 0
        self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bars.add_task(
            say(f"progress-{what}"), total=total_bytes or files, files=0, all_files=files, mib=0
        )
        self._done, self._done_bytes = 0, 0
        self._lock = threading.Lock()
        self._bars.start()

    def advance(self, files: int, done_bytes: int) -> None:
        """Move the bar."""
        if self._bars is None or self._task is None:
            return
        with self._lock:
            self._done += files
            self._done_bytes += done_bytes
            step = done_bytes if self._by_bytes else files
            self._bars.update(self._task, advance=step, files=self._done, mib=self._done_bytes >> 20)

    def end(self) -> None:
        """Take the bar away."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
