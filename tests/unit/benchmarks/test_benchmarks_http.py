"""What the HTTP door is measured with is sound: the load generator counts truly, a slope is a slope."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import http_bare
from benchmarks.http_bytes import fetched
from benchmarks.http_load import Load, Order, at_share, length_of, loaded
from benchmarks.http_parts import slope
from benchmarks.http_told import ratio
from benchmarks.measure import RunFailed

BODY = b"x" * 3_000


@pytest.fixture
def server() -> Iterator[int]:
    """Answers every request with 3,000 bytes, in two pieces, or `/404` with none."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener,), daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection:
        while asked := connection.recv(4096):
            if b" /404 " in asked:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n")
            connection.sendall(b"\r\n" + BODY[:1_000])
            connection.sendall(BODY[1_000:])
            if b"Connection: close" in asked:
                return


def test_every_answer_is_counted_once_with_its_bytes(server: int) -> None:
    load = loaded(Order(server, ["a=1", "a=2", "a=3"], ["/one", "/two"], 0.5))
    assert load.clean
    assert load.statuses == {"200": load.requests}
    assert load.bytes == load.requests * len(BODY)
    assert 0 < load.p50 <= load.p99 <= load.longest


def test_an_answer_that_may_not_be_is_told(server: int) -> None:
    load = loaded(Order(server, ["a=1"], ["/404"], 0.3))
    assert not load.clean
    assert set(load.statuses) == {"404"}


def test_no_answer_at_all_is_not_clean() -> None:
    assert not Load(0, 0.0, 0.0, 0.0, 0.0, 0, {}).clean


def test_a_download_that_is_not_whole_is_told(server: int) -> None:
    assert fetched(server, "/one", "", len(BODY)) > 0
    with pytest.raises(RunFailed):
        fetched(server, "/one", "", len(BODY) + 1)


def test_lengths_shares_slopes_and_ratios() -> None:
    assert length_of(b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 12") == 12
    assert length_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked") == -1
    assert length_of(b"HTTP/1.1 304 Not Modified") == 0
    assert [at_share(range(100), share) for share in (0.5, 0.99, 1.0)] == [50, 99, 99]
    assert slope([0, 1, 2, 3], [5, 7, 9, 11]) == 2
    assert slope([1], [1]) == slope([1, 1], [1, 2]) == 0
    assert ratio([(1, 2), (1, 4), (3, 4)]) == "0.50 (0.25 to 0.75)"


def test_the_bare_endpoint_knows_who_asks_and_reads_its_row(tmp_path: Path) -> None:
    import sqlite3

    from starlette.testclient import TestClient

    conn = sqlite3.connect(tmp_path / "database.sqlite")
    conn.execute("CREATE TABLE item (id, code, fonds, category, year, retention, access)")
    conn.execute("INSERT INTO item VALUES ('i1', 'A', 'A014', 'WS', '2016', 'Y', 'open')")
    conn.execute("CREATE TABLE code (code, item)")
    conn.execute("INSERT INTO code VALUES ('A', 'i1')")
    conn.execute('CREATE TABLE "session" (id, account, until)')
    conn.commit()
    client = TestClient(http_bare.application(tmp_path / "database.sqlite"))
    assert client.get("/signed/A").status_code == client.get("/session/A").status_code == 401
    client.cookies.set(http_bare.COOKIE, http_bare.signed("reader"))
    assert client.get("/signed/A").json()["fonds"] == "A014"
    assert client.get("/signed/B").status_code == 404
    client.cookies.set(http_bare.COOKIE, "reader.0000")
    assert client.get("/signed/A").status_code == 401
