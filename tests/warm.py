"""Commands as processes of their own that need not load the program each: some ms instead of half a second.

A process that has loaded the program, and done nothing with it, stands beside each test process. A command is
a fork of it, with its own words, environment, folder and standard files; it ends as a program ends, and no
other command sees what it changed in memory. Whoever needs an interpreter from nothing (to kill it while it
loads, to give it a terminal or a signal) starts one; `run` does so itself where the environment asks for
something that is read when an interpreter begins.
"""

from __future__ import annotations

import array
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spared import spare

ROOT = Path(__file__).resolve().parent.parent
_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC")
_MOST_BYTES = 1 << 18
_LATER = (
    "alembic.command",
    "cryptography.hazmat.backends.openssl.backend",
    "importlib.readers",
    "openpyxl",
    "psycopg",
    "rjieba",
    "tantivy",
    "typer._adapters",
    "typer._click.decorators",
)
_CODECS = (
    "encodings.ascii",
    "encodings.gb18030",
    "encodings.gb2312",
    "encodings.idna",
    "encodings.utf_8_sig",
)
_RIGHTS = (socket.SOL_SOCKET, socket.SCM_RIGHTS)


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(
    words: Sequence[str],
    environment: Mapping[str, str],
    timeout: float = 300,
    program: Path | None = None,
    cwd: Path = ROOT,
) -> Done:
    """Run `lantai WORDS…`, or a program of ours in Python, to its end in the folder `cwd`.

    Raises subprocess.TimeoutExpired, having killed it.
    """
    if _asks_at_start(environment):
        command = [sys.executable, *([str(program)] if program else ["-m", "lantai.cli.main"]), *words]
        cold = subprocess.run(
            command, capture_output=True, text=True, cwd=cwd, env=dict(environment), timeout=timeout
        )
        return Done(cold.returncode, cold.stdout, cold.stderr)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        told = {"words": list(words), "environment": dict(environment), "cwd": str(cwd)}
        told["program"] = str(program or "")
        code = _forked(told, (output.fileno(), errors.fileno()), timeout)
        output.seek(0)
        errors.seek(0)
        return Done(code, output.read().decode(), errors.read().decode())


def _asks_at_start(environment: Mapping[str, str]) -> bool:
    names = {name for name in {*environment, *os.environ} if name.startswith(_AT_START)}
    return any(environment.get(name) != os.environ.get(name) for name in names)


def _forked(told: Mapping[str, object], files: tuple[int, int], timeout: float) -> int:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            rights = array.array("i", [*files, theirs.fileno()])
            _standing(os.getpid()).sendmsg([json.dumps(told).encode()], [(*_RIGHTS, rights)])
        process = int(_line(ours, 60))
        try:
            return int(_line(ours, timeout))
        except TimeoutError as late:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(str(told["words"]), timeout) from late


def _line(answers: socket.socket, seconds: float) -> bytes:
    """The next line of an answer, read byte by byte: an answer has two, of a few bytes."""
    answers.settimeout(seconds)
    line = b""
    while not line.endswith(b"\n"):
        more = answers.recv(1)
        if not more:
            raise RuntimeError("the process that commands are forked from has ended")
        line += more
    return line


@cache
def _standing(_process: int) -> socket.socket:
    """The loaded process beside this one, started when first asked for; it ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            start_new_session=True,
        )
    return ours


def _load() -> None:
    """Load what commands load, at once or when they come to it; nothing that starts a thread."""
    import pkgutil
    from importlib import import_module

    for room in ("policies", "archive", "storage", "search", "ingest", "processes", "lantai"):
        for module in pkgutil.walk_packages(import_module(room).__path__, f"{room}."):
            if "probe" not in module.name and ".migrations" not in module.name:
                with suppress(Exception):  # what cannot be loaded is told by the command that comes to it
                    import_module(module.name)
    for name in (*_LATER, *_CODECS):
        import_module(name)
    _read()


def _read() -> None:
    """Read what comes with the program and is the same for every command: some tenths of a second."""
    from lantai import messages
    from lantai.cli.main import tree
    from policies import findings, roles, ruleset
    from search import segment

    tree()
    messages._sentences()
    findings.table()
    roles.role_book()
    roles.route_book()
    segment._unusual()
    spare()
    for name in ruleset.builtin_names():
        ruleset.builtin(name)


def _serve(asked: socket.socket) -> str | None:
    """Fork for each command: its program ("" for our own) in the process that is to run it, its words in
    `sys.argv`; None at the end of the tests.
    """
    import gc

    gc.collect()
    gc.freeze()
    poll, running = select.poll(), dict[int, tuple[int, socket.socket]]()
    poll.register(asked, select.POLLIN)
    while True:
        for file, _ in poll.poll():
            if file in running:
                _tell_end(poll, file, *running.pop(file))
                continue
            told, rights, _, _ = asked.recvmsg(_MOST_BYTES, socket.CMSG_SPACE(3 * 4))
            if not told:
                return None
            output, errors, answers = array.array("i", rights[0][2])
            process = os.fork()
            if not process:
                for held in (asked, *(pair[1] for pair in running.values())):
                    held.close()
                for held_file in (answers, *running):
                    os.close(held_file)
                return _become(json.loads(told), output, errors)
            os.close(output)
            os.close(errors)
            watched = os.pidfd_open(process)
            running[watched] = process, socket.socket(fileno=answers)
            running[watched][1].send(b"%d\n" % process)
            poll.register(watched, select.POLLIN)


def _tell_end(poll: select.poll, watched: int, process: int, answers: socket.socket) -> None:
    poll.unregister(watched)
    os.close(watched)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with answers:
        try:
            answers.send(b"%d\n" % code)
        except OSError:
            return  # who asked has gone


def _become(told: dict[str, Any], output: int, errors: int) -> str:
    """Take on what a command of its own would have begun with."""
    for file, place in ((output, 1), (errors, 2)):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["cwd"])
    program = str(told["program"])
    sys.argv[:] = [program or "lantai", *told["words"]]
    return program


def _run(program: str) -> None:
    if program:
        sys.path[0] = str(Path(program).parent)
        sys.path.append(str(ROOT))
        runpy.run_path(program, run_name="__main__")
    else:
        from lantai.cli.main import run as run_command

        run_command(sys.argv[1:])


def _end(left: SystemExit) -> None:
    """End as a program ends, but for freeing what the loaded process shares with us: that copies it first."""
    import atexit
    import threading

    threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter ends: pools first, then threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(left.code if isinstance(left.code, int) else left.code is not None)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # as `python -m` has it
    _load()
    with socket.socket(fileno=int(sys.argv[1])) as beside:
        chosen = _serve(beside)
    if chosen is not None:
        try:
            _run(chosen)
        except SystemExit as left:
            _end(left)
