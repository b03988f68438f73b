"""Bytes through the HTTP door: a large file going out beside nginx, many files coming in (see `http`)."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median
from urllib.parse import quote

from benchmarks.corpus import make_corpus
from benchmarks.http_homes import content_home
from benchmarks.http_parts import API, Client, Server, cookies, served
from benchmarks.http_rival import nginx
from benchmarks.http_told import Sizes, memory_table, ratio
from benchmarks.measure import RunFailed

CONNECTIONS = 8
_PIECE = 1 << 20


def download(folder: Path, sizes: Sizes) -> Iterator[str]:
    """One large file beside nginx, turn by turn."""
    home = content_home(folder, sizes.mib)
    plain = folder / f"large-{sizes.mib}" / "large.wav"
    with ExitStack() as open_:
        server = open_.enter_context(served(home))
        client = Client(server.port, cookies(home, "officer", 1)[0])
        hits = client.need("GET", f"{API}/search?query=%2A&category=LY&limit=10").document["hits"]
        path = f"{API}/items/{quote(hits[0]['code'])}/components/1"
        cookie = cookies(home, "officer", 1)[0]
        ways: dict[str, Callable[[], float]] = {
            "lantai": lambda: fetched(server.port, path, cookie, plain.stat().st_size)
        }
        if shutil.which("nginx"):
            rival = open_.enter_context(nginx(plain.parent))
            ways["nginx, plain"] = lambda: fetched(rival.port, f"/{plain.name}", "", plain.stat().st_size)
        else:
            yield "nginx is not installed: nothing stands beside the figure."
            yield ""
        rounds = [{name: way() for name, way in ways.items()} for _ in range(sizes.rounds + 1)][1:]
        yield "| | MB/s | beside nginx |"
        yield "|---|--:|---|"
        for name in ways:
            rate = median(one[name] for one in rounds) / 1e6
            beside = ratio([(one[name], one["nginx, plain"]) for one in rounds]) if len(ways) > 1 else ""
            yield f"| {name} | {rate:,.0f} | {beside} |"
        yield ""
        yield from memory_table({"download": server.memory})


def fetched(port: int, path: str, cookie: str, size: int) -> float:
    """Bytes a second of one answer, thrown away as it comes. Raises `RunFailed` where it is not whole."""
    buffer, had = bytearray(_PIECE), 0
    sent = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent.encode("ascii"))
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := connection.recv(4096)):
                raise RunFailed(f"{path}: no answer")
            head += more
        had = len(head.partition(b"\r\n\r\n")[2])
        while count := connection.recv_into(buffer):
            had += count
    taken = time.perf_counter() - started
    if head[9:12] != b"200" or had != size:
        raise RunFailed(f"{path}: {head[:15]!r}, {had} of {size} bytes")
    return size / taken


def upload(folder: Path, sizes: Sizes) -> Iterator[str]:
    """Many files over some connections, then their batch, into a home of its own."""
    corpus = folder / f"documents-{sizes.files}"
    if not corpus.exists():
        make_corpus(corpus, small_documents=sizes.files)
    home = content_home(folder, name=f"upload-{time.time_ns()}", documents=1)
    try:
        with served(home) as server:
            yield from _handed_in(server, home, corpus)
            yield ""
            yield from memory_table({"upload": server.memory})
    finally:
        shutil.rmtree(home)


def _handed_in(server: Server, home: Path, corpus: Path) -> Iterator[str]:
    cookie = cookies(home, "officer", 1)[0]
    client = Client(server.port, cookie)
    place = client.need("POST", f"{API}/uploads", {"name": corpus.name}).headers["location"]
    files = sorted(path for path in corpus.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files)
    started = time.perf_counter()
    sent_all(server.port, cookie, place, corpus, files)
    sent = time.perf_counter()
    report = client.awaited(client.need("POST", f"{place}/batch", {"accept": "passing"}))
    ended = time.perf_counter()
    counts = report["counts"]
    yield "| | files | MB | s | files/s | MB/s |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, seconds in (("sent", sent - started), ("taken in", ended - sent), ("both", ended - started)):
        rates = f"{len(files) / seconds:,.0f} | {total / seconds / 1e6:,.1f}"
        yield f"| {name} | {len(files):,} | {total / 1e6:,.0f} | {seconds:,.1f} | {rates} |"
    yield ""
    yield f"{counts['registered']:,} of {counts['items']:,} items registered."


def sent_all(port: int, cookie: str, place: str, folder: Path, files: Sequence[Path]) -> None:
    """Send files to an upload over some connections at once. Raises `RunFailed`."""
    waiting: SimpleQueue[Path] = SimpleQueue()
    for path in files:
        waiting.put(path)

    def work() -> None:
        client = Client(port, cookie)
        while True:
            try:
                path = waiting.get_nowait()
            except Empty:
                return
            name = quote(path.relative_to(folder).as_posix())
            client.need("PUT", f"{place}/files/{name}", path.read_bytes())

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(work) for _ in range(CONNECTIONS)]:
            done.result()
