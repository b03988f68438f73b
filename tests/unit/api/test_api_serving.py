"""Health and numbers, and the server itself."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import pytest
from batches import lantai, new_home
from doors import BASE, Door, doors
from starlette.testclient import TestClient

from lantai.api import health
from lantai.api.listening import MOST_FROM_ONE
from lantai.errors import UsageMistake
from lantai.settings_http import HttpSettings

API = "/api/v1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = new_home(tmp_path_factory.mktemp("serving"))
    lantai(made, "account", "add", "li", "--role", "researcher", status=0)
    return made


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


def test_strangers_are_told_that_it_is_ready_and_nothing_of_it(door: Door) -> None:
    client = door.stranger()
    assert (client.get("/healthz").status_code, client.get("/readyz").text) == (200, "ready\n")
    assert client.get("/metrics").status_code == 404
    # The path itself stands in the links of the page.
    nothing = client.get("/nothing").text.replace("nothing", "metrics")
    assert client.get("/metrics").text == nothing


def test_whoever_watches_it_reads_the_numbers(door: Door) -> None:
    watch = TestClient(door.app, base_url=BASE, client=("127.0.0.1", 1))
    assert watch.get("/readyz").json()["ready"] is True
    door.signed_in("li").get(f"{API}/items/A014-WS·2016-Y-BGS-0001")
    door.signed_in("li").get(f"{API}/search?query=secret-words")
    text = watch.get("/metrics").text
    assert 'lantai_http_requests_total{route="GET /search",status="200"}' in text
    assert "lantai_ledger_entries" in text
    assert not re.search('secret-words|A014|["=]li["}]', text)


def test_a_proxy_that_nobody_named_lets_nobody_read_the_numbers(door: Door) -> None:
    behind = TestClient(door.app, base_url=BASE, client=("127.0.0.1", 1))
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert behind.get("/metrics", headers={name: "203.0.113.9"}).status_code == 404
        assert behind.get("/readyz", headers={name: "203.0.113.9"}).text == "ready\n"


def test_an_archive_with_too_few_sites_is_not_ready(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    broken: Callable[..., object] = lambda *_: (_ for _ in ()).throw(OSError("gone"))  # noqa: E731
    monkeypatch.setattr(health, "continued", broken)
    assert "gone" in health.look(door.archive)["sites"]


def test_a_place_that_others_reach_needs_tls_or_a_proxy(tmp_path: Path) -> None:
    from lantai.api.serving import place_of

    assert place_of(tmp_path, HttpSettings(), None, None).url == "http://127.0.0.1:8400"
    assert place_of(tmp_path, HttpSettings(behind_proxy=("10.0.0.1/32",)), "0.0.0.0", 1).port == 1
    for host in ("0.0.0.0", "::", "192.168.1.1", "archive.example"):
        with pytest.raises(UsageMistake):
            place_of(tmp_path, HttpSettings(), host, None)
    with pytest.raises(UsageMistake):
        place_of(tmp_path, HttpSettings(certificate="none.pem", key="none.pem"), None, None)


def test_the_server_serves_bounds_what_it_reads_and_ends_when_told(home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), "serve", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                assert httpx2.get(f"{url}/healthz").text == "alive\n"
                break
            except httpx2.TransportError:
                assert server.poll() is None
                time.sleep(0.1)
        assert httpx2.get(f"{url}{API}/session").status_code == 401
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\n" + b"X-A: " + b"a" * 100_000)
            assert raw.recv(100).startswith(b"HTTP/1.1 431")
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(
                b"POST /api/v1/session HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        with ExitStack() as crowd:
            place = ("127.0.0.1", port)
            for _ in range(MOST_FROM_ONE):
                crowd.enter_context(socket.create_connection(place, source_address=("127.0.0.9", 0)))
            assert httpx2.get(f"{url}/healthz").status_code == 200
            one_more = crowd.enter_context(socket.create_connection(place, source_address=("127.0.0.9", 0)))
            with suppress(ConnectionError):
                assert one_more.recv(1) == b""
        for _ in range(300):  # the server sees that they have gone
            with socket.create_connection(place, source_address=("127.0.0.9", 0)) as again:
                again.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                with suppress(ConnectionError):
                    if again.recv(12) == b"HTTP/1.1 200":
                        break
        else:
            raise AssertionError("their places were not given back")
    finally:
        server.send_signal(signal.SIGTERM)
        out, _ = server.communicate(timeout=60)
    assert server.returncode == 0
    assert f'"serving": "{url}"' in out
