"""Probe processes: supervised children, one pipe each: a hostile file costs one child and one finding.

A child that crashes, hangs or eats its memory is replaced and its file gets one problem (`probe-crashed`,
`probe-timeout`, `probe-memory`); other threads and their children notice nothing. Children start at once and
load in the background. Not done here: what a probe looks for (probes/), what follows from it (the rule set).
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.drawn import Drawn, Wanted, drawn, memory_for
from ingest.probes.confine import FULL
from ingest.work_answers import DrawnTold, FactsTold, TextTold, Told
from ingest.work_child import Child, Dead, Limits, MoreProbes
from policies.errors import LantaiError
from policies.formats import PageText, ProbeFacts, Problem
from storage.sealing import Key

__all__ = ["Limits", "MoreProbes", "ProbePool", "ProbesUnavailable", "SandboxState", "sandbox_state"]

START_TRIES = 2


class ProbesUnavailable(LantaiError):
    """Probe processes do not start, or the pool is closed: broken machinery, not a bad file."""

    code = "probes-unavailable"


@dataclass(frozen=True, slots=True)
class SandboxState:
    """What confines probe processes on this platform: whether that is everything, and in words."""

    complete: bool
    text: str


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
        self._idle: queue.LifoQueue[Child | None] = queue.LifoQueue()
        self._all: set[Child] = set()
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
        sealed = _sealed(sealed_size, key, context)
        return self._run(read_fd, {"size": size, "formats": dict(formats), "sealed": sealed})

    def text_of(self, source: int, size: int) -> PageText:
        """The text of the PDF behind descriptor `source`, `size` bytes. State "failed" where it has none that
        can be read, whatever it did to its process. Raises as `probe` does.
        """
        return self._text(source, {"size": size})

    def text_of_sealed(self, read_fd: int, size: int, sealed_size: int, key: Key, context: bytes) -> PageText:
        """As `text_of`, for a sealed copy."""
        return self._text(read_fd, {"size": size, "sealed": _sealed(sealed_size, key, context)})

    def draw(self, source: int, size: int, wanted: Wanted) -> Drawn:
        """What is drawn of the file behind descriptor `source`, `size` bytes. Raises as `probe` does."""
        return self._draw(source, {"size": size}, wanted)

    def draw_sealed(
        self, read_fd: int, size: int, sealed_size: int, key: Key, context: bytes, wanted: Wanted
    ) -> Drawn:
        """As `draw`, for a sealed copy."""
        return self._draw(read_fd, {"size": size, "sealed": _sealed(sealed_size, key, context)}, wanted)

    def sandbox_state(self) -> SandboxState:
        """What confines the children here; waits for one to load."""
        child = self._take()
        self._idle.put(child)
        return SandboxState(child.state == FULL, child.state)

    def _run(self, fd: int, job: dict[str, Any]) -> ProbeFacts:
        seconds = self._limits.seconds
        try:
            return _facts(self._ask(FactsTold, job, fd))
        except TimeoutError:
            return _failed("probe-timeout", f"{seconds} s", f"> {seconds} s")
        except Dead as death:
            return _failed("probe-crashed", "", str(death))

    def _text(self, fd: int, job: dict[str, Any]) -> PageText:
        out = os.memfd_create("lantai", os.MFD_CLOEXEC)
        try:
            state = self._ask(TextTold, job, fd, out).state
            if state not in ("read", "cut"):
                return PageText(state)
            return PageText(state, os.pread(out, os.fstat(out).st_size, 0).decode())
        except (TimeoutError, Dead, UnicodeDecodeError):
            return PageText("failed")
        finally:
            os.close(out)

    def _draw(self, fd: int, job: dict[str, Any], wanted: Wanted) -> Drawn:
        out = memory_for(wanted)
        try:
            told = self._ask(DrawnTold, job | wanted.told(), fd, out)
            return drawn(told, out)
        except (TimeoutError, Dead):
            return Drawn("none")
        finally:
            os.close(out)

    def _ask(self, shape: type[Told], job: dict[str, Any], *fds: int) -> Told:
        """One child's answer, of the shape that such an answer has. A child that is of no more use, or says
        anything else, is replaced. Raises `Dead`, `TimeoutError`.
        """
        limits = self._limits
        job = (
            {"seconds": limits.seconds}
            | job
            | {
                "memory_mib": limits.memory_mib,
                "max_pixels": limits.max_pixels,
                "decode": self._decode,
            }
        )
        child = self._take()
        try:
            answer = child.ask(job, shape, *fds)
        except BaseException:  # an interrupted wait, too, leaves an answer on its way
            self._replace(child)
            raise
        if answer.exhausted:
            self._replace(child)
        else:
            self._idle.put(child)
        return answer

    def _take(self) -> Child:
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
            except (Dead, TimeoutError) as error:
                reason = str(error) or type(error).__name__
                self._replace(child)
        raise ProbesUnavailable(f"probe processes do not start: {reason}")

    def _spawn(self) -> Child:
        with self._lock:  # so that none can start behind the back of close()
            if self._closed:
                raise ProbesUnavailable("the probe pool is closed")
            child = Child(self._limits, self._more)
            self._all.add(child)
        return child

    def _replace(self, child: Child) -> None:
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


def _sealed(sealed_size: int, key: Key, context: bytes) -> dict[str, Any]:
    """What a child needs to open a sealed copy."""
    return {
        "size": sealed_size,
        "cipher": key.cipher,
        "key": key.secret.hex(),
        "context": context.hex(),
    }


def _failed(kind: str, expected: str, found: str) -> ProbeFacts:
    return ProbeFacts(
        puid="", format="", mime="", name="", values={}, problems=(Problem(kind, expected, found),)
    )


def _facts(told: FactsTold) -> ProbeFacts:
    problems = tuple(Problem(*parts) for parts in told.problems)
    return ProbeFacts(told.puid, told.format, told.mime, told.name, told.values, problems)
