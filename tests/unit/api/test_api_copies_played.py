"""Videos from the list to the screen: taken in, refused when cut, and played in whole or by parts."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import sound, tiff, video
from PIL import Image
from starlette.testclient import TestClient

from lantai.api import making
from lantai.wiring import opened
from processes.people.accounts import Appointment, appoint

API = "/api/v1"
PLAYED, WHOLE, SOUND = "A014-LX·2016-Y-BGS-0001", "A014-LX·2016-Y-BGS-0002", "A014-LY·2016-Y-BGS-0001"
SCAN = "A014-ZP·2016-Y-BGS-0001"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos, one of which browsers play as it is, a sound that they do not play, a scan of pages."""
    folder = tmp_path_factory.mktemp("played")
    home = new_home(folder)
    files = {
        "a.avi": video("avi", "mpeg4", sounds="mp2"),
        "b.mp4": video("mp4", "libx264", sounds="aac"),
        "c.wav": sound("wav", "adpcm_ms", 1.0),
        "d.tif": tiff(2048, 1536, "tiff_lzw", pages=3),
    }
    rows = [row("a.avi", category="LX"), row("b.mp4", category="录像"), row("c.wav", category="LY")]
    rows.append(row("d.tif", category="ZP"))
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    with opened(home) as archive:
        appoint(
            archive.tools(), Appointment("desk", ["accession-officer"], ("A014",)), archive.settings.account
        )
    return home


@pytest.fixture(scope="module")
def door(home: Path) -> Iterator[Door]:
    with doors(home) as door:
        yield door


@pytest.fixture
def desk(door: Door, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(making, "SECONDS", 120.0)
    return door.signed_in("desk")


def play(client: TestClient, code: str, **headers: str) -> Any:
    path = f"{API}/items/{code}/components/1"
    return client.get(path, params={"use": "copy", "size": "play"}, headers=headers)


def test_a_video_is_known_by_its_pictures_and_by_what_plays(desk: TestClient) -> None:
    def copies(code: str) -> Any:
        return desk.get(f"{API}/items/{code}").json()["components"][0]["copies"]

    assert copies(PLAYED) == ["thumb", "screen", "play"]
    assert copies(WHOLE) == ["thumb", "screen"]
    assert copies(SOUND) == ["peaks", "play"]
    for code in (PLAYED, WHOLE):
        small = desk.get(f"{API}/items/{code}/components/1", params={"use": "copy", "size": "thumb"})
        assert Image.open(io.BytesIO(small.content)).size == (256, 192)


def test_what_browsers_do_not_play_is_played_in_whole_and_by_parts(desk: TestClient) -> None:
    whole = play(desk, PLAYED)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.headers["content-length"] == str(len(whole.content))
    with av.open(io.BytesIO(whole.content)) as container:
        assert [one.codec_context.name for one in container.streams] == ["h264", "aac"]
    part = play(desk, PLAYED, Range="bytes=100-1099")
    assert (part.status_code, part.content) == (206, whole.content[100:1100])
    assert part.headers["content-range"] == f"bytes 100-1099/{len(whole.content)}"
    assert play(desk, PLAYED, Range="bytes=99999999-").status_code == 416
    assert play(desk, PLAYED, **{"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert play(desk, WHOLE).status_code == 404, "it is played as it is"


def test_a_copy_that_is_damaged_on_its_way_is_cut_and_made_again(home: Path, desk: TestClient) -> None:
    whole = play(desk, PLAYED).content
    path = max((home / "use").glob("*/*/play.*"), key=lambda one: one.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert play(desk, PLAYED).status_code in (200, 503)
    again = play(desk, PLAYED)
    assert (again.status_code, len(again.content)) == (200, len(whole))


def test_a_scan_is_looked_into_page_by_page(desk: TestClient) -> None:
    part = desk.get(f"{API}/items/{SCAN}").json()["components"][0]
    assert (part["pages"], part["copies"]) == (3, ["thumb", "screen", "tiles"])
    at = f"{API}/items/{SCAN}/components/1"
    wanted = {"use": "copy", "size": "screen"}
    pages = [desk.get(at, params=wanted | {"page": page}) for page in (1, 2, 3)]
    assert [one.status_code for one in pages] == [200] * 3
    assert len({one.content for one in pages}) == len({one.headers["etag"] for one in pages}) == 3
    assert "screen-2.jpg" in pages[1].headers["content-disposition"]
    assert pages[0].content == desk.get(at, params=wanted).content
    told = desk.get(f"{at}/tiles", params={"page": 3}).json()
    assert (told["width"], told["levels"]) == (2048, [[1, 1], [2, 2], [4, 3]])
    tiles = [desk.get(f"{at}/tiles/1/0/0", params={"page": page}) for page in (1, 3)]
    assert tiles[0].content != tiles[1].content
    assert desk.get(f"{at}/tiles", params={"page": 4}).status_code == 404
    assert [desk.get(at, params=wanted | {"page": page}).status_code for page in (0, 2_001)] == [422, 422]


def test_what_was_made_and_swept_meanwhile_is_made_anew(
    home: Path, door: Door, desk: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody came again for it; what came of the first making is not told to who comes much later."""
    at, wanted = f"{API}/items/{SCAN}/components/1", {"use": "copy", "size": "thumb", "page": 2}
    for path in (home / "use").glob("*/*/thumb-2.*"):
        path.unlink()
    monkeypatch.setattr(making, "SECONDS", 0.0)
    monkeypatch.setattr(making, "SECONDS_KEPT", 0.0)
    assert desk.get(at, params=wanted).status_code == 202
    for _ in range(600):
        if not door.app.state.making._under_way:
            break
        time.sleep(0.05)
    for path in (home / "use").glob("*/*/thumb-2.*"):
        path.unlink()
    monkeypatch.setattr(making, "SECONDS", 120.0)
    assert desk.get(at, params=wanted).status_code == 200


def test_a_sound_is_played_as_mp3(desk: TestClient) -> None:
    answer = play(desk, SOUND)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")


def test_a_video_that_was_cut_is_returned_with_its_reason(home: Path, tmp_path: Path) -> None:
    content = video("avi", "mjpeg", 3.0)
    files = {"cut.avi": content[: len(content) // 2]}
    batch = write_batch(tmp_path / "b", files, [row("cut.avi", category="LX")])
    answer = lantai(home, "ingest", batch, "--as", "desk", status=1)
    kinds = {finding["kind"] for item in answer.document["items"] for finding in item["findings"]}
    assert "video-cut" in kinds


def test_get_writes_the_copy_that_stands_for_a_component(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    told = lantai(home, "get", PLAYED, "--use", "copy", "-o", target, "--as", "desk", status=0).document
    assert told["bytes"] == target.stat().st_size
    assert target.read_bytes()[4:8] == b"ftyp"
    assert told["file"] == f"{PLAYED}-1-play.mp4"
