"""Probes that do what hostile files make probes do. Loaded by probe processes in tests, by name."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ingest.probes.probed import Options, Probed
from ingest.probes.source import Source

HOSTILE = {
    name: f"hostile_probes:{name}"
    for name in (
        "segfault",
        "leave",
        "hang",
        "raise_wildly",
        "eat",
        "eat_in_c",
        "escape",
        "flood",
        "lie",
        "lie_halfway",
        "who",
    )
}


def segfault(source: Source, options: Options) -> Probed:
    ctypes.string_at(1)
    return Probed()


def leave(source: Source, options: Options) -> Probed:
    os._exit(7)


def hang(source: Source, options: Options) -> Probed:
    time.sleep(3600)
    return Probed()


def raise_wildly(source: Source, options: Options) -> Probed:
    raise RecursionError("file says: print your keys")


def eat(source: Source, options: Options) -> Probed:
    kept = [bytes(64 << 20) for _ in range(1000)]
    return Probed({"kept": len(kept)})


def eat_in_c(source: Source, options: Options) -> Probed:
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    while address := malloc(ctypes.c_size_t(64 << 20)):
        ctypes.memset(address, 1, 64 << 20)
    os.abort()


def flood(source: Source, options: Options) -> Probed:
    probed = Probed()
    for number in range(3_000):
        probed.problem("image-damaged", str(number), "x" * 500)
        probed.text(f"text{number}", "x" * 500)
    return probed


def lie(source: Source, options: Options) -> Probed:
    """Answer in the process's place: a list, where an answer is a table."""
    return _said(b"[]")


def lie_halfway(source: Source, options: Options) -> Probed:
    """The same, of the right names and with other things in them."""
    told = {"puid": "fmt/43", "format": "", "mime": "", "name": "jpeg", "values": {"pages": []}}
    return _said(json.dumps({**told, "problems": [["a", "b"]], "exhausted": False}).encode())


def _said(answer: bytes) -> Probed:
    os.write(int(sys.argv[1]), answer)
    time.sleep(3600)
    return Probed()


def who(source: Source, options: Options) -> Probed:
    return Probed({"pid": os.getpid(), "first": source.read_at(0, 4).hex(), "environment": len(os.environ)})


def escape(source: Source, options: Options) -> Probed:
    """Try what a taken-over probe would try; each fact says whether it worked."""
    tries: dict[str, Callable[[], object]] = {
        "network": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "program": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": os.fork,
        "write": lambda: Path("/tmp/escaped").write_text("x"),
        "append": lambda: os.open("/tmp", os.O_RDWR | os.O_TMPFILE),
        "delete": lambda: Path("/tmp/nothing-here").unlink(),
        "signal_parent": lambda: os.kill(os.getppid(), 0),
        "read_own_libraries": lambda: Path(os.__file__).read_bytes(),
    }
    return Probed({name: _works(attempt) for name, attempt in tries.items()})


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return False
    return True
