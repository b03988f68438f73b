"""One probe process as its parent has it: how it is started, asked, and ended.

Not done here: which child serves whom, what its answers mean (work.py); what a child does (probes/child.py).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ingest.work_answers import Told

T = TypeVar("T")
START_SECONDS = 60
MESSAGE_BYTES = 256 << 10
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Limits:
    """What one probe may take: wall-clock seconds, MiB beyond its libraries, pixels of one picture."""

    seconds: int = 120
    memory_mib: int = 1024
    max_pixels: int = 500_000_000


@dataclass(frozen=True, slots=True)
class MoreProbes:
    """Probes beyond the built-in ones: name -> "module:function", and the folder those modules are in; and
    the secrecy marks that texts are searched for (`policies.secrecy.written_marks`), none where empty.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


class Dead(Exception):
    """The child went away while it worked; how, as the name of a signal or an exit code. One that says what
    no child says is as one that went away.
    """


class Ready(msgspec.Struct, frozen=True):
    """What a child says first: what confines it."""

    ready: str


class Child:
    """One process and our end of its channel. Not for two threads at a time, but `kill` is for any."""

    def __init__(self, limits: Limits, more: MoreProbes) -> None:
        self.state = ""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        setup = json.dumps(
            {"memory_mib": limits.memory_mib, "more_probes": dict(more.places), "marks": dict(more.marks)}
        )
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ingest.probes.child", str(theirs.fileno()), setup],
                pass_fds=[theirs.fileno()], env=environment(more.folder), cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._channel = ours

    def wait_ready(self) -> None:
        """Return when the child has loaded. Raises `Dead` or `TimeoutError` where it does not."""
        if not self.state:
            self.state = self._receive(Ready, START_SECONDS).ready

    def ask(self, job: dict[str, Any], shape: type[Told], *fds: int) -> Told:
        """Send one job with its file; the answer. Raises `Dead`, or `TimeoutError` past its seconds."""
        try:
            socket.send_fds(self._channel, [json.dumps(job).encode()], fds)
        except OSError as error:
            raise Dead(self._how()) from error
        return self._receive(shape, job["seconds"])

    def kill(self) -> None:
        """End the process whatever it does; may be called twice."""
        self.process.kill()
        self.process.wait()
        self._channel.close()

    def _receive(self, shape: type[T], seconds: float) -> T:
        self._channel.settimeout(seconds)
        try:
            message = self._channel.recv(MESSAGE_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            raise Dead(self._how()) from error
        if not message:
            raise Dead(self._how())
        try:
            return msgspec.json.decode(message, type=shape)
        except ValueError as error:  # not JSON, or of another shape
            raise Dead("malformed answer") from error

    def _how(self) -> str:
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "closed its channel"
        return signal.Signals(-code).name if code < 0 else f"exit {code}"


def environment(folder: str) -> dict[str, str]:
    """What loading and single-threaded work need; the rest of the parent's environment may be secret."""
    path = os.pathsep.join(part for part in (str(ROOT), folder) if part)
    return {
        "PATH": os.defpath, "PYTHONPATH": path, "LANG": "C.UTF-8", "VIPS_CONCURRENCY": "1", "GOMAXPROCS": "1",
        "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "",
    }  # fmt: skip
