"""Measuring a command: wall time and the memory of its largest process; and the machine itself.

Memory is the high-water mark that the kernel keeps for each process (`VmHWM`), read every 50 ms
over the whole tree of processes, so one that lives shorter may be missed. It counts resident pages,
shared ones in each process. Linux only.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

_POLL_SECONDS = 0.05
_CALIBRATION_BYTES = 512 << 20


class RunFailed(Exception):
    """A measured command ended with an exit code that it may not have."""


@dataclass(frozen=True, slots=True)
class Run:
    """One command's wall time in seconds, and peak memory in bytes: largest process, and all together."""

    seconds: float
    largest: int
    together: int
    output: str


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, accept: Sequence[int] = (0,)) -> Run:
    """Run a command to its end. Raises `RunFailed` with its last words where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    over, peaks = Event(), dict[int, int]()
    sums = [0]
    watcher = Thread(target=_watch, args=(process.pid, over, peaks, sums))
    watcher.start()
    output, errors = process.communicate()
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    if process.returncode not in accept:
        raise RunFailed(f"{' '.join(command)}: exit {process.returncode}\n{errors[-2000:]}")
    return Run(seconds, max(peaks.values(), default=0), sums[0], output)


def _watch(root: int, over: Event, peaks: dict[int, int], sums: list[int]) -> None:
    while not over.is_set():
        now = {pid: _memory(pid) for pid in _tree(root)}
        for pid, (high, _) in now.items():
            peaks[pid] = max(high, peaks.get(pid, 0))
        sums[0] = max(sums[0], sum(resident for _, resident in now.values()))
        over.wait(_POLL_SECONDS)


def _tree(root: int) -> set[int]:
    """The process and all that came from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]
                )
            except OSError:  # it has ended meanwhile
                continue
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _memory(pid: int) -> tuple[int, int]:
    """High-water mark and present size in bytes; zeros where the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    values = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines if line.startswith("Vm")}
    return values.get("VmHWM", 0), values.get("VmRSS", 0)


def resident(root: int, *, alone: bool = False) -> int:
    """Resident bytes now of a process, and of all that came from it unless `alone`."""
    return sum(_memory(pid)[1] for pid in ({root} if alone else _tree(root)))


def forget_caches() -> bool:
    """Write back and drop the page cache; False where that is not allowed (it needs root)."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError:
        return False
    return True


def warm(folder: Path) -> None:
    """Read every file once, so that each contender finds the corpus in the page cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(4 << 20):
                    pass


def calibration() -> tuple[float, float]:
    """SHA-256 in MB/s: by one process, and by two at once together. Twice as much is two whole cores."""
    with get_context("spawn").Pool(2) as pool:
        pool.map(_hash, [1 << 20] * 2)
        started = time.perf_counter()
        pool.apply(_hash, (_CALIBRATION_BYTES,))
        one = _CALIBRATION_BYTES / (time.perf_counter() - started) / 1e6
        started = time.perf_counter()
        pool.map(_hash, [_CALIBRATION_BYTES] * 2, chunksize=1)
        two = 2 * _CALIBRATION_BYTES / (time.perf_counter() - started) / 1e6
    return one, two


def _hash(count: int) -> None:
    digest, block = hashlib.sha256(), bytes(1 << 20)
    for _ in range(count >> 20):
        digest.update(block)
