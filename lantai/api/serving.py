"""The server: where the application listens, and the worker beside it.

    uvicorn, one process, one event loop (uvloop) and `lantai.api.parts.THREADS` threads
    the worker, a process of its own (`lantai.api.beside`), ended with the server

One server a home: what it keeps in memory (limits, proofs) is its own. Not here: the application
(`lantai.api.app`), what the worker does (`lantai.behind`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from lantai.api.app import application
from lantai.api.listening import listening
from lantai.api.networks import is_loopback
from lantai.errors import UsageMistake
from lantai.secrets_in import for_a_child
from lantai.settings_http import HttpSettings

GRACE_SECONDS = 30
"""So long answers that have begun may take when the server is told to end."""
KEEP_ALIVE_SECONDS = 30
SWITCH_SECONDS = 0.0002
"""The loop's thread lets go of the interpreter at every question to the database; another thread that takes
it keeps it so long. Python's own 5 ms would be the time of ten requests, at each question."""
MOST_CONNECTIONS = 2_000
WORKER_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, whether by TLS, and the networks of our own proxies."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """How it is reached from where it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


def place_of(home: Path, http: HttpSettings, host: str | None, port: int | None) -> Place:
    """Where to listen: as told, else as the settings say. Raises `UsageMistake` for a place that others reach
    without TLS, and for a certificate or key that cannot be read.
    """
    certificate, key = (home / one if one else None for one in (http.certificate, http.key))
    for file in (certificate, key):
        if file is not None and not (file.is_file() and os.access(file, os.R_OK)):
            raise UsageMistake(f"[http] {file} cannot be read")
    where = host or http.host, http.port if port is None else port
    place = Place(*where, certificate, key, http.behind_proxy)
    if not (is_loopback(place.host) or place.certificate or http.behind_proxy):
        needed = "set certificate and key, or behind_proxy, in [http]"
        raise UsageMistake(f"others reach {place.host}, and there is no TLS: {needed}")
    return place


def serve(home: Path, place: Place, *, worker: bool) -> None:
    """Serve until told to end, by SIGTERM or Ctrl-C: answers that have begun end, nothing new is taken."""
    app = application(home)
    if worker:
        _with_worker(app, home)
    for told in (signal.SIGTERM, signal.SIGINT):  # the server ends by them, and then raises them anew
        signal.signal(told, lambda *_: None)
    sys.setswitchinterval(SWITCH_SECONDS)
    app.openapi()  # made now: whoever asks for it first would keep everybody waiting
    uvicorn.Server(configured(app, place)).run()


def configured(app: FastAPI, place: Place) -> uvicorn.Config:
    """How uvicorn serves: it believes no header of proxies, names no program, writes no line a request."""
    return uvicorn.Config(
        app,
        host=place.host,
        port=place.port,
        loop="uvloop",
        http=listening(place.proxies),
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )


def _with_worker(app: FastAPI, home: Path) -> None:
    """Let a worker run while the application does."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def both(app: FastAPI) -> AsyncIterator[None]:
        async with inner(app):
            working = asyncio.create_task(_keep_working(home))
            try:
                yield
            finally:
                working.cancel()
                await asyncio.wait([working])

    app.router.lifespan_context = both


async def _keep_working(home: Path) -> None:
    """A worker, begun again where it ends by itself; ended with the task."""
    while True:
        process = subprocess.Popen(
            [sys.executable, "-m", "lantai.api.beside", str(home.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **for_a_child(home)},
            cwd="/",
        )
        try:
            while process.poll() is None:
                await asyncio.sleep(1)
            await asyncio.sleep(WORKER_PAUSE_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
                await asyncio.shield(asyncio.to_thread(_ended, process))


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:  # whatever it leaves, the next one does
        process.kill()
        process.wait()
