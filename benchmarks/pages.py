"""How fast pages of the workbench are: `python -m benchmarks.pages FOLDER --records 1000000`.

A real server over a home of so many seeded records, and Debian's Chromium, signed in as an accession officer
(or as `--account`). For each page, again and again: the time until its first byte and until it was loaded, as
the browser measured them; what came over the wire the first time, with an empty cache, and without viewers;
and the server's own time, asked by a plain client. Needs Chromium and what `make setup` brings.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.http_homes import record_home, titles_and_codes
from benchmarks.http_parts import COOKIE, Client, cookies, served
from benchmarks.measure import RunFailed, calibration

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
VIEWERS = ("openseadragon", "wavesurfer.js", "pdfjs-dist", "echarts")
TIMING = """() => {
    const page = performance.getEntriesByType('navigation')[0];
    const files = performance.getEntriesByType('resource').map((one) => [one.name, one.transferSize]);
    return {first: page.responseStart - page.requestStart, loaded: page.loadEventEnd - page.startTime,
            bytes: page.transferSize, files};
}"""


@dataclass
class Seen:
    """What was measured of a page, in milliseconds and bytes."""

    server: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    bytes: int = 0


def pages(count: int) -> list[str]:
    """The pages of every room."""
    titles, codes = titles_and_codes(count)
    word, code = quote(titles[7][:3]), quote(codes[7])
    fonds = codes[7].partition("-")[0]
    return [
        "/",
        "/search",
        f"/search?query={word}",
        "/search?query=%2A&order=code",
        f"/browse?fonds={fonds}",
        f"/items/{code}",
        "/ingest",
        "/ingest/batches",
        "/desk",
        "/reports",
        f"/reports/holdings?fonds={fonds}",
        "/reading-room",
    ]


def measured(folder: Path, count: int, account: str, rounds: int) -> Iterator[str]:
    """One table: a line a page."""
    home = record_home(folder, count)
    cookie = cookies(home, account, 1)[0]
    with served(home, "--no-worker") as server, sync_playwright() as play:
        chromium = shutil.which("chromium")
        if not chromium:
            raise RunFailed("there is no Chromium here")
        browser = play.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield f"{count:,} records, as {account}, {rounds} rounds; milliseconds are medians (longest).\n"
        yield "| page | server | first byte | loaded | first time, kB | without viewers |"
        yield "|---|--:|--:|--:|--:|--:|"
        for path in pages(count):
            yield _line(browser, server.port, cookie, path, rounds)


def _line(browser: Browser, port: int, cookie: str, path: str, rounds: int) -> str:
    seen, plain = Seen(), Client(port, cookie)
    for _ in range(rounds):
        began = time.perf_counter()
        status = plain.asked("GET", path).status
        seen.server.append((time.perf_counter() - began) * 1e3)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    secret: Any = {"name": COOKIE, "value": cookie.partition("=")[2], "url": f"https://127.0.0.1:{port}/"}
    context.add_cookies([secret | {"secure": True, "httpOnly": True, "sameSite": "Strict"}])
    first = _opened(context.new_page(), port, path)
    for _ in range(rounds):
        told = _opened(context.new_page(), port, path)
        seen.first.append(told["first"])
        seen.loaded.append(told["loaded"])
    context.close()
    viewers = sum(size for name, size in first["files"] if any(f"/files/{one}/" in name for one in VIEWERS))
    whole = first["bytes"] + sum(size for _, size in first["files"])
    values = [_told(one) for one in (seen.server, seen.first, seen.loaded)]
    sizes = f"{whole / 1e3:,.0f} | {(whole - viewers) / 1e3:,.0f}"
    return f"| `{path}`{'' if status == 200 else f' ({status})'} | {' | '.join(values)} | {sizes} |"


def _opened(page: Page, port: int, path: str) -> Any:
    page.goto(f"http://127.0.0.1:{port}{path}", wait_until="load")
    page.wait_for_timeout(50)
    told = page.evaluate(TIMING)
    page.close()
    return told


def _told(values: Sequence[float]) -> str:
    return f"{median(values):,.0f} ({max(values):,.0f})"


def main() -> None:
    """Read the arguments, measure, print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--account", default="officer")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    one, two = calibration()
    print(f"Calibration: {one:,.0f} MB/s of SHA-256 by one process, {two:,.0f} by two at once.\n")
    for line in measured(chosen.folder, chosen.records, chosen.account, chosen.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
