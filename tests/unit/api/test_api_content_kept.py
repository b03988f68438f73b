"""What requests for content have in common is never older than what others did: keys, sites, settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import document, lantai, new_home, row, write_batch
from doors import Door, doors
from starlette.testclient import TestClient

from archive import sessions
from lantai import reading
from lantai.api.door import COOKIE
from lantai.wiring import opened
from processes.custody.rotate import rotate
from processes.destruction.destroy import destroy
from processes.finding.deliver import find_content
from storage import kept_keyrings
from storage.errors import KeyMissing

CODES = [f"A014-WS·2016-Y-BGS-{number:04}" for number in (1, 2, 3)]
PATHS = [f"/api/v1/items/{code}/components/1" for code in CODES]
PAGES = {path: document(pages) for path, pages in zip(PATHS, (2, 3, 4), strict=True)}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("kept")
    home = new_home(folder)
    files = {f"{pages}.pdf": document(pages) for pages in (2, 3, 4)}
    rows = [row(name, category="WS") for name in files]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_keyrings, "YOUNG_SECONDS", 0.0)  # what was written just now is kept, too
        patch.setattr(reading, "YOUNG_SECONDS", 0.0)
        with doors(home) as door:
            yield door


@pytest.fixture
def founder(door: Door) -> TestClient:
    return door.signed_in(door.archive.settings.account)


def got(client: TestClient, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


def copies(home: Path) -> list[Path]:
    """The folders of copies at the site that is read first."""
    return sorted(home.glob("sites/*"))


def test_content_is_what_came_in_again_and_again(founder: TestClient) -> None:
    for path in PATHS * 2:
        assert got(founder, path) == PAGES[path]


def test_a_part_of_a_small_content_is_that_part(founder: TestClient) -> None:
    answer = founder.get(PATHS[0], headers={"Range": "bytes=100-299"})
    assert (answer.status_code, answer.content) == (206, PAGES[PATHS[0]][100:300])
    assert answer.headers["content-length"] == "200"


def test_a_right_that_was_taken_is_refused_at_the_next_request(door: Door, founder: TestClient) -> None:
    got(founder, PATHS[0])
    with door.archive.database.write() as tx:
        sessions.end(tx, sessions.digest(founder.cookies[COOKIE]))
    assert founder.get(PATHS[0]).status_code == 401


def test_a_rotation_by_another_process_disturbs_nobody(door: Door, founder: TestClient) -> None:
    got(founder, PATHS[0])
    former = door.archive.keychain.custody.id
    with opened(door.archive.home) as other:
        rotate(other.tools())
    assert got(founder, PATHS[0]) == PAGES[PATHS[0]]
    assert door.archive.keychain.custody.id != former, "the former key is let go of"


def test_a_damaged_copy_is_passed_over(door: Door, founder: TestClient) -> None:
    spoilt = [path for path in copies(door.archive.home)[0].glob("objects/*/*") if path.is_file()]
    whole = {path: path.read_bytes() for path in spoilt}
    for path, content in whole.items():
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        for path in PATHS:
            assert got(founder, path) == PAGES[path]
    finally:
        for path, content in whole.items():
            path.write_bytes(content)


def test_a_site_that_was_away_is_read_again(
    door: Door, founder: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = copies(door.archive.home)
    away = first.with_name("away")
    first.rename(away)
    try:
        assert got(founder, PATHS[1]) == PAGES[PATHS[1]]
        assert door.archive.to_read().vault.lost
    finally:
        away.rename(first)
    monkeypatch.setattr(reading, "SECONDS_LEFT_OUT", 0.0)
    assert not door.archive.to_read().vault.lost
    second.rename(away)
    try:
        assert got(founder, PATHS[1]) == PAGES[PATHS[1]]
    finally:
        away.rename(second)
    assert not door.archive.to_read().vault.lost


def test_a_site_that_was_given_up_is_not_read_by_the_next_request(door: Door, founder: TestClient) -> None:
    file = door.archive.home / "lantai.toml"
    before = file.read_text(encoding="utf-8")
    got(founder, PATHS[1])
    assert len(door.archive.to_read().vault.sites) == 2
    first, _, last = before.rpartition("[[sites]]")
    fewer = first.replace("min_copies = 2", "min_copies = 1")
    file.write_text(fewer + last.partition("\n\n")[2], encoding="utf-8")
    try:
        assert len(door.archive.to_read().vault.sites) == 1
        assert len(door.archive.at_work(door.archive.subject).vault.sites) == 1
        assert got(founder, PATHS[1]) == PAGES[PATHS[1]]
    finally:
        file.write_text(before, encoding="utf-8")
    assert len(door.archive.to_read().vault.sites) == 2


def test_a_record_that_another_process_destroyed_is_absent_and_its_key_gone(
    door: Door, founder: TestClient
) -> None:
    got(founder, PATHS[2])
    found = find_content(door.archive.database, CODES[2], door.archive.subject, 1, "original")
    batch, part = found.record.item.batch, found.component.object_id
    assert door.archive.to_read().key(batch, part)
    with opened(door.archive.home) as other:
        assert destroy(other.tools(), other.index, [CODES[2]], "期满").whole
    assert founder.get(PATHS[2]).status_code == 404
    with pytest.raises(KeyMissing):
        door.archive.to_read().key(batch, part)
    assert got(founder, PATHS[1]) == PAGES[PATHS[1]]
