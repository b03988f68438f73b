"""Carriers written in one process, read with nothing but the standard library, and spoilt."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from batches import document, lantai, new_home, photograph, recording, row, write_batch

from lantai.wiring import Archive
from processes.packages.carrier_order import Order
from processes.packages.carriers import Run, write

SIZE = 25 * 10**9


def order(set_name: str = "preservation", **wish: Any) -> Order:
    wish = {"size": SIZE, "plain": set_name == "use", "medium": "magnetic"} | wish
    return Order(set_name, **wish)


def written(archive: Archive, to: Path, set_name: str = "preservation", **wish: Any) -> Run:
    return write(archive.tools(), order(set_name, **wish), to)


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def manifest(root: Path, name: str = "manifest-sha256.txt") -> dict[str, str]:
    lines = (root / name).read_text("utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def sums_hold(root: Path) -> bool:
    listed = manifest(root) | manifest(root, "tagmanifest-sha256.txt")
    return bool(listed) and all(
        hashlib.sha256((root / path).read_bytes()).hexdigest() == digest for path, digest in listed.items()
    )


def tree(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")))


def killed(action: Callable[[], None]) -> bool:
    """Run `action` in a forked process of its own; whether it died by SIGKILL."""
    child = os.fork()
    if not child:
        with suppress(BaseException):  # whatever it is: the child must never go on as a second pytest
            action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def die_at(owner: Any, name: str, nth: int, when: str = "before") -> None:
    """Have this process die by SIGKILL at the nth call of `owner.name`, before or after it."""
    original, calls = getattr(owner, name), 0

    def watched(*args: Any, **words: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **words)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, watched)


def run_of(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def make_holdings(folder: Path) -> Path:
    """Five items: three open, one of them of another fonds; one restricted; one unreviewed, of two files."""
    home = new_home(folder)
    contents = {
        "photo.jpg": photograph(1),
        "会议/讲话.wav": recording(1),
        "秘书长批示.pdf": document(3),
        "a.pdf": document(4),
        "b.pdf": document(5),
        "other.pdf": document(6),
    }
    rows = [
        row("photo.jpg", category="ZP", access="开放"),
        row("会议/讲话.wav", category="LY", access="开放", title="=cmd|' /C calc'!A0", notes="<b>&\n+1"),
        row("秘书长批示.pdf", category="WS", access="控制", title="控制的题名"),
        row("a.pdf|b.pdf", role="main|attachment", category="WS", title="未审核的题名"),
        row("other.pdf", category="WS", access="开放", fonds="B001"),
    ]
    lantai(home, "ingest", write_batch(folder / "batch", contents, rows), status=0)
    return home
