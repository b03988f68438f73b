"""Probe processes: supervised children, one pipe each: a hostile file costs one child and one finding.

A child that crashes, hangs or eats its memory is replaced and its file gets one problem (`probe-crashed`,
`probe-timeout`, `probe-memory`); other threads and their children notice nothing. Children start at once and
load in the background. Not done here: what a probe looks for (probes/), what follows from it (the rule set).
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.probes.confine import FULL
from policies.errors import LantaiError
from policies.formats import ProbeFacts, Problem
from storage.sealing import Key

START_SECONDS = 60
MESSAGE_BYTES = 256 << 10
START_TRIES = 2
ROOT = Path(__file__).resolve().parent.parent


class ProbesUnavailable(LantaiError):
    """Probe processes do not start, or the pool is closed: broken machinery, not a bad file."""

    code = "probes-unavailable"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one probe may take: wall-clock seconds, MiB beyond its libraries, pixels of one picture."""

    seconds: int = 120
    memory_mib: int = 1024
    max_pixels: int = 500_000_000


@dataclass(frozen=True, slots=True)
class MoreProbes:
    """Probes beyond the built-in ones: name -> "module:function", and the folder those modules are in."""

    places: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""


@dataclass(frozen=True, slots=True)
class SandboxState:
    """What confines probe processes on this platform: whether that is everything, and in words."""

    complete: bool
    text: str


class _Dead(Exception):
    """The child went away while it worked; how, as the name of a signal or an exit code."""


class _Child:
    """One process and our end of its channel. Not for two threads at a time, but `kill` is for any."""

    def __init__(self, limits: Limits, more: MoreProbes) -> None:
        self.state = ""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        setup = json.dumps({"memory_mib": limits.memory_mib, "more_probes": dict(more.places)})
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ingest.probes.child", str(theirs.fileno()), setup],
                pass_fds=[theirs.fileno()], env=_environment(more.folder), cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._channel = ours

    def wait_ready(self) -> None:
        """Return when the child has loaded. Raises `_Dead` or `TimeoutError` where it does not."""
        if not self.state:
            self.state = self._receive(START_SECONDS)["ready"]

    def ask(self, job: dict[str, Any], fd: int) -> dict[str, Any]:
        """Send one job with its file; the answer. Raises `_Dead`, or `TimeoutError` past its seconds."""
        try:
            socket.send_fds(self._channel, [json.dumps(job).encode()], [fd])
        except OSError as error:
            raise _Dead(self._how()) from error
        return self._receive(job["seconds"])

    def kill(self) -> None:
        """End the process whatever it does; may be called twice."""
        self.process.kill()
        self.process.wait()
        self._channel.close()

    def _receive(self, seconds: float) -> dict[str, Any]:
        self._channel.settimeout(seconds)
        try:
            message = self._channel.recv(MESSAGE_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            raise _Dead(self._how()) from error
        if not message:
            raise _Dead(self._how())
        try:
            answer: dict[str, Any] = json.loads(message)
        except ValueError as error:
            raise _Dead("malformed answer") from error
        return answer

    def _how(self) -> str:
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "closed its channel"
        return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _environment(folder: str) -> dict[str, str]:
    """What loading and single-threaded work need; the rest of the parent's environment may be secret."""
    path = os.pathsep.join(part for part in (str(ROOT), folder) if part)
    return {
        "PATH": os.defpath, "PYTHONPATH": path, "LANG": "C.UTF-8", "VIPS_CONCURRENCY": "1", "GOMAXPROCS": "1",
        "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "",
    }  # fmt: skip


class ProbePool:
    """`count` children, each serving one thread at a time; the one used last is used first, since it is warm.

    `start()` returns before the children have loaded; `probe` may be called from any number of threads,
    before or after. `close()` ends everything, work in hand included, and may be called twice. Also a
    context manager.
    """

    def __init__(
        self, count: int, limits: Limits | None = None, *, decode: bool = True, more: MoreProbes | None = None
    ) -> None:
        self._count, self._limits, self._decode = max(count, 1), limits or Limits(), decode
        self._more = more or MoreProbes()
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._all: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._started = False

    def start(self) -> None:
        """Start the children; they load while the caller goes on. Calling again does nothing."""
        with self._lock:
            if self._started:
                return
            self._started = True
        for _ in range(self._count):
            self._idle.put(self._spawn())

    def close(self) -> None:
        """End every child; threads inside `probe` get `ProbesUnavailable`."""
        with self._lock:
            self._closed = True
            children, self._all = list(self._all), set()
        for child in children:
            child.process.kill()
        for child in children:
            child.process.wait()
        for _ in range(self._count):
            self._idle.put(None)

    def __enter__(self) -> ProbePool:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def probe(
        self,
        source: int,
        file_name: str,
        size: int,
        formats: Mapping[str, str],
    ) -> ProbeFacts:
        """The facts of the file behind descriptor `source`, `size` bytes, whatever its offset.

        `formats` maps PRONOM ids to probes; ids that are not in it are identified only. Blocks. Bad content
        never raises; `ProbesUnavailable` means that children do not start or the pool is closed.
        `file_name` is not used: probes go by content alone.
        """
        del file_name
        return self._run(source, {"size": size, "formats": dict(formats)})

    def probe_sealed(
        self, read_fd: int, size: int, sealed_size: int, key: Key, context: bytes, formats: Mapping[str, str]
    ) -> ProbeFacts:
        """As `probe`, for a sealed copy: the child decrypts where it reads. `size` is the plaintext's."""
        sealed = {
            "size": sealed_size,
            "cipher": key.cipher,
            "key": key.secret.hex(),
            "context": context.hex(),
        }
        return self._run(read_fd, {"size": size, "formats": dict(formats), "sealed": sealed})

    def sandbox_state(self) -> SandboxState:
        """What confines the children here; waits for one to load."""
        child = self._take()
        self._idle.put(child)
        return SandboxState(child.state == FULL, child.state)

    def _run(self, fd: int, job: dict[str, Any]) -> ProbeFacts:
        limits = self._limits
        job |= {
            "seconds": limits.seconds,
            "memory_mib": limits.memory_mib,
            "max_pixels": limits.max_pixels,
            "decode": self._decode,
        }
        child = self._take()
        try:
            answer = child.ask(job, fd)
        except TimeoutError:
            self._replace(child)
            return _failed("probe-timeout", f"{limits.seconds} s", f"> {limits.seconds} s")
        except _Dead as death:
            self._replace(child)
            return _failed("probe-crashed", "", str(death))
        except BaseException:  # an interrupted wait leaves an answer on its way: this child is of no more use
            self._replace(child)
            raise
        if answer["exhausted"]:
            self._replace(child)
        else:
            self._idle.put(child)
        return _facts(answer)

    def _take(self) -> _Child:
        """A child that has loaded; a second one where the first did not come up."""
        self.start()
        for _ in range(START_TRIES):
            child = self._idle.get()
            if child is None or self._closed:
                self._idle.put(None)
                raise ProbesUnavailable("the probe pool is closed")
            try:
                child.wait_ready()
                return child
            except (_Dead, TimeoutError) as error:
                reason = str(error) or type(error).__name__
                self._replace(child)
        raise ProbesUnavailable(f"probe processes do not start: {reason}")

    def _spawn(self) -> _Child:
        with self._lock:  # so that none can start behind the back of close()
            if self._closed:
                raise ProbesUnavailable("the probe pool is closed")
            child = _Child(self._limits, self._more)
            self._all.add(child)
        return child

    def _replace(self, child: _Child) -> None:
        """End `child`, whatever state it is in, and put a fresh one in its place."""
        with self._lock:
            self._all.discard(child)
        child.kill()
        self._idle.put(self._spawn())


def sandbox_state() -> SandboxState:
    """What confines a probe process here, for `doctor`: starts one and ends it."""
    try:
        with ProbePool(1) as pool:
            return pool.sandbox_state()
    except ProbesUnavailable as error:
        return SandboxState(False, str(error))


def _failed(kind: str, expected: str, found: str) -> ProbeFacts:
    return ProbeFacts(
        puid="", format="", mime="", name="", values={}, problems=(Problem(kind, expected, found),)
    )


def _facts(answer: Mapping[str, Any]) -> ProbeFacts:
    problems = tuple(Problem(*parts) for parts in answer["problems"])
    return ProbeFacts(
        puid=answer["puid"], format=answer["format"], mime=answer["mime"], name=answer["name"],
        values=answer["values"], problems=problems,
    )  # fmt: skip
