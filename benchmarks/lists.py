"""How a long list and a long report feel in the browser: `python -m benchmarks.lists FOLDER --rows 20000`.

A real server, Debian's Chromium, an officer who hands in. Of the grid: from going to it until its first row
is there and until every row is judged, an arrow key, a letter typed and taken, a block of 1,000 rows pasted,
all cells emptied and that taken back, each until it is drawn; and a save of the whole list. Of the report on
a batch that went back with findings for every row: the server's time and the browser's for its first page,
one kind of findings, the last page. Needs Chromium and what `make setup` brings.
"""

from __future__ import annotations

import argparse
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.http_homes import record_home
from benchmarks.http_parts import COOKIE, Client, cookies, served
from benchmarks.measure import RunFailed, calibration

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
HEADS = "文件名,题名,责任者,日期,保管期限,门类,全宗号,机构"
PASTED = 1_000
DRAWN = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def measured(folder: Path, rows: int, rounds: int) -> Iterator[str]:
    """The two tables, line by line."""
    home = record_home(folder, 100)
    cookie = cookies(home, "officer", 1)[0]
    program = shutil.which("chromium")
    if not program:
        raise RunFailed("there is no Chromium here")
    with served(home, "--no-worker") as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=OPTIONS)
        page = _page(browser, server.port, cookie)
        there = _upload(page, server.port, folder, rows)
        yield f"{rows:,} rows, {rounds} rounds; milliseconds, median (longest).\n"
        yield "| the list in its grid | ms |\n|---|--:|"
        yield from (f"| {name} | {took} |" for name, took in _grid(page, there, rows, rounds))
        yield f"\n{rows:,} items, each with findings.\n\n| the report | server | loaded |\n|---|--:|--:|"
        yield from _report(page, there, server.port, cookie, rounds)


def _page(browser: Browser, port: int, cookie: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    secret: Any = {"name": COOKIE, "value": cookie.partition("=")[2], "url": f"https://127.0.0.1:{port}/"}
    context.add_cookies([secret | {"secure": True, "httpOnly": True, "sameSite": "Strict"}])
    return context.new_page()


def _upload(page: Page, port: int, folder: Path, rows: int) -> str:
    """An upload with a list of so many rows, whose files never came."""
    there = folder / "manifest.csv"
    lines = [f"{n:05}.jpg,题名 {n},省水利厅,20160615,Y,ZP,A014,BGS" for n in range(1, rows + 1)]
    there.write_text("\n".join([HEADS, *lines]), "utf-8")
    page.goto(f"http://127.0.0.1:{port}/ingest")
    with page.expect_file_chooser() as chooser:
        page.locator("[data-pick=files]").click()
    chooser.value.set_files(there)
    page.locator("#came").wait_for()
    return page.url


def _grid(page: Page, there: str, rows: int, rounds: int) -> Iterator[tuple[str, str]]:
    def first() -> None:
        page.goto(f"{there}/list", wait_until="commit")
        page.locator("#c-0-1").wait_for()

    yield "first row there", _told([_took(first) for _ in range(rounds)])
    yield "every row judged", _told([_took(lambda: _judged(page))])
    page.locator("#c-0-1").click()
    yield "an arrow key", _told([_key(page, "ArrowDown") for _ in range(rounds * 5)])
    yield "a letter, taken", _told([_key(page, "a") + _key(page, "Enter") for _ in range(rounds * 5)])
    yield "to the last row", _told([_key(page, one) for one in ("Control+End", "Control+Home") * rounds])
    block = "\n".join(f"{n}.jpg\t甲 {n}\t省档案馆" for n in range(PASTED))
    page.keyboard.press("Control+Home")
    paste = [_drawn(page, lambda: page.evaluate(PASTE, block)) for _ in range(rounds)]
    _need(page, "#c-2-1", "甲 2")
    yield f"{PASTED:,} rows pasted", _told(paste)
    page.keyboard.press("Control+a")
    _key(page, "Delete")
    _need(page, "#c-2-1", "")
    _key(page, "Control+z")
    _need(page, "#c-2-1", "甲 2")
    emptied = []
    for _ in range(rounds):
        page.keyboard.press("Control+a")
        emptied += [_key(page, "Delete"), _key(page, "Control+z")]
    yield f"{rows:,} rows emptied, taken back", _told(emptied)
    page.keyboard.press("Control+Home")
    _key(page, "b")
    _key(page, "Enter")
    saved = page.locator("#grid-saved", has_text="已保存")
    if page.locator("#grid-clash").count():
        raise RunFailed("the list clashes with itself")
    yield "the list saved, its pause of 2,500 included", _told([_took(saved.wait_for)])


def _need(page: Page, cell: str, text: str) -> None:
    if (said := page.locator(cell).inner_text()) != text:
        raise RunFailed(f"{cell} says {said!r}, not {text!r}")


def _judged(page: Page) -> None:
    page.locator("#grid-count", has_text=re.compile("有问题|未发现")).wait_for(timeout=120_000)


def _report(page: Page, there: str, port: int, cookie: str, rounds: int) -> Iterator[str]:
    page.goto(there)
    page.locator("#hand-in button[value=batch]").click()
    page.wait_for_url("**/ingest/batches/*", timeout=600_000)
    batch, plain = "/ingest/batches/" + page.url.rpartition("/")[2].partition("?")[0], Client(port, cookie)
    for name, query in (("first page", ""), ("one kind", "?kind=file-missing"), ("last page", "?page=99999")):
        server = [_took(lambda: plain.asked("GET", f"{batch}{query}")) for _ in range(rounds)]  # noqa: B023
        loaded = [
            _took(lambda: page.goto(f"http://127.0.0.1:{port}{batch}{query}", wait_until="load"))  # noqa: B023
            for _ in range(rounds)
        ]
        yield f"| {name} | {_told(server)} | {_told(loaded)} |"


def _key(page: Page, key: str) -> float:
    return _drawn(page, lambda: page.keyboard.press(key))


def _drawn(page: Page, does: Callable[[], object]) -> float:
    """Until what it did is drawn, less what asking the browser takes."""
    began = time.perf_counter()
    page.evaluate(DRAWN)
    asking = time.perf_counter() - began
    began = time.perf_counter()
    does()
    page.evaluate(DRAWN)
    return max(0.0, (time.perf_counter() - began - asking) * 1e3)


def _took(does: Callable[[], object]) -> float:
    began = time.perf_counter()
    does()
    return (time.perf_counter() - began) * 1e3


def _told(values: list[float]) -> str:
    return f"{median(values):,.0f} ({max(values):,.0f})"


def main() -> None:
    """Read the arguments, measure, print two tables."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    one, two = calibration()
    print(f"Calibration: {one:,.0f} MB/s of SHA-256 by one process, {two:,.0f} by two at once.\n")
    for line in measured(chosen.folder, chosen.rows, chosen.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
