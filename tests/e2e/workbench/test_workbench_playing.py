"""What is played and leafed through in a browser: films and sounds by ranges, those that browsers do not play
by their copies, scans by their pages; and each of them closed while it is on the screen.
"""

from __future__ import annotations

import io
import random
import wave
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from batches import lantai, row, write_batch
from browser import Desk, Server, desk, need_browser, serving
from media import saved, sound, video
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from staff import staffed

FILM, OLD_FILM = "A014-LX·2016-Y-BGS-0001", "A014-LX·2016-Y-BGS-0002"
LONG_SOUND, OLD_SOUND = "A014-LY·2016-Y-BGS-0002", "A014-LY·2016-Y-BGS-0003"
SCAN = "A014-ZP·2016-Y-BGS-0003"
COLOURS = ((200, 40, 40), (40, 160, 40), (40, 40, 200))
GONE = "no longer open to you"

PLAYS = """async (from) => {
  const it = document.querySelector("video, audio");
  it.muted = true;
  it.currentTime = from;
  await it.play();
  while (it.currentTime < from + 0.2) await new Promise((done) => setTimeout(done, 50));
  it.pause();
  return [it.duration, it.videoWidth ?? 0];
}"""
"""Plays a little from there on; the length and width of it."""


def scan() -> bytes:
    first, *more = [Image.new("RGB", (2100, 1500), colour) for colour in COLOURS]
    return saved(first, "TIFF", compression="tiff_lzw", save_all=True, append_images=more)


def long_sound() -> bytes:
    """Half a minute of noise, 5 MB: more than a browser takes at once."""
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes(random.Random(1).randbytes(44_100) * 120)
    return out.getvalue()


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over a home where all of it is open to everybody."""
    need_browser()
    folder = tmp_path_factory.mktemp("playing")
    home = staffed(folder)
    files = {
        "a.mp4": video("mp4", "libx264", 12.0, sounds="aac"),
        "b.avi": video("avi", "mpeg4", 3.0, sounds="mp2"),
        "c.wav": long_sound(),
        "d.wav": sound("wav", "adpcm_ms", 2.0),
        "e.tif": scan(),
    }
    kinds = ("LX", "LX", "LY", "LY", "ZP")
    rows = [row(name, category=kind) for name, kind in zip(files, kinds, strict=True)]
    batch = write_batch(folder / "batch", files, rows)
    lantai(home, "ingest", batch, "--wait", "secured", "--as", "officer", status=0)
    codes = (FILM, OLD_FILM, LONG_SOUND, OLD_SOUND, SCAN)
    lantai(home, "appraise", *codes, "--status", "open", "--reason", "25 years", "--as", "head", status=0)
    with serving(home) as server:
        yield server


@pytest.fixture
def reader(browser: Browser, staff: Server) -> Iterator[Desk]:
    with desk(browser, staff, "researcher", language="en-GB", reduced_motion="reduce") as there:
        yield there


def at(code: str) -> str:
    return f"/items/{quote(code)}"


def closed(staff: Server, code: str) -> None:
    lantai(staff.home, "appraise", code, "--status", "closed", "--reason", "a name", "--as", "head", status=0)


def ranges(page: Page) -> list[str]:
    """The parts of contents that the page is given from now on."""
    parts: list[str] = []

    def noted(response: object) -> None:
        told = response.headers.get("content-range", "")  # type: ignore[attr-defined]
        if told:
            parts.append(told)

    page.on("response", noted)
    return parts


@pytest.mark.parametrize(
    ("code", "seconds", "wide"), [(FILM, 12, 320), (OLD_FILM, 3, 320), (LONG_SOUND, 30, 0), (OLD_SOUND, 2, 0)]
)
def test_it_plays_from_wherever_one_likes(reader: Desk, code: str, seconds: int, wide: int) -> None:
    parts = ranges(reader.page)
    page = reader.go(at(code))
    page.wait_for_function("document.querySelector('video, audio').readyState > 0", timeout=60_000)
    duration, width = page.evaluate(PLAYS, seconds * 0.7)
    assert abs(duration - seconds) < 0.3
    assert width == wide
    assert parts, "it comes by parts"
    expect(page.locator(".stage-says")).to_be_hidden()
    reader.clean()


def test_a_scan_is_leafed_through_by_keys_by_number_and_from_a_link(reader: Desk) -> None:
    page = reader.go(f"{at(SCAN)}?page=2")
    number = page.get_by_role("spinbutton", name="Page")
    ready = page.locator("[data-stage][data-ready]")
    expect(ready).to_be_visible(timeout=60_000)
    shows(page, COLOURS[1])
    page.locator(".screen").focus()
    page.keyboard.press("PageDown")
    expect(number).to_have_value("3")
    shows(page, COLOURS[2])
    page.keyboard.press("PageDown")
    expect(number).to_have_value("3")
    number.fill("1")
    number.press("Enter")
    shows(page, COLOURS[0])
    reader.clean()


def shows(page: Page, colour: tuple[int, int, int]) -> None:
    """The middle of the canvas comes to be of that colour."""
    middle = """(wanted) => {
      const canvas = document.querySelector(".screen canvas");
      const ink = canvas?.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
      return ink && ink[3] === 255 && wanted.every((one, at) => Math.abs(one - ink[at]) < 20);
    }"""
    page.wait_for_function(middle, arg=list(colour), timeout=60_000)


def test_a_page_of_a_scan_that_was_closed_meanwhile_is_not_turned_to(reader: Desk, staff: Server) -> None:
    page = reader.go(at(SCAN))
    expect(page.locator("[data-stage][data-ready]")).to_be_visible(timeout=60_000)
    closed(staff, SCAN)
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text(GONE)).to_be_visible(timeout=30_000)
    expect(page.locator(".screen")).to_be_hidden()


def test_a_part_of_a_sound_that_was_closed_meanwhile_is_not_had(reader: Desk, staff: Server) -> None:
    page = reader.go(at(LONG_SOUND))
    page.wait_for_function("document.querySelector('audio').readyState > 0", timeout=60_000)
    closed(staff, LONG_SOUND)
    page.evaluate("document.querySelector('audio').currentTime = 25")
    expect(page.get_by_text(GONE)).to_be_visible(timeout=30_000)
    expect(page.locator("audio")).to_be_hidden()


@pytest.mark.parametrize("code", [FILM, OLD_FILM])
def test_a_film_that_a_browser_holds_whole_and_that_was_closed_meanwhile_does_not_begin(
    reader: Desk, staff: Server, code: str
) -> None:
    page = reader.go(at(code))
    page.wait_for_function("document.querySelector('video').readyState > 0", timeout=60_000)
    closed(staff, code)
    page.evaluate("{ document.querySelector('video').play().catch(() => null) }")
    expect(page.get_by_text(GONE)).to_be_visible(timeout=30_000)
    assert page.evaluate("document.querySelector('video').paused")
    expect(page.locator("video")).to_be_hidden()
