"""Pictures of the workbench for its documentation: `make screenshots`.

A demonstration's archive with two sites that stand somewhere, seen by those who work in it, in both
languages, at both widths, on light and dark paper. Colours are cut down to a palette: the pictures are kept
in the repository.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from browser import NARROW, WIDE, Server, chromium, desk, serving
from PIL import Image
from playwright.sync_api import Browser

PHOTOGRAPH, SOUND, PAGES = "A014-ZP·2016-Y-XCC-0001", "A014-LY·2016-Y-BGS-0002", "A014-WS·2016-Y-BGS-0005"
PLACES = {
    "site-a": (36.67, 117.02, "黄河", "山东电网", "郯庐断裂带", "disk"),
    "site-b": (37.87, 112.55, "海河", "华北电网", "汾渭地震带", "tape"),
}


@dataclass(frozen=True)
class Shot:
    """One picture: its name, whose page it is, which, and how it is looked at."""

    name: str
    account: str
    path: str
    language: str = "zh-CN"
    width: int = WIDE
    dark: bool = False


SHOTS = (
    Shot("sign-in", "", "/sign-in"),
    Shot("today-officer", "officer", "/"),
    Shot("today-operator", "operator", "/", "en-GB"),
    Shot("ingest", "officer", "/ingest"),
    Shot("batch", "officer", "/ingest/batches/{batch}"),
    Shot("register", "officer", "/ingest/batches/{batch}/register"),
    Shot("search", "officer", "/search?query=水库"),
    Shot("search-narrow-dark", "researcher", "/search?query=水库", "zh-CN", NARROW, True),
    Shot("browse", "officer", "/browse?fonds=A014"),
    Shot("item-photograph", "officer", f"/items/{PHOTOGRAPH}"),
    Shot("item-photograph-dark", "researcher", f"/items/{PHOTOGRAPH}", "en-GB", WIDE, True),
    Shot("item-sound", "officer", f"/items/{SOUND}"),
    Shot("item-pages", "officer", f"/items/{PAGES}"),
    Shot("item-narrow", "researcher", f"/items/{PHOTOGRAPH}", "zh-CN", NARROW),
    Shot("desk", "head", "/desk"),
    Shot("appraise", "head", "/desk/appraise"),
    Shot("vault", "operator", "/vault"),
    Shot("vault-narrow", "operator", "/vault", "en-GB", NARROW),
    Shot("audits", "operator", "/vault/audits"),
    Shot("ledger", "operator", "/ledger", "en-GB"),
    Shot("verify", "", "/verify", "en-GB"),
    Shot("people", "security", "/people"),
    Shot("roles", "security", "/people/roles", "en-GB"),
    Shot("holdings", "head", "/reports/holdings"),
    Shot("reading-room", "officer", "/reading-room"),
    Shot("oneself", "researcher", "/oneself", "en-GB", NARROW),
)


def demonstration(folder: Path) -> tuple[Path, str]:
    """A demonstration's home whose sites have places; and its batch."""
    command = [sys.executable, "-m", "lantai.cli.main", "demo", "--json"]
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, env={**os.environ, "LANTAI_LANG": "zh"}
    )
    home = folder / "lantai-demo" / "home"
    settings = home / "lantai.toml"
    text = settings.read_text("utf-8")
    for name, (latitude, longitude, basin, grid, belt, medium) in PLACES.items():
        told = (
            f'name = "{name}"\nlatitude = {latitude}\nlongitude = {longitude}\nriver_basin = "{basin}"\n'
            f'power_grid = "{grid}"\nseismic_belt = "{belt}"\nmedium = "{medium}"'
        )
        text = text.replace(f'name = "{name}"', told)
    settings.write_text(text, "utf-8")
    return home, json.loads(done.stdout)["ingest"]["batch"]


def take(browser: Browser, server: Server, shot: Shot, batch: str, folder: Path) -> None:
    """Take one picture, and cut its colours down."""
    with desk(browser, server, shot.account, language=shot.language, width=shot.width, dark=shot.dark) as at:
        at.go(shot.path.format(batch=batch))
        at.page.wait_for_timeout(2_500)
        file = folder / f"{shot.name}.png"
        at.shot(file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)


def main(folder: Path) -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as work:
        home, batch = demonstration(Path(work))
        with serving(home, "--no-worker") as server, chromium() as browser:
            for shot in SHOTS:
                take(browser, server, shot, batch, folder)
                print(shot.name, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
