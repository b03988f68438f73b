"""Use copies over HTTP: given by the access of each request, kept sealed, made when they are missing."""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doors import Door, doors
from PIL import Image
from staff import DOCUMENTS, PHOTOGRAPHS, SOUND, staffed
from starlette.testclient import TestClient

from archive.uses import unsealed
from lantai.api import making
from lantai.wiring import opened
from policies.access import Subject
from processes.destruction.destroy import destroy
from processes.use_copies.making import Made, make
from storage.use_copies import UseCopies

API = "/api/v1"
NOWHERE = "A014-ZP·1899-Y-BGS-0001"
OPEN, SECOND = PHOTOGRAPHS
CLOSED, OTHER = DOCUMENTS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staffed(tmp_path_factory.mktemp("copies"))


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


@pytest.fixture
def officer(door: Door) -> TestClient:
    return door.signed_in("officer")


@pytest.fixture
def researcher(door: Door) -> TestClient:
    return door.signed_in("researcher")


def place(code: str, rest: str = "") -> str:
    return f"{API}/items/{code}/components/1{rest}"


def copy(client: TestClient, code: str, size: str = "thumb", **headers: str) -> Any:
    return client.get(place(code), params={"use": "copy", "size": size}, headers=headers)


def kept(home: Path) -> list[Path]:
    return sorted(path for path in (home / "use").rglob("*") if path.is_file() and path.name[0] != ".")


def size_of(answer: Any) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.content)).size


def uses(door: Door, account: str) -> list[tuple[str, str]]:
    """The lines of the journal that an account caused: kind and code."""
    with door.archive.database.read() as conn:
        lines = [line for _, line in unsealed(conn) if line.account == account]
    return [(line.kind, str(line.detail.get("code", ""))) for line in lines]


def test_a_photograph_comes_small_and_large_and_is_held_down(researcher: TestClient) -> None:
    small, large = copy(researcher, OPEN), copy(researcher, OPEN, "screen")
    assert (small.status_code, size_of(small)) == (200, (256, 192))
    assert (large.status_code, size_of(large)) == (200, (2048, 1536))
    assert copy(researcher, OPEN, "").content == large.content
    headers = small.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    head = researcher.head(place(OPEN), params={"use": "copy", "size": "thumb"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (
        200, b"", str(len(small.content)),
    )  # fmt: skip


def test_the_first_page_of_a_document_has_a_picture(officer: TestClient) -> None:
    assert max(size_of(copy(officer, CLOSED))) == 256


def test_an_item_tells_which_copies_there_are(officer: TestClient, researcher: TestClient) -> None:
    def told(client: TestClient, code: str) -> Any:
        return client.get(f"{API}/items/{code}").json()["components"][0]["copies"]

    assert told(officer, OPEN) == told(researcher, OPEN) == ["thumb", "screen", "tiles"]
    assert told(officer, CLOSED) == ["thumb", "screen"]
    assert told(officer, SOUND) == ["peaks"]


def test_a_picture_comes_in_tiles_each_of_which_is_asked_for_by_itself(researcher: TestClient) -> None:
    told = researcher.get(place(OPEN, "/tiles")).json()
    assert told == {"width": 2048, "height": 1536, "tile": 512, "levels": [[1, 1], [2, 2], [4, 3]]}
    assert size_of(researcher.get(place(OPEN, "/tiles/2/3/2"))) == (512, 512)
    assert size_of(researcher.get(place(OPEN, "/tiles/0/0/0"))) == (512, 384)
    for nowhere in ("/tiles/3/0/0", "/tiles/2/4/0", "/tiles/2/0/3"):
        assert researcher.get(place(OPEN, nowhere)).status_code == 404


def test_a_sound_has_its_course_and_no_picture(officer: TestClient) -> None:
    told = officer.get(place(SOUND, "/peaks")).json()
    assert 0.1 < told["seconds"] < 0.4
    assert all(-128 <= low <= high <= 127 for low, high in told["peaks"])
    assert any(high > 20 for _, high in told["peaks"])
    assert copy(officer, SOUND).status_code == 404


@pytest.mark.parametrize("rest", ["?use=copy&size=thumb", "?use=copy", "/tiles", "/tiles/0/0/0", "/peaks"])
def test_what_may_not_be_seen_has_no_copies_as_what_is_not_there(
    officer: TestClient, researcher: TestClient, rest: str
) -> None:
    copy(officer, CLOSED)
    closed, absent = researcher.get(place(CLOSED, rest)), researcher.get(place(NOWHERE, rest))
    assert closed.status_code == 404
    assert closed.content == absent.content


def test_a_copy_that_a_browser_kept_is_worth_nothing_once_the_item_is_closed(
    door: Door, researcher: TestClient
) -> None:
    head = door.signed_in("head")
    before = copy(researcher, SECOND).headers["etag"]
    assert copy(researcher, SECOND, **{"If-None-Match": before}).status_code == 304
    for status, answered in (("closed", 404), ("open", 304)):
        decision = {"codes": [SECOND], "status": status, "reason": "复核", "clause": "3"}
        assert head.post(f"{API}/appraisals", json=decision).status_code == 200
        assert copy(researcher, SECOND, **{"If-None-Match": before}).status_code == answered


def test_what_may_only_be_looked_at_is_shown_and_not_kept(
    door: Door, officer: TestClient, researcher: TestClient
) -> None:
    asked = researcher.post(f"{API}/retrievals", json={"code": OTHER, "purpose": "编史"}).json()["request"]
    until = (datetime.now(UTC) + timedelta(30)).date().isoformat()
    granted = officer.post(f"{API}/retrievals/{asked}/grant", json={"until": until, "reason": "批示"})
    assert copy(researcher, OTHER).status_code == 404
    researcher.post(f"{API}/retrievals/{asked}/opening", json={"passcode": granted.json()["passcode"]})
    shown = copy(researcher, OTHER)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert researcher.get(place(OTHER)).status_code == 404


def test_a_copy_that_is_damaged_or_gone_is_made_again(home: Path, officer: TestClient) -> None:
    first = copy(officer, OPEN).content
    for path in kept(home):
        path.write_bytes(path.read_bytes()[:-1])
    assert copy(officer, OPEN).content == first
    for path in kept(home):
        path.unlink()
    assert copy(officer, OPEN).content == first


def test_where_the_disk_takes_nothing_what_is_short_is_given_and_what_is_long_says_so(
    home: Path, officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = copy(officer, OPEN, "screen").content
    for path in kept(home):
        path.unlink()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(UseCopies, "put", full)
    assert copy(officer, OPEN, "screen").content == first
    assert officer.get(place(SOUND, "/peaks")).json()["peaks"]
    long = officer.get(place(OPEN, "/tiles"))
    assert (long.status_code, long.json()["title"]) == (507, "copy-not-kept")
    assert kept(home) == []
    assert copy(officer, SOUND).status_code == 404, "there is none of this kind"


def test_many_who_ask_at_once_have_it_made_once(
    home: Path, officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*words: Any) -> Made:
        made.append(words)
        return make(*words)

    monkeypatch.setattr(making, "make", counted)
    copy(officer, OPEN)
    for path in kept(home):
        path.unlink()
    made.clear()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: copy(officer, OPEN).status_code, range(8)))
    assert (answers, len(made)) == ([200] * 8, 1)


def test_what_takes_longer_is_told_and_goes_on(
    home: Path, door: Door, officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(officer, OPEN)
    for path in kept(home):
        path.unlink()
    monkeypatch.setattr(making, "SECONDS", 0.0)
    before = len(uses(door, "officer"))
    answer = copy(officer, OPEN)
    assert (answer.status_code, answer.headers["retry-after"]) == (202, "2")
    assert answer.headers["cache-control"] == "no-store"
    assert len(uses(door, "officer")) == before, "nothing was given"
    monkeypatch.setattr(making, "SECONDS", 60.0)
    assert copy(officer, OPEN).status_code == 200


def test_what_nobody_comes_again_for_makes_room_for_others(
    home: Path, officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(officer, OPEN)
    for path in kept(home):
        path.unlink()
    monkeypatch.setattr(making, "MOST_WAITING", 1)
    monkeypatch.setattr(making, "SECONDS", 0.0)
    assert copy(officer, OPEN).status_code == 202
    monkeypatch.setattr(making, "SECONDS", 60.0)
    for _ in range(600):
        answer = copy(officer, SECOND)
        if answer.status_code != 202:
            break
        time.sleep(0.05)
    assert answer.status_code == 200


def test_small_pictures_belong_to_their_search_and_tiles_to_the_view_of_their_item(door: Door) -> None:
    editor = door.signed_in("editor")
    editor.get(f"{API}/search", params={"query": "*"})
    for code in PHOTOGRAPHS:
        assert copy(editor, code).status_code == 200
    assert [kind for kind, _ in uses(door, "editor")] == ["search"]
    editor.get(f"{API}/items/{OPEN}")
    for rest in ("/tiles", "/tiles/0/0/0", "/tiles/1/0/0"):
        assert editor.get(place(OPEN, rest)).status_code == 200
    copy(editor, OPEN, "screen")
    assert uses(door, "editor")[1:] == [("view", OPEN)]
    copy(editor, SECOND, "screen")
    assert uses(door, "editor")[2:] == [("view", SECOND)]


def test_a_small_picture_that_no_search_named_is_a_view_whatever_was_searched_before(door: Door) -> None:
    scanner = door.signed_in("scanner")
    scanner.get(f"{API}/search", params={"query": "*", "category": "WS"})
    assert copy(scanner, OPEN).status_code == 200
    assert uses(door, "scanner") == [("search", ""), ("view", OPEN)]


def test_pictures_that_are_fetched_alone_are_views_of_their_items(door: Door) -> None:
    member = door.signed_in("member")
    for _ in range(3):
        copy(member, OPEN)
        copy(member, CLOSED)
    assert uses(door, "member") == [("view", OPEN), ("view", CLOSED)]


def test_nothing_readable_is_on_disk_and_a_destroyed_item_takes_its_copies_along(tmp_path: Path) -> None:
    home = staffed(tmp_path)
    with doors(home) as door:
        officer = door.signed_in("officer")
        seen = [copy(officer, OPEN).content, copy(officer, OPEN, "screen").content]
        seen += [officer.get(place(OPEN, "/tiles/0/0/0")).content, copy(officer, CLOSED).content]
    before = kept(home)
    assert {"thumb", "screen", "tiles"} <= {path.stem for path in before}
    singing = [picture[at : at + 24] for picture in seen for at in range(700, len(picture) - 24, 4_001)]
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [one for one in singing if one in content], path
    with opened(home) as archive:
        tools = replace(archive.tools(), subject=Subject("keeper", handles=None))
        assert destroy(tools, archive.index, [OPEN], "期满", ("officer", "records")).whole
    gone = set(before) - set(kept(home))
    assert sorted(path.stem for path in gone) == ["screen", "thumb", "tiles"]
    assert len({path.parent for path in gone}) == 1
    with doors(home) as door:
        assert copy(door.signed_in("officer"), OPEN).status_code == 404
