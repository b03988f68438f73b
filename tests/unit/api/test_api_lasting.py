"""Answers that take long end with the right to them: content, lists, the use journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from batches import document, lantai, new_home, row, write_batch
from doors import Door, doors
from starlette.testclient import TestClient

from archive import sessions, tokens
from lantai.api import lasting, sending
from lantai.api.door import COOKIE
from processes.finding import deliver, result_stream
from processes.people.accounts import Appointment, change

API = "/api/v1"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("lasting")
    home = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": document()}, [row("a.pdf", category="WS")])
    lantai(home, "ingest", batch, status=0)
    for name, role, *more in (
        ("sun", "accession-officer", "--fonds", "all"),
        ("audi", "security-auditor"),
        ("head", "appraisal-head", "--fonds", "all"),
        ("li", "researcher"),
    ):
        lantai(home, "account", "add", name, "--role", role, *more, status=0)
    with doors(home) as door:
        yield door


PATH = f"{API}/items/A014-WS·2016-Y-BGS-0001/components/1"


@pytest.fixture
def after_a_piece(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Something that happens when a first piece is on its way; pieces are small, each is asked for."""
    monkeypatch.setattr(lasting, "SECONDS", 0)
    monkeypatch.setattr(deliver, "PIECE", 64)
    monkeypatch.setattr(deliver, "SMALL", 0)
    monkeypatch.setattr(result_stream, "PIECE", 1)
    sent, pieces = sending._taken, count()

    def meanwhile(happens: Callable[[], object]) -> None:
        async def taken(*what: Any) -> None:
            await sent(*what)
            if next(pieces) == 1:
                happens()

        monkeypatch.setattr(sending, "_taken", taken)

    return meanwhile


After = Callable[[Callable[[], object]], None]


def got(client: TestClient, path: str) -> int:
    """How much of an answer came."""
    answer = client.get(path, headers={"Range": "bytes=0-"})
    assert answer.status_code in (200, 206), answer.text
    return len(answer.content)


def signed_out(door: Door, client: TestClient) -> Callable[[], None]:
    def happens() -> None:
        with door.archive.database.write() as tx:
            sessions.end(tx, sessions.digest(client.cookies[COOKIE]))

    return happens


def test_content_comes_whole_to_whoever_keeps_the_right(door: Door, after_a_piece: After) -> None:
    client = door.signed_in("sun")
    after_a_piece(lambda: None)
    assert got(client, PATH) == int(client.head(PATH).headers["content-length"])


def test_content_ends_with_the_session(door: Door, after_a_piece: After) -> None:
    client = door.signed_in("sun")
    whole = int(client.head(PATH).headers["content-length"])
    after_a_piece(signed_out(door, client))
    assert 0 < got(client, PATH) < whole


def test_content_ends_with_the_token(door: Door, after_a_piece: After) -> None:
    with door.archive.database.write() as tx:
        secret = tokens.make(tx, "sun", "program", "2026", "2999", None)
    client = door.stranger()
    client.headers["Authorization"] = f"Bearer {secret}"
    whole = int(client.head(PATH).headers["content-length"])

    def revoked() -> None:
        with door.archive.database.write() as tx:
            tokens.end_all(tx, "sun")

    after_a_piece(revoked)
    assert 0 < got(client, PATH) < whole


def test_content_ends_when_the_item_is_closed(door: Door, after_a_piece: After) -> None:
    def decide(status: str) -> None:
        code = PATH.split("/")[-3]
        words = ("appraise", code, "--status", status, "--reason", "复核")
        lantai(door.archive.home, "--as", "head", *words, status=0)

    decide("open")
    client = door.signed_in("li")
    whole = int(client.head(PATH).headers["content-length"])
    after_a_piece(lambda: decide("closed"))
    assert 0 < got(client, PATH) < whole


def test_lists_end_with_the_office(door: Door, after_a_piece: After) -> None:
    client = door.signed_in("audi")
    for _ in range(5):
        client.get(f"{API}/uses")
    whole = got(client, f"{API}/uses/list")
    tools = door.archive.tools()
    after_a_piece(lambda: change(tools, Appointment("audi", ["researcher"]), "转岗"))
    assert 0 < got(client, f"{API}/uses/list") < whole
