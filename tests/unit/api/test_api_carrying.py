"""Carriers over HTTP: into and from the one folder that the operator named, and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from starlette.testclient import TestClient

CARRIERS = "/api/v1/carriers"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("carrying")
    made = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": pdf(1)}, [row("a.pdf", category="WS")])
    lantai(made, "ingest", batch, status=0)
    return made


@pytest.fixture(scope="module")
def exchange(home: Path) -> Path:
    folder = home.parent / "exchange"
    folder.mkdir()
    (folder / "elsewhere").symlink_to(home.parent)
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + f'\n[http]\nexchange = "{folder}"\n', "utf-8")
    return folder


@pytest.fixture(scope="module")
def door(home: Path, exchange: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


@pytest.fixture
def founder(door: Door) -> TestClient:
    return door.signed_in(door.archive.settings.account)


def done(client: TestClient, answer: Any) -> Any:
    assert answer.status_code == 202, answer.text
    for _ in range(1000):
        told = client.get(answer.headers["Location"]).json()
        if told["state"] in ("done", "failed"):
            return told
        threading.Event().wait(0.02)
    raise AssertionError(told)


def test_carriers_are_written_listed_read_again_and_lost(
    founder: TestClient, home: Path, exchange: Path
) -> None:
    asked = {"set": "preservation", "to": "2026/first", "kept_at": "库房一"}
    (exchange / "2026").mkdir()
    told = done(founder, founder.post(CARRIERS, json=asked))
    assert told["state"] == "done", told
    assert str(exchange) not in str(told)
    listed = founder.get(CARRIERS).json()
    assert listed == lantai(home, "carriers", "list", status=0).document
    number = listed["carriers"][0]["number"]
    assert founder.get(f"{CARRIERS}/due").json()["carriers"] == []
    soon = founder.get(f"{CARRIERS}/due", params={"within": 36_500}).json()
    assert soon == lantai(home, "carriers", "due", "--within", "36500", status=0).document
    carrier = next(one for one in (exchange / "2026/first").iterdir() if one.is_dir())
    checked = done(founder, founder.post(f"{CARRIERS}/checks", json={"path": f"2026/first/{carrier.name}"}))
    assert checked["state"] == "done", checked
    assert checked["result"]["number"] == number and str(exchange) not in str(checked)
    gone = founder.post(f"{CARRIERS}/{number}/loss", json={"reason": "水浸"})
    assert gone.status_code == 200, gone.text
    assert founder.get(CARRIERS).json()["carriers"][0]["outcome"] == "lost"
    assert founder.post(f"{CARRIERS}/PR0999/loss", json={"reason": "水浸"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/etc", "../x", "a/../b", "a//b", ".", "a\\b", "elsewhere/x", "elsewhere", "a/\u202e/b", "a/"]
)
def test_no_path_leaves_the_exchange_folder(founder: TestClient, path: str, exchange: Path) -> None:
    before = sorted(exchange.iterdir())
    asked = {"set": "preservation", "to": path}
    assert founder.post(CARRIERS, json=asked).status_code == 400
    assert founder.post(f"{CARRIERS}/checks", json={"path": path}).status_code == 400
    assert sorted(exchange.iterdir()) == before


def test_what_the_folder_refuses_is_told_by_the_name_that_was_asked_for(
    founder: TestClient, exchange: Path
) -> None:
    (exchange / "list.txt").write_text("who took what", "utf-8")
    asked = {"set": "preservation", "to": "list.txt", "size": "1GB"}
    told = done(founder, founder.post(CARRIERS, json=asked))
    assert (told["state"], told["problem"]["status"]) == ("failed", 400)
    assert told["problem"]["detail"].startswith("list.txt: ") and str(exchange) not in str(told)


def test_a_link_that_is_laid_while_the_work_waits_is_seen(door: Door, exchange: Path, home: Path) -> None:
    from lantai.carrying import check
    from lantai.errors import UsageMistake
    from lantai.jobs_progress import Noted

    (exchange / "later").symlink_to(home)
    archive = door.archive.at_work(door.archive.subject)
    with pytest.raises(UsageMistake):
        check(archive, {"path": "later", "number": "", "sample": 0.0, "kept_at": ""}, Noted())


def test_a_wish_that_does_not_fit_together_is_refused_at_once(founder: TestClient) -> None:
    for odd in (
        {"size": "1B"},
        {"size": "much"},
        {"restricted_too": True},
        {"with_keys": True, "plain": True},
        {"since": "yesterday"},
    ):
        asked = {"set": "preservation", "to": "x", **odd}
        assert founder.post(CARRIERS, json=asked).status_code == 400, odd
    assert founder.post(CARRIERS, json={"set": "other", "to": "x"}).status_code == 422


def test_without_an_exchange_folder_it_says_what_to_set(tmp_path: Path) -> None:
    with doors(new_home(tmp_path)) as door:
        client = door.signed_in(door.archive.settings.account)
        answer = client.post(CARRIERS, json={"set": "preservation", "to": "x"})
        assert answer.status_code == 409 and "exchange" in answer.json()["detail"]
