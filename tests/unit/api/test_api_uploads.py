"""Handing in over HTTP: files sealed as they come, resumed where they stopped, made a batch, then gone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest
from api_uploads import PARTIAL, Desk, desk_at, kept, manifest, officers_home, told
from batches import document, photograph, row

from archive import jobs
from archive import uploads as rows
from lantai.api import receiving
from processes.uploading.uploads import hand_in, reopen
from storage.staging import PART_BYTES

MARKED = "绝密材料"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_at(officers_home(tmp_path_factory.mktemp("uploads"))) as desk:
        yield desk


def test_files_become_a_batch_and_their_staging_goes(desk: Desk) -> None:
    upload = desk.begin("2016 年度 办公室")
    assert (
        desk.put(upload, "manifest.csv", manifest(row("卷一/report.pdf", category="WS"))).status_code == 201
    )
    sent = desk.put(upload, "卷一/report.pdf", document(11))
    assert sent.json() == {"path": "卷一/report.pdf", "bytes": len(document(11)), "complete": True}
    shown = desk.li.get(f"/api/v1/uploads/{upload}").json()
    assert (shown["name"], shown["state"], shown["files"], shown["incomplete"]) == (
        "2016 年度 办公室", "open", 2, 0,
    )  # fmt: skip
    assert {one["path"] for one in shown["listed"]} == {"manifest.csv", "卷一/report.pdf"}
    trial = desk.hand_in(upload, dry_run=True)
    assert (trial["state"], trial["result"]["state"]) == ("done", "inspected")
    assert desk.li.get(f"/api/v1/uploads/{upload}").json()["job"] == trial["job"]
    with desk.door.archive.database.write() as tx:
        jobs.wipe(tx)
    assert desk.li.get(f"/api/v1/uploads/{upload}").json()["job"] is None, "it names what is there"
    told = desk.hand_in(upload, wait="secured")
    assert (told["state"], told["result"]["state"]) == ("done", "secured"), told
    assert told["result"]["counts"]["registered"] == 1
    batch = told["result"]["batch"]
    listed = desk.li.get("/api/v1/batches").json()["batches"]
    assert [one["source"] for one in listed if one["batch"] == batch] == ["2016 年度 办公室"]
    assert desk.li.get(f"/api/v1/batches/{batch}").json()["counts"]["registered"] == 1
    after = desk.li.get(f"/api/v1/uploads/{upload}").json()
    assert (after["state"], after["batch"], after["listed"], after["name"]) == ("taken", batch, [], "")
    assert desk.staged(upload) == []
    with desk.door.archive.database.read() as conn:
        kept = rows.upload(conn, upload)
    assert kept is not None
    assert kept.key == b""


def test_what_waits_is_noise_on_the_disk_and_in_the_database(desk: Desk) -> None:
    upload, content = desk.begin(MARKED), MARKED.encode() * 1000
    assert desk.put(upload, f"{MARKED}.txt", content).status_code == 201
    home = desk.door.archive.home
    seen = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.stat().st_size > len(content) for path in desk.staged(upload))
    for mark in (MARKED.encode(), MARKED.encode("gb18030"), MARKED.encode("unicode_escape")):
        assert not [path for path in seen if mark in path.read_bytes()]
    assert not [path for path in seen if MARKED in path.name]


def test_a_refused_state_secret_leaves_no_trace(desk: Desk) -> None:
    upload = desk.begin("交接")
    lines = (row("a.pdf", title="特密-7311-方案", secrecy="绝密"),)
    desk.put(upload, "manifest.csv", manifest(*lines))
    desk.put(upload, "a.pdf", document(12))
    told = desk.hand_in(upload)
    assert told["result"]["state"] == "returned"
    assert desk.staged(upload) == []
    for path in (path for path in desk.door.archive.home.rglob("*") if path.is_file()):
        assert "特密-7311".encode() not in path.read_bytes(), path
        assert document(12)[200:260] not in path.read_bytes(), path


def test_a_file_goes_on_where_it_stopped(desk: Desk) -> None:
    upload, content = desk.begin(), bytes(range(256)) * 40_000
    begun = desk.put(upload, "big.bin", content[:5_000_000], **{"Upload-Complete": "?0"})
    assert begun.status_code == 201
    assert begun.json()["complete"] is False
    asked = desk.at(upload, "big.bin")
    assert (asked.status_code, asked.headers["Upload-Offset"], asked.headers["Upload-Complete"]) == (
        204, "5000000", "?0",
    )  # fmt: skip
    wrong = desk.patch(upload, "big.bin", b"x", 4_999_999)
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "5000000")
    assert wrong.json()["expected-offset"] == 5_000_000
    more = desk.patch(upload, "big.bin", content[5_000_000:6_000_000], 5_000_000, **{"Upload-Complete": "?0"})
    assert more.headers["Upload-Offset"] == "6000000"
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    last = desk.patch(
        upload, "big.bin", content[6_000_000:], 6_000_000, **{"Repr-Digest": f"sha-256=:{digest}:"}
    )
    assert (last.status_code, last.json()["complete"]) == (200, True)
    assert desk.patch(upload, "big.bin", b"x", len(content)).json()["title"] == "upload-whole"
    assert kept(desk, upload, "big.bin") == content


def test_what_a_crash_left_behind_the_last_noted_byte_is_cut_off(desk: Desk) -> None:
    upload = desk.begin()
    desk.put(upload, "a.bin", b"a" * 100, **{"Upload-Complete": "?0"})
    with desk.staged(upload)[0].open("ab") as file:
        file.write(b"\0\0\0\x10half a part")
    assert desk.patch(upload, "a.bin", b"b" * 100, 100).status_code == 200
    assert kept(desk, upload, "a.bin") == b"a" * 100 + b"b" * 100


def test_a_file_sent_anew_replaces_the_former(desk: Desk) -> None:
    upload = desk.begin()
    desk.put(upload, "a.bin", b"first")
    desk.put(upload, "a.bin", b"second one")
    assert kept(desk, upload, "a.bin") == b"second one"
    shown = desk.li.get(f"/api/v1/uploads/{upload}").json()
    assert (shown["files"], shown["bytes"], len(desk.staged(upload))) == (1, 10, 1)
    assert desk.li.delete(f"/api/v1/uploads/{upload}/files/a.bin").status_code == 204
    assert desk.at(upload, "a.bin").status_code == 404
    assert desk.staged(upload) == []
    assert desk.put(upload, "empty", b"").json() == {"path": "empty", "bytes": 0, "complete": True}
    assert kept(desk, upload, "empty") == b""


def test_another_digest_than_announced_leaves_nothing_of_the_request(desk: Desk) -> None:
    upload = desk.begin()
    wrong = desk.put(upload, "a.bin", b"content", **{"Content-Digest": told(b"other")})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "digest-differs")
    assert (desk.at(upload, "a.bin").status_code, desk.staged(upload)) == (404, [])
    long = b"x" * (PART_BYTES + 10)
    assert desk.put(upload, "b.bin", long, **{"Repr-Digest": told(b"other")}).status_code == 422
    assert desk.staged(upload) == []
    announced = {"Upload-Complete": "?0", "Repr-Digest": told(b"one and two"), "Upload-Length": "11"}
    assert desk.put(upload, "c.bin", b"one and", **announced).status_code == 201
    assert desk.patch(upload, "c.bin", b" TWO", 7).json()["title"] == "digest-differs"
    assert desk.at(upload, "c.bin").headers["Upload-Offset"] == "7"
    assert desk.patch(upload, "c.bin", b" two and more", 7).json()["title"] == "upload-length"
    assert desk.patch(upload, "c.bin", b" two", 7, **{"Content-Digest": told(b" two")}).status_code == 200
    assert desk.li.get(f"/api/v1/uploads/{upload}").json()["bytes"] == 11


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/octet-stream", "Upload-Offset": "0"}, 415),
        ({"Content-Type": PARTIAL}, 422),
        ({"Content-Type": PARTIAL, "Upload-Offset": "-1"}, 422),
        ({"Content-Type": PARTIAL, "Upload-Offset": "9" * 30}, 422),
        ({"Content-Type": PARTIAL, "Upload-Offset": "1", "Upload-Complete": "yes"}, 422),
        ({"Content-Type": PARTIAL, "Upload-Offset": "1", "Content-Digest": "sha-256=:AAAA:"}, 422),
        ({"Content-Type": PARTIAL, "Upload-Offset": "1", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": PARTIAL, "Upload-Offset": "0", "Upload-Length": "x"}, 422),
    ],
)
def test_headers_that_are_not_as_the_draft_has_them_are_refused(
    desk: Desk, headers: dict[str, str], status: int
) -> None:
    upload = desk.begin()
    desk.put(upload, "a", b"a", **{"Upload-Complete": "?0"})
    answer = desk.li.patch(f"/api/v1/uploads/{upload}/files/a", content=b"more", headers=headers)
    assert answer.status_code == status, answer.text
    desk.li.delete(f"/api/v1/uploads/{upload}")


@pytest.mark.parametrize(
    "path",
    ["%2e%2e/a", "a/%2e%2e/b", "a%2f..%2f..%2fb", "%2fetc/passwd", "a//b", "a/%2e/b", "C:%5Ca", "a%5cb", "a/",
     "x" * 256, "/".join(["a"] * 200), "%ff%fe"],
)  # fmt: skip
def test_a_name_that_climbs_or_is_none_is_refused(desk: Desk, path: str) -> None:
    upload = desk.begin()
    answer = desk.put(upload, path, b"x")
    assert answer.status_code in (404, 422), answer.text
    assert (desk.staged(upload), desk.li.get(f"/api/v1/uploads/{upload}").json()["files"]) == ([], 0)
    desk.li.delete(f"/api/v1/uploads/{upload}")


def test_an_upload_is_its_accounts_own(desk: Desk) -> None:
    upload = desk.begin()
    desk.put(upload, "a", b"a")
    absent = desk.wang.get("/api/v1/uploads/u" + "a" * 24)
    for answer in (
        desk.wang.get(f"/api/v1/uploads/{upload}"),
        desk.wang.delete(f"/api/v1/uploads/{upload}"),
        desk.wang.put(f"/api/v1/uploads/{upload}/files/a", content=b"b"),
        desk.wang.delete(f"/api/v1/uploads/{upload}/files/a"),
        desk.wang.post(f"/api/v1/uploads/{upload}/batch", json={}),
        desk.wang.get("/api/v1/batches/b" + "a" * 24),
    ):
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert desk.wang.get("/api/v1/uploads").json() == {"uploads": []}
    assert kept(desk, upload, "a") == b"a"


def test_what_was_handed_in_is_left_as_it_is(desk: Desk) -> None:
    upload = desk.begin()
    assert desk.li.post(f"/api/v1/uploads/{upload}/batch", json={}).json()["title"] == "upload-incomplete"
    desk.put(upload, "a", b"a", **{"Upload-Complete": "?0"})
    assert desk.li.post(f"/api/v1/uploads/{upload}/batch", json={}).json()["title"] == "upload-incomplete"
    desk.patch(upload, "a", b"", 1)

    tools = desk.tools
    hand_in(tools, upload)
    for answer in (
        desk.put(upload, "b", b"b"),
        desk.patch(upload, "a", b"b", 1),
        desk.li.delete(f"/api/v1/uploads/{upload}/files/a"),
        desk.li.delete(f"/api/v1/uploads/{upload}"),
        desk.li.post(f"/api/v1/uploads/{upload}/batch", json={}),
    ):
        assert (answer.status_code, answer.json()["title"]) == (409, "upload-closed")
    reopen(tools, upload)
    assert desk.put(upload, "b", b"b").status_code == 201


def test_a_broken_batch_is_told_and_the_same_batch_is_one_batch(desk: Desk) -> None:
    files = {"manifest.csv": manifest(row("p.jpg", category="ZP")), "p.jpg": photograph(7)}
    batches = []
    for _ in range(2):
        upload = desk.begin()
        for path, content in files.items():
            desk.put(upload, path, content)
        batches.append(desk.hand_in(upload)["result"])
    assert [one["repeated"] for one in batches] == [False, True]
    assert batches[0]["batch"] == batches[1]["batch"]
    upload = desk.begin()
    desk.put(upload, "manifest.csv", manifest(row("p.jpg", category="ZP"), row("gone.pdf", category="WS")))
    desk.put(upload, "p.jpg", photograph(8)[:5000])
    told = desk.hand_in(upload)["result"]
    assert told["state"] == "returned"
    assert {note["kind"] for item in told["items"] for note in item["findings"]} >= {"file-missing"}


def test_an_account_sends_so_many_bodies_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = desk.begin()
    assert desk.put(upload, "a.txt", b"a").status_code == 201
    assert not receiving._under_way  # each has ended, and left its place
    monkeypatch.setitem(receiving._under_way, "li", receiving.MOST_AT_ONCE)
    refused = desk.put(upload, "b.txt", b"b")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert desk.at(upload, "b.txt").status_code == 404
