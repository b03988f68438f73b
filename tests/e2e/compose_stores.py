"""The stores of `compose.yaml`, run as their containers would run them, on ports and in folders of a test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "container"
VOLUMES = ("store-a", "store-b", "lantai", "database")
S3_ADDRESS = "127.0.0.2"  # the inner ports are on 127.0.0.1


def environment(**more: str) -> dict[str, str]:
    """With the programs of this Python's environment in front."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}


def make_secrets(root: Path) -> None:
    """What the service `secrets` does, its volumes being folders."""
    for volume in VOLUMES:
        (root / volume).mkdir(exist_ok=True)
    subprocess.run([SCRIPTS / "secrets", root], env=environment(), check=True)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@dataclass
class StoreContainer:
    """One store: its script, with the volumes `data` and `secrets`."""

    data: Path
    secrets: Path
    ports: list[int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def ready(self) -> Path:
        return self.data.with_suffix(".ready")

    @property
    def endpoint(self) -> str:
        return f"http://{S3_ADDRESS}:{self.ports[6]}"

    def start(self) -> None:
        told = {
            "STORE_DATA": str(self.data),
            "STORE_SECRETS": str(self.secrets),
            "STORE_READY": str(self.ready),
            "STORE_LISTEN": S3_ADDRESS,
            "STORE_PORTS": " ".join(map(str, self.ports)),
            "STORE_VOLUME_MB": "64",
        }
        with self.data.with_suffix(".log").open("wb") as log:
            self.process = subprocess.Popen(
                [SCRIPTS / "store"],
                env=environment(**told),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it says that it is ready, and its S3 port answers: what `compose.yaml` asks for, too."""
        until = time.monotonic() + 90
        while not (self.ready.exists() and self._answers()):
            assert self.process is not None
            assert self.process.poll() is None, self.data.with_suffix(".log").read_text()[-2000:]
            assert time.monotonic() < until, self.data.with_suffix(".log").read_text()[-2000:]
            time.sleep(0.1)

    def _answers(self) -> bool:
        with suppress(OSError):
            socket.create_connection((S3_ADDRESS, self.ports[6]), 5).close()
            return True
        return False

    def stop(self) -> None:
        """End the script and what it started: its own process group."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for port in self.ports:
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()
