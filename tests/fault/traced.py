"""Run a command under strace, which counts its system calls, or makes one of them fail or be the last.

The command runs in a fork of this process, so that nothing is loaded anew; strace is attached before it
begins. strace counts the calls of each thread and of each system call by themselves: the n-th call of *any*
thread is hit, and with an error that of *every* thread. `only` narrows it to calls that touch these files.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lacking import lacking

from lantai.cli.main import outcome

CALLS = ("write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "ftruncate")
NAMES = ("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat")
WATCHED = (*CALLS, *NAMES)
KILLED = -9
MOST_SECONDS = 180

_LINE = re.compile(r"(\d+) +(\w+)\(")
_ANY_TRACER = 0x59616D61, ctypes.c_ulong(-1)  # PR_SET_PTRACER, PR_SET_PTRACER_ANY
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Fault:
    """What happens to system call `call` at its `when`-th time ("3", or "3+" for every one from there)."""

    call: str
    when: str
    what: str
    only: tuple[Path, ...] = ()

    def __str__(self) -> str:
        where = f" of {', '.join(path.name for path in self.only)}" if self.only else ""
        return f"{self.what} at {self.call} {self.when}{where}"


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (-9 where it was killed), what it said, and the system calls it made,
    each as often as the thread that made it most. `hit`: the fault took place.
    """

    status: int
    said: str
    errors: str
    calls: Counter[str]
    hit: bool

    @property
    def document(self) -> Any:
        """The JSON that it printed, None where that is not whole."""
        try:
            return json.loads(self.said)
        except json.JSONDecodeError:
            return None

    @property
    def told(self) -> str:
        """For a failed assertion."""
        return f"exit {self.status}\n{self.said}\n{self.errors}"


@cache
def why_not() -> str:
    """Why nothing can be traced here, or nothing."""
    child = _forked(lambda: 0, Path(os.devnull), wait=True)
    tracer = _attach(child, ["-e", "trace=none"], Path(os.devnull))
    if not _attached(child, tracer):
        os.kill(child, 9)
    _ended(child)
    tracer.wait(10)
    return "" if tracer.returncode == 0 else "strace may not attach to a process here"


def needs_strace() -> None:
    """Skip where nothing can be traced, saying why."""
    if shutil.which("strace") is None:
        lacking("strace is not installed (sudo apt install strace)")
    if why := why_not():
        pytest.skip(why)


def ran(folder: Path, *words: str | Path) -> Ended:
    """Run `lantai WORDS…` undisturbed; notes go to `folder`."""
    child = _forked(_command(words), folder / "said", wait=False)
    return _read(folder, _ended(child), "")


def killed_after(folder: Path, seconds: float, *words: str | Path) -> Ended:
    """Run `lantai WORDS…` and kill it so many seconds later, unless it ended before."""
    child = _forked(_command(words), folder / "said", wait=False)
    killer = threading.Timer(seconds, _kill, [child])
    killer.start()
    try:
        status = _ended(child)
    finally:
        killer.cancel()
    return _read(folder, status, "")


def _kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, 9)


def traced(folder: Path, words: Sequence[str | Path], fault: Fault | None = None) -> Ended:
    """Run `lantai WORDS…` under strace, with a fault where one is given; notes go to `folder`."""
    log = folder / "strace"
    asked = ["-e", f"trace={','.join(f'?{name}' for name in WATCHED)}"]
    if fault:
        asked = ["-e", f"trace={fault.call}", "-e", f"inject={fault.call}:{fault.what}:when={fault.when}"]
        for path in fault.only:
            asked += ["-P", str(path)]
    child = _forked(_command(words), folder / "said", wait=True)
    tracer = _attach(child, asked, log)
    assert _attached(child, tracer), "strace did not attach"
    status = _ended(child)
    tracer.wait(30)  # probe processes end at once when their pipe closes
    return _read(folder, status, log.read_text("utf-8", "replace"))


def _command(words: Sequence[str | Path]) -> Any:
    return lambda: outcome([*map(str, words), "--json"], as_json=True)


def _forked(act: Any, said: Path, *, wait: bool) -> int:
    """A child that does `act` once it is traced; its pid."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        os.setsid()
        os.environ["LANTAI_LANG"] = "en"
        os.environ.pop("LANTAI_DEBUG", None)
        for number, end in ((1, ""), (2, ".err")):
            path = said if said == Path(os.devnull) else said.with_name(said.name + end)
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a number
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a number
        if wait:
            _libc.prctl(*_ANY_TRACER, 0, 0, 0)
            until = time.monotonic() + 20
            while _tracer_of("self") == 0 and time.monotonic() < until:
                time.sleep(0.001)
        status = act()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _tracer_of(pid: int | str) -> int:
    found = re.search(r"TracerPid:\t(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) if found else 0


def _attach(child: int, asked: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    command = ["strace", "-f", "-q", "-s", "0", *asked, "-o", str(log), "-p", str(child)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _attached(child: int, tracer: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until and tracer.poll() is None:
        try:
            if _tracer_of(child):
                return True
        except OSError:
            return True
        time.sleep(0.001)
    return tracer.poll() == 0


def _ended(child: int) -> int:
    """The exit code of a child; one that hangs is ended and fails the test."""
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        found, how = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(how)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError(f"the command did not end within {MOST_SECONDS} s")


def _read(folder: Path, status: int, log: str) -> Ended:
    each: Counter[tuple[str, str]] = Counter()
    for line in log.splitlines():
        if begun := _LINE.match(line):
            each[begun[1], begun[2]] += 1
    most: Counter[str] = Counter()
    for (_thread, call), count in each.items():
        most[call] = max(most[call], count)
    said, errors = (folder / name for name in ("said", "said.err"))
    hit = "(INJECTED)" in log or "killed by SIGKILL" in log
    return Ended(status, said.read_text("utf-8"), errors.read_text("utf-8"), most, hit)


def points(calls: Counter[str], names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Every place at which a command that makes these calls can be hit."""
    for call in sorted(set(names) & set(calls)):
        yield from ((call, n) for n in range(1, calls[call] + 1))
