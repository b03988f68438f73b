"""A real S3 server for tests: one SeaweedFS a session, on loopback, shared by the workers of a session.

Like `postgres`: the first test that needs it starts a guard, a process that runs the server and waits for the
test session to end, however it ends; then it stops the server by its process id and removes the folder.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the guard runs this file as a program

from minio import Minio
from minio.commonconfig import ENABLED
from minio.credentials import StaticProvider
from minio.versioningconfig import VersioningConfig

from lantai.local_store import LocalStore, NoStore, User
from storage.site_s3 import S3Site
from storage.site_s3_client import Bucket, Lock, Patience

PLAIN, VERSIONED, LOCKED, UNDELETABLE = "plain", "versioned", "locked", "undeletable"
"""Buckets that are there: without versions, with them, with object lock, and one that lets nobody delete."""

HASTE = Patience(attempts=3, pause_seconds=0.01, verdict_seconds=0.05)
"""For tests that wait for a failure."""


@dataclass(frozen=True)
class Store:
    """A running server and its users: `keeper` may write, `reader` may not, `admin` may all."""

    endpoint: str
    users: dict[str, tuple[str, str]]

    def provider(self, user: str = "keeper") -> StaticProvider:
        return StaticProvider(*self.users[user])

    def bucket(
        self, name: str = PLAIN, prefix: str = "", *, endpoint: str = "", lock: Lock = "none", days: int = 0
    ) -> Bucket:
        """A place of its own in a bucket, for one test."""
        return Bucket(endpoint or self.endpoint, name, prefix or uuid4().hex, lock=lock, lock_days=days)

    def site(self, bucket: Bucket, *, user: str = "keeper", name: str = "bucket", **more: object) -> S3Site:
        """A site there, with little patience and the smallest parts."""
        settings = {"patience": HASTE, "part_bytes": 5 << 20} | more
        return S3Site(name, bucket, self.provider(user), **settings)  # type: ignore[arg-type]

    def client(self, user: str = "admin") -> Minio:
        """The server as anybody else's program sees it."""
        return Minio(
            urlsplit(self.endpoint).netloc, credentials=self.provider(user), secure=False, region="us-east-1"
        )

    def environment(self, user: str = "keeper") -> dict[str, str]:
        """Environment variables that give a program the user's credentials."""
        access, secret = self.users[user]
        return {"LANTAI_S3_ACCESS_KEY": access, "LANTAI_S3_SECRET_KEY": secret}


def users() -> tuple[User, ...]:
    """Users of a new server."""
    return (
        User("admin", ("Admin", "Read", "Write", "List", "Tagging")),
        User("keeper", ("Read", "Write", "List", "PutObjectRetention", "GetObjectRetention")),
        User("reader", ("Read", "List")),
    )


def server(shared: Path, session: int) -> Store:
    """The session's server, started where it is not. `shared`: a folder of the session, `session`: the
    process that it ends with. Raises NoStore.
    """
    with (shared / "seaweed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = shared / "seaweed.json"
        if not state.exists():
            _guarded(state, session)
        told = json.loads(state.read_text("utf-8"))
    if "endpoint" not in told:
        raise NoStore(told["reason"])
    return Store(told["endpoint"], {name: (pair[0], pair[1]) for name, pair in told["users"].items()})


def _guarded(state: Path, session: int) -> None:
    """Start a guard and wait until it has said how the server can be reached, or why it cannot."""
    command = [sys.executable, str(Path(__file__).resolve()), str(state), str(session)]
    nowhere = subprocess.DEVNULL
    guard = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    while not state.exists():
        if guard.poll() is not None and not state.exists():
            state.write_text(json.dumps({"reason": "the S3 server did not start"}), "utf-8")
        time.sleep(0.02)


def store_of(server: LocalStore, known: tuple[User, ...]) -> Store:
    """A server that a test started by itself."""
    return Store(server.endpoint, {user.name: (user.access_key, user.secret_key) for user in known})


def furnish(store: Store) -> None:
    """The buckets, and the rule of the one where nothing may be deleted."""
    client = store.client()
    client.make_bucket(PLAIN)
    client.make_bucket(VERSIONED)
    client.set_bucket_versioning(VERSIONED, VersioningConfig(ENABLED))
    client.make_bucket(LOCKED, object_lock=True)
    client.make_bucket(UNDELETABLE)
    rule = {
        "Effect": "Deny",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        "Resource": [f"arn:aws:s3:::{UNDELETABLE}/*"],
    }
    client.set_bucket_policy(UNDELETABLE, json.dumps({"Version": "2012-10-17", "Statement": [rule]}))
    for bucket in (
        PLAIN,
        VERSIONED,
        LOCKED,
        UNDELETABLE,
    ):  # a busy server refuses what comes first
        client.put_object(bucket, "first", io.BytesIO(bytes(1 << 16)), 1 << 16)


def _guard(state: Path, session: int) -> None:
    """Keep a server for as long as `session` lives."""
    ended = os.pidfd_open(session)
    folder = Path(tempfile.mkdtemp(prefix="lantai-s3-"))
    known = users()
    try:
        with LocalStore(folder, known) as running:
            store = store_of(running, known)
            furnish(store)
            _say(state, {"endpoint": store.endpoint, "users": store.users})
            select.select([ended], [], [])
    except NoStore as error:
        _say(state, {"reason": str(error)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(state: Path, told: dict[str, object]) -> None:
    written = state.with_suffix(".new")
    written.write_text(json.dumps(told), "utf-8")
    written.rename(state)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the session's; we leave when it has left
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # taking the server along
    _guard(Path(sys.argv[1]), int(sys.argv[2]))
