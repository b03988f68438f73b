"""What becomes of uploads: ZIPs, limits, sites away, keys rotated, a week gone by, a server killed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from api_uploads import Desk, desk_at, kept, manifest, officers_home
from batches import document, photograph, recording, row

from archive import uploads
from ingest.batch import Submission
from ingest.intake import inspect_only
from ingest.staged import staged_source
from ingest.submission import receive
from lantai.behind import do_what_waits
from lantai.handing_in import take_upload
from lantai.wiring import opened
from policies.uploads import UploadLimits
from processes.custody.rotate import rotate
from processes.uploading.uploads import hand_in, sweep

COOKIE, CSRF = "__Host-lantai", "csrf-of-a-test"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = officers_home(tmp_path_factory.mktemp("lives"))
    with (home / "lantai.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[uploads]\ngib = 0.03\nfiles = 6\nuploads = 30\nzip_ratio = 20\n")
    with desk_at(home) as desk:
        yield desk


@pytest.fixture(autouse=True)
def room(desk: Desk) -> None:
    """What other tests left would count against the limits of this one."""
    for one in desk.li.get("/api/v1/uploads").json()["uploads"]:
        desk.li.delete(f"/api/v1/uploads/{one['upload']}")


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def batch_of(**files: bytes) -> dict[str, bytes]:
    named = {name.replace("_", "."): content for name, content in files.items()}
    lines = [row(name, category={"jpg": "ZP", "wav": "LY", "pdf": "WS"}[name[-3:]]) for name in named]
    return {"manifest.csv": manifest(*lines), **named}


def test_a_zip_is_a_batch_without_being_unpacked(desk: Desk) -> None:
    files = batch_of(a_jpg=photograph(21), b_wav=recording(21), c_pdf=document(21))
    packed = zipped({f"移交/{name}": content for name, content in files.items()})
    upload = desk.begin()
    half = len(packed) // 2
    desk.li.put(
        f"/api/v1/uploads/{upload}/files/all.zip?unpack=true", content=packed[:half],
        headers={"Upload-Complete": "?0"},
    )  # fmt: skip
    assert desk.patch(upload, "all.zip", packed[half:], half).status_code == 200
    assert len(desk.staged(upload)) == 1
    told = desk.hand_in(upload)["result"]
    assert (told["state"], told["counts"]["registered"]) == ("registered", 3), told
    assert desk.staged(upload) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped({"../a": b"x"}), "leads out"),
        (zipped({f"{n}": b"x" for n in range(7)}), "files"),
        (zipped({"a": b"\0" * (28 << 20), "b": b"\0" * (28 << 20)}), "B unpacked"),
        (zipped({"a": b"x"})[:-3], "ends"),
        (b"", "ends"),
    ],
    ids=["climbs", "many", "bomb", "cut", "empty"],
)
def test_a_zip_that_cannot_be_taken_is_refused_and_gone(desk: Desk, content: bytes, said: str) -> None:
    upload = desk.begin()
    answer = desk.li.put(f"/api/v1/uploads/{upload}/files/a.zip?unpack=true", content=content)
    assert (answer.status_code, answer.json()["title"]) == (422, "archive-refused")
    assert any(said in mistake["what"] for mistake in answer.json()["mistakes"])
    assert (desk.at(upload, "a.zip").status_code, desk.staged(upload)) == (404, [])


def test_a_name_in_a_zip_and_beside_it_is_told_before_the_batch(desk: Desk) -> None:
    upload = desk.begin()
    desk.put(upload, "a.pdf", b"x")
    desk.li.put(f"/api/v1/uploads/{upload}/files/b.zip?unpack=true", content=zipped({"a.pdf": b"y"}))
    answer = desk.li.post(f"/api/v1/uploads/{upload}/batch", json={})
    assert (answer.status_code, answer.json()["title"]) == (409, "upload-twice")
    assert desk.put(upload, "c.pdf", b"x").status_code == 201


def test_a_member_that_is_damaged_is_a_finding_of_its_row(desk: Desk) -> None:
    files = batch_of(d_pdf=document(22))
    packed = bytearray(zipped(files))
    at = packed.index(b"d.pdf") + 500
    packed[at] ^= 0xFF
    upload = desk.begin()
    desk.li.put(f"/api/v1/uploads/{upload}/files/a.zip?unpack=true", content=bytes(packed))
    told = desk.hand_in(upload)["result"]
    assert told["state"] == "returned"
    assert "file-unreadable" in {note["kind"] for note in told["items"][0]["findings"]}


def test_more_than_may_wait_is_refused_before_it_comes_or_while_it_does(desk: Desk) -> None:
    upload = desk.begin()
    most = int(0.03 * (1 << 30))
    early = desk.put(upload, "a", b"x" * (most + 1))
    assert (early.status_code, early.json()["title"]) == (413, "upload-too-large")
    assert desk.staged(upload) == []

    def unannounced() -> Iterator[bytes]:
        for _ in range(34):
            yield b"x" * (1 << 20)

    late = desk.li.put(f"/api/v1/uploads/{upload}/files/a", content=unannounced())
    assert late.status_code == 413
    assert int(desk.at(upload, "a").headers["Upload-Offset"]) <= most
    desk.li.delete(f"/api/v1/uploads/{upload}/files/a")
    answers = [desk.put(upload, f"{n}", b"x").status_code for n in range(7)]
    assert answers == [201] * 6 + [413]


def test_so_many_uploads_may_wait(desk: Desk) -> None:
    answers = [desk.li.post("/api/v1/uploads", json={}).status_code for _ in range(31)]
    assert answers == [201] * 30 + [413]


def test_a_rotation_of_keys_takes_the_uploads_with_it(desk: Desk) -> None:
    upload = desk.begin("旧钥匙")
    desk.put(upload, "a", b"before", **{"Upload-Complete": "?0"})
    before = desk.door.archive.keychain.kek.id
    archive = desk.door.archive
    rotate(archive.at_work(archive.subject).tools())
    with archive.database.read() as conn:
        found = uploads.upload(conn, upload)
    assert found is not None
    assert found.detail["kek"] != before
    assert desk.patch(upload, "a", b" and after", 6).status_code == 200
    assert kept(desk, upload, "a") == b"before and after"
    assert desk.li.get(f"/api/v1/uploads/{upload}").json()["name"] == "旧钥匙"


def test_a_batch_that_waits_for_its_sites_goes_on_from_its_upload(desk: Desk, tmp_path: Path) -> None:
    home, upload = desk.door.archive.home, desk.begin()
    for path, content in batch_of(e_pdf=document(23)).items():
        desk.put(upload, path, content)
    (home / "sites/site-b").rename(tmp_path / "away")
    waiting = desk.hand_in(upload)["result"]
    assert waiting["state"] == "waiting"
    assert desk.put(upload, "f", b"x").json()["title"] == "upload-closed"
    (tmp_path / "away").rename(home / "sites/site-b")
    with opened(home) as archive:
        assert do_what_waits(archive)["resumed"] == 1
    after = desk.li.get(f"/api/v1/uploads/{upload}").json()
    assert after["state"] == "taken"
    assert desk.li.get(f"/api/v1/batches/{after['batch']}").json()["counts"]["registered"] == 1
    assert desk.staged(upload) == []


def test_a_batch_given_up_leaves_its_upload_open(desk: Desk, tmp_path: Path) -> None:
    home, upload = desk.door.archive.home, desk.begin()
    for path, content in batch_of(g_pdf=document(24)).items():
        desk.put(upload, path, content)
    (home / "sites/site-b").rename(tmp_path / "away")
    waiting = desk.hand_in(upload)["result"]["batch"]
    (tmp_path / "away").rename(home / "sites/site-b")
    assert desk.wang.post(f"/api/v1/batches/{waiting}/cancelling").status_code == 404
    assert desk.li.post(f"/api/v1/batches/{waiting}/cancelling").json()["state"] == "cancelled"
    assert desk.hand_in(upload)["result"]["state"] == "registered"


def test_a_work_begun_again_gives_the_same_report(desk: Desk) -> None:
    upload = desk.begin()
    for path, content in batch_of(h_pdf=document(25)).items():
        desk.put(upload, path, content)
    first = desk.hand_in(upload)["result"]
    asked = {
        "upload": upload,
        "fonds": "",
        "accept": "all",
        "secured": False,
        "dry_run": False,
        "language": "en",
    }
    archive = desk.door.archive
    again = take_upload(archive.at_work(archive.subject_named("li")), asked, desk.tools.progress)
    assert (again["batch"], again["counts"]) == (first["batch"], first["counts"])


def test_a_large_file_that_is_not_kept_is_probed_in_a_sealed_copy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.intake.IN_MEMORY", 1000)
    upload = desk.begin()
    for path, content in batch_of(i_jpg=photograph(26)).items():
        desk.put(upload, path, content)
    tools = desk.tools
    source = staged_source(tools, upload)
    assert source is not None
    received = receive(Submission(source, dry_run=True), tools.rules, tools.clock().date())
    (file,) = inspect_only(received, tools).files.values()
    assert (file.facts.mime, file.bytes) == ("image/jpeg", len(photograph(26)))


def test_what_nobody_touches_for_a_week_goes_and_what_waits_stays(desk: Desk, tmp_path: Path) -> None:
    idle, home = desk.begin(), desk.door.archive.home
    desk.put(idle, "a", b"x")
    (home / "work/uploads/uleft").mkdir()
    tools, limits = desk.tools, UploadLimits()
    assert sweep(tools, limits) == 0
    assert not (home / "work/uploads/uleft").exists()
    later = replace(tools, clock=lambda: datetime.now(UTC) + timedelta(days=8))
    assert sweep(later, limits) >= 1
    assert desk.li.get(f"/api/v1/uploads/{idle}").status_code == 404
    assert desk.staged(idle) == []


def test_an_upload_that_nobody_takes_in_any_more_is_open_again(desk: Desk) -> None:
    upload, tools = desk.begin(), desk.tools
    desk.put(upload, "a", b"x")
    hand_in(tools, upload)
    sweep(tools, UploadLimits())
    assert desk.put(upload, "b", b"x").json()["title"] == "upload-closed"
    sweep(replace(tools, clock=lambda: datetime.now(UTC) + timedelta(hours=1)), UploadLimits())
    assert desk.put(upload, "b", b"x").status_code == 201


def test_an_upload_becomes_a_batch_where_the_database_is_a_server(postgresql: str, tmp_path: Path) -> None:
    with desk_at(officers_home(tmp_path, postgresql)) as desk:
        upload, files = desk.begin("批次"), batch_of(j_pdf=document(27))
        desk.put(upload, "j.pdf", b"replaced")
        for path, content in files.items():
            half = len(content) // 2
            assert desk.put(upload, path, content[:half], **{"Upload-Complete": "?0"}).status_code == 201
            assert desk.patch(upload, path, content[half:], half).status_code == 200
        assert desk.li.get(f"/api/v1/uploads/{upload}").json()["bytes"] == sum(map(len, files.values()))
        assert desk.hand_in(upload)["result"]["counts"]["registered"] == 1
        assert sweep(desk.tools, UploadLimits()) == 0


def test_two_that_write_one_file_do_not_mix(desk: Desk) -> None:
    from processes.uploading.upload_arrival import Arrival
    from processes.uploading.upload_asked import Arriving
    from processes.uploading.upload_errors import OffsetDiffers, UploadBusy, UploadClosed

    upload, tools, limits = desk.begin(), desk.tools, UploadLimits()
    desk.put(upload, "a", b"begun", **{"Upload-Complete": "?0"})
    first = Arrival(tools, limits, upload, Arriving("a", 5, complete=False))
    with pytest.raises(UploadBusy):
        Arrival(tools, limits, upload, Arriving("a", 5))
    first.take(b" on", last=True)
    first.close()
    with pytest.raises(OffsetDiffers):
        Arrival(tools, limits, upload, Arriving("a", 5))
    second = Arrival(tools, limits, upload, Arriving("a", 8))
    desk.put(upload, "a", b"replaced")
    with pytest.raises(UploadBusy):
        second.take(b"lost", last=True)
    second.close()
    assert kept(desk, upload, "a") == b"replaced"
    third = Arrival(tools, limits, upload, Arriving("b"))
    hand_in(tools, upload)
    with pytest.raises(UploadClosed):
        third.take(b"late", last=True)
    third.close()
    assert len(desk.staged(upload)) == 1
