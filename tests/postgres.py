"""A PostgreSQL server for tests: one private cluster a session, in a temporary folder, without a port.

The first test that needs it starts a guard, a process that makes the cluster, runs the server on a Unix
socket in that folder and waits for the test session to end, however it ends; then it stops the server by
its process id and removes the folder. Workers of one session share it. As root the server runs as another
user, because it refuses root. LANTAI_TEST_POSTGRESQL names a server to use instead.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

OVERRIDE = "LANTAI_TEST_POSTGRESQL"
USER, GUEST, PASSWORD = "lantai", "guest", "p@ss:word/% 档案"
"""The owner needs no password on the socket, which only this user and root can reach; the guest needs it."""
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""For tests: what a power cut would lose is thrown away at the end of the session anyway."""


class NoServer(Exception):
    """No PostgreSQL server can be had here; the text says why."""


def server(shared: Path, session: int) -> str:
    """The address of the session's server, started where it is not. `shared`: a folder of the session,
    `session`: the process that it ends with. Raises NoServer.
    """
    if given := os.environ.get(OVERRIDE, ""):
        return given
    with (shared / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = shared / "postgresql.json"
        if not state.exists():
            _guarded(state, session, QUICK)
        told = json.loads(state.read_text("utf-8"))
    if "address" not in told:
        raise NoServer(told["reason"])
    return str(told["address"])


def _guarded(state: Path, session: int, options: tuple[str, ...]) -> None:
    """Start a guard and wait until it has said how the server can be reached, or why it cannot."""
    command = [sys.executable, str(Path(__file__).resolve()), str(state), str(session), *options]
    nowhere = subprocess.DEVNULL  # nor may it hold open what the session writes to
    guard = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    while not state.exists():
        if guard.poll() is not None:
            state.write_text(json.dumps({"reason": "the PostgreSQL server did not start"}), "utf-8")
        time.sleep(0.02)


@contextmanager
def private_server(folder: Path, *options: str) -> Iterator[str]:
    """A server of its own with `options` beside PostgreSQL's defaults, stopped on leaving."""
    with _running(folder, options) as address:
        yield address


@contextmanager
def new_database(address: str, template: str = "") -> Iterator[str]:
    """A new database on the server, dropped on leaving: empty, or a copy of `template`; its address."""
    made = make_database(address, template=template)
    try:
        yield made
    finally:
        _run(address, f"DROP DATABASE {make_url(made).database} WITH (FORCE)")


def make_database(address: str, owner: str = "", template: str = "") -> str:
    """A new database that goes with its server, of `owner` where one is named; its address. It is empty, or a
    copy of `template`, which nobody works in.
    """
    name = f"lantai_test_{uuid4().hex}"
    copied = f" TEMPLATE {template}" if template else ""
    _run(address, f"CREATE DATABASE {name}" + (f" OWNER {owner}" if owner else "") + copied)
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def _run(address: str, *statements: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def programs() -> Path:
    """The folder of the newest server's programs. Raises NoServer."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name))
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer("PostgreSQL is not installed (as root `make test` installs Debian's postgresql)")


def _account() -> int | None:
    """Whom the server runs as, where we are root: None is ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise NoServer("the server refuses root, and there is no user to run it as")


@contextmanager
def _running(folder: Path, options: tuple[str, ...]) -> Iterator[str]:
    """A new cluster in `folder` and its server; the address of the owner."""
    binaries, account = programs(), _account()
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account, -1)
    as_user: dict[str, Any] = {"cwd": "/"}
    if account is not None:
        as_user |= {"user": account, "group": pwd.getpwuid(account).pw_gid, "extra_groups": []}
    data, log = folder / "data", (folder / "log").open("wb")
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    # An alphabet that is not that of the bytes, as most servers have: whoever relies on order is found out.
    alphabets = (["--locale-provider=icu", "--icu-locale=zh", "--locale=C.UTF-8"], ["--locale=C"])
    for alphabet in alphabets:
        made = subprocess.run([*initdb, *alphabet], stdout=log, stderr=log, check=False, **as_user)
        if not made.returncode:
            break
    else:
        raise NoServer(f"no cluster can be made: {(folder / 'log').read_text()[-400:]}")
    rules = f"local all {USER} trust\nlocal all all scram-sha-256\n"
    (data / "pg_hba.conf").write_text(rules, "utf-8")
    wanted = ("listen_addresses=", f"unix_socket_directories={folder}", "max_connections=80", *options)
    command = [
        str(binaries / "postgres"),
        "-D",
        str(data),
        *(word for option in wanted for word in ("-c", option)),
    ]
    postmaster: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=log, stderr=log, **as_user)
    address = f"postgresql+psycopg://{USER}@/postgres?host={folder}"
    try:
        _wait(address, postmaster)
        secret = PASSWORD.replace("'", "''")
        _run(address, f"CREATE ROLE {GUEST} LOGIN PASSWORD '{secret}'".replace(":", "\\:"))
        yield address
    finally:
        postmaster.send_signal(signal.SIGINT)  # a fast shutdown: whoever is connected is sent away
        postmaster.wait(60)
        log.close()


def _wait(address: str, postmaster: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            return _run(address, "SELECT 1")
        except OperationalError as error:
            if postmaster.poll() is not None or time.monotonic() > until:
                raise NoServer("the PostgreSQL server did not start") from error
            time.sleep(0.02)


def _guard(state: Path, session: int, options: tuple[str, ...]) -> None:
    """Keep a server for as long as `session` lives."""
    ended = os.pidfd_open(session)
    folder = Path(tempfile.mkdtemp(prefix="lantai-pg-"))  # short: a socket's path has 107 bytes
    try:
        with _running(folder, options) as address:
            _say(state, {"address": address})
            select.select([ended], [], [])
    except NoServer as error:
        _say(state, {"reason": str(error)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(state: Path, told: dict[str, str]) -> None:
    written = state.with_suffix(".new")
    written.write_text(json.dumps(told), "utf-8")
    written.rename(state)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the session's; we leave when it has left
    _guard(Path(sys.argv[1]), int(sys.argv[2]), tuple(sys.argv[3:]))
