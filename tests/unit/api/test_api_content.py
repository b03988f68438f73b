"""Content over HTTP: every byte verified, ranges and tags as RFC 9110 has them, bad copies passed over."""

from __future__ import annotations

import hashlib
import http.client
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
import twin_homes
import uvicorn
from doors import Door, doors
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from twins import world

from lantai.api.sending import Sending
from policies.access import Subject
from processes.errors import NotFound
from processes.finding.deliver import find_content, pieces_of_found
from storage import cached
from storage.errors import NoGoodCopy

SIZES = {"i1": 3 * (1 << 20) + 7, "i2": 2 << 20, "i3": 0, "i4": 40_000}


@dataclass(frozen=True)
class Kept:
    """A home, and its open items' codes by the item."""

    home: Path
    codes: dict[str, str]

    def path(self, item: str, number: int = 1) -> str:
        return f"/api/v1/items/{quote(self.codes[item])}/components/{number}"


def content_of(item: str, number: int) -> bytes:
    return random.Random(f"{item} {number}").randbytes(SIZES[item])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Four open items whose contents have lengths at and between the edges of chunks and pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twin_homes, "content_of", content_of)
        home = twin_homes.empty_home(tmp_path_factory.mktemp("content") / "home")
        one = next(m for m in world(1) if m.standing.access == "open" and not m.withdrawn)
        made = [
            replace(one, document=replace(
                one.document, id=name, code=f"B002-WS·2001-Y-BGS-{place:04}", fonds="B002",
                former_codes=(), secrecy="", holder="", text="",
            ))
            for place, name in enumerate(SIZES, 1)
        ]  # fmt: skip
        twin_homes.fill(home, made, 10)
    return Kept(home, {m.document.id: m.document.code for m in made})


@pytest.fixture(scope="module")
def door(kept: Kept) -> Iterator[Door]:
    with doors(kept.home) as door:
        yield door


@pytest.fixture(scope="module")
def reader(door: Door) -> TestClient:
    return door.signed_in("r")


def copies(kept: Kept, item: str) -> list[Path]:
    """The sealed copies, in the order in which sites are read."""
    return sorted(kept.home.glob(f"sites/*/objects/*/o{item}x0"))


@pytest.fixture
def spoiled(kept: Kept) -> Iterator[object]:
    """Turn over bits of copies; they are whole again afterwards."""
    before: dict[Path, bytes] = {}

    def spoil(path: Path, place: int) -> None:
        before.setdefault(path, path.read_bytes())
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)

    yield spoil
    for path, content in before.items():
        path.write_bytes(content)


@pytest.mark.parametrize("item", SIZES)
def test_the_whole_content_comes_with_its_length_and_digest(
    kept: Kept, reader: TestClient, item: str
) -> None:
    answer = reader.get(kept.path(item))
    assert answer.status_code == 200
    assert answer.content == content_of(item, 0)
    assert answer.headers["content-length"] == str(SIZES[item])
    assert answer.headers["accept-ranges"] == "bytes"
    head = reader.head(kept.path(item), headers={"Range": "bytes=0-0"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == answer.headers


def test_what_a_browser_does_with_it_is_held_down(kept: Kept, reader: TestClient) -> None:
    headers = reader.get(kept.path("i4")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-cache"
    name = "B002-WS%C2%B72001-Y-BGS-0004-1.txt"
    told = f"attachment; filename=\"B002-WS.2001-Y-BGS-0004-1.txt\"; filename*=UTF-8''{name}"
    assert headers["content-disposition"] == told
    viewed = reader.get(kept.path("i4"), params={"use": "view"}).headers
    assert viewed["cache-control"] == "no-store"
    assert viewed["content-disposition"].startswith("inline;")


EDGES = [0, 1, 16_383, 16_384, 262_144, 1 << 20, (1 << 20) + 1, 3 * (1 << 20), 3 * (1 << 20) + 6]


@pytest.mark.parametrize("start", EDGES)
def test_a_range_is_that_part_of_the_content(kept: Kept, reader: TestClient, start: int) -> None:
    content = content_of("i1", 0)
    for end in {start, start + 5, start + 20_000, len(content) - 1, len(content) + 9}:
        if end < start:
            continue
        answer = reader.get(kept.path("i1"), headers={"Range": f"bytes={start}-{end}"})
        assert answer.status_code == 206
        assert answer.content == content[start : end + 1]
        last = min(end, len(content) - 1)
        assert answer.headers["content-range"] == f"bytes {start}-{last}/{len(content)}"
        assert answer.headers["content-length"] == str(len(answer.content))


def test_the_last_bytes_and_all_that_is_no_range(kept: Kept, reader: TestClient) -> None:
    content, path = content_of("i1", 0), kept.path("i1")
    assert reader.get(path, headers={"Range": "bytes=-9"}).content == content[-9:]
    beyond = reader.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
    for ignored in ("bytes=0-1,5-6", "lines=1-2", "bytes=9-1"):
        assert reader.get(path, headers={"Range": ignored}).status_code == 200
    assert reader.get(kept.path("i3"), headers={"Range": "bytes=-5"}).status_code == 200
    assert reader.get(kept.path("i3"), headers={"Range": "bytes=0-"}).status_code == 416


def test_conditions_are_looked_at_in_their_order(kept: Kept, reader: TestClient) -> None:
    path = kept.path("i4")
    current = reader.get(path).headers["etag"]
    assert reader.get(path, headers={"If-None-Match": current}).status_code == 304
    assert reader.get(path, headers={"If-None-Match": f'W/{current}, "x"'}).content == b""
    assert reader.get(path, headers={"If-Match": '"x"', "If-None-Match": current}).status_code == 412
    part = {"Range": "bytes=1-2"}
    assert reader.get(path, headers={**part, "If-Range": current}).status_code == 206
    assert reader.get(path, headers={**part, "If-Range": '"x"'}).status_code == 200
    assert reader.get(path, headers={**part, "If-None-Match": current}).status_code == 304


def test_a_tag_is_an_accounts_own_and_dies_with_what_it_is_shown(kept: Kept, door: Door) -> None:
    reader, other, staff = (door.signed_in(name) for name in ("r", "g", "desk"))
    paths = [kept.path("i2"), kept.path("i2").partition("/components")[0]]
    for path in paths:
        tags = [one.head(path).headers["etag"] for one in (reader, other, staff)]
        assert len(set(tags)) == 3
        item = f"/api/v1/items/{quote(kept.codes['i2'])}"
        noted = staff.post(f"{item}/description", json={"changes": {"notes": path[-9:]}, "reason": "x"})
        assert noted.status_code == 200
        assert reader.head(path).headers["etag"] == tags[0], "what only staff see says nothing to others"
        assert staff.head(path).headers["etag"] != tags[2]
        named = staff.post(
            f"{item}/description", json={"changes": {"title": f"关于{path[-5:]}"}, "reason": "x"}
        )
        assert named.status_code == 200
        assert reader.head(path).headers["etag"] != tags[0]
    current = reader.head(paths[0]).headers["etag"]
    decided = {"status": "closed", "reason": "x", "codes": [kept.codes["i2"]]}
    assert staff.post("/api/v1/appraisals", json=decided).status_code == 200
    closed = reader.get(paths[0], headers={"If-None-Match": current})
    nobody = reader.get("/api/v1/nothing", headers={"If-None-Match": current})
    assert (closed.status_code, closed.content, closed.headers) == (404, nobody.content, nobody.headers)


def test_a_copy_that_is_damaged_on_the_way_goes_on_from_another_site(
    kept: Kept, reader: TestClient, spoiled: object
) -> None:
    first, second = copies(kept, "i1")
    spoiled(first, 2_000_000)  # type: ignore[operator]
    assert reader.get(kept.path("i1")).content == content_of("i1", 0)
    assert reader.get(kept.path("i1"), headers={"Range": "bytes=5-"}).content == content_of("i1", 0)[5:]
    spoiled(first, 100)  # type: ignore[operator]
    assert reader.get(kept.path("i1")).content == content_of("i1", 0)
    assert second.exists()


def test_content_that_no_site_has_is_an_error_that_names_no_site(
    kept: Kept, reader: TestClient, spoiled: object
) -> None:
    for path in copies(kept, "i1"):
        spoiled(path, 100)  # type: ignore[operator]
    for headers in ({}, {"Range": "bytes=5-9"}):
        answer = reader.get(kept.path("i1"), headers=headers)
        assert answer.status_code == 503
        assert answer.json()["title"] == "content-away"
        assert "site" not in answer.json()["detail"].replace("no site gives", "")


def test_what_may_only_be_looked_at_is_not_taken_away(kept: Kept, door: Door) -> None:
    hidden = Subject("h", granted=frozenset({"i2"}), viewed=frozenset({"i2"}))
    database, code = door.archive.database, kept.codes["i2"]
    decided = {"status": "closed", "reason": "x", "codes": [code]}
    door.signed_in("desk").post("/api/v1/appraisals", json=decided)  # refused where a test above closed it
    with pytest.raises(NotFound):
        find_content(database, code, Subject("h"), 1, "view")
    assert find_content(database, code, hidden, 1, "view").number == 1
    for use in ("original", "copy"):
        with pytest.raises(NotFound):
            find_content(database, code, hidden, 1, use)


def pieces(door: Door, kept: Kept) -> Iterator[bytes]:
    """A long content as it is sent, without the door."""
    found = find_content(door.archive.database, kept.codes["i1"], Subject("r"), 1, "view")
    reader = door.archive.to_read()
    key = reader.key(found.record.item.batch, found.component.object_id)
    return pieces_of_found(reader.vault, found, key)


def test_a_cut_answer_is_seen_as_one(
    kept: Kept, door: Door, spoiled: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real server and a real socket: both copies fail behind the first piece."""
    monkeypatch.setattr(cached, "QUICK_SECONDS", -1.0)  # pieces stay short
    first, second = copies(kept, "i1")
    spoiled(first, 2_900_000)  # type: ignore[operator]
    spoiled(second, 2_900_000)  # type: ignore[operator]

    def cut(_request: object) -> Sending:
        return Sending(pieces(door, kept), {"Content-Length": "3145735"})

    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(Starlette(routes=[Route("/", cut)]), log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            client = http.client.HTTPConnection(*listening.getsockname(), timeout=20)
            client.request("GET", "/")
            with pytest.raises(http.client.IncompleteRead) as cut_short:
                client.getresponse().read()
        finally:
            server.should_exit = True
            thread.join()
    came = cut_short.value.partial
    assert 0 < len(came) < SIZES["i1"]
    assert content_of("i1", 0).startswith(came)


def test_the_whole_is_cut_where_every_copy_fails(kept: Kept, door: Door, spoiled: object) -> None:
    for path in copies(kept, "i1"):
        spoiled(path, -1)  # type: ignore[operator]
    came = b""
    with pytest.raises(NoGoodCopy):
        for piece in pieces(door, kept):
            came += piece
    assert content_of("i1", 0).startswith(came)


def test_the_digest_told_is_that_of_the_content(kept: Kept, reader: TestClient) -> None:
    import base64

    told = reader.get(kept.path("i4"), headers={"Range": "bytes=0-0"}).headers["repr-digest"]
    digest = base64.b64encode(hashlib.sha256(content_of("i4", 0)).digest()).decode()
    assert told == f"sha-256=:{digest}:"
