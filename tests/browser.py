"""A real browser at a real server: Debian's Chromium, driven by Playwright, over a home.

`serving(home)` is `lantai serve` in a process of its own; `Desk` somebody at a browser, signed in as an
account, in a language, at a width. Whatever a page does that no page may do (an error in the console, a
request to another host, a serious fault of accessibility) is found by `Desk.clean`. Tests that need it are
skipped where there is no Chromium or where the viewers are not installed (`lacking`).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lacking import lacking
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from archive import sessions
from archive.database import open_database
from lantai import settings as settings_file
from lantai.api.door import COOKIE, utc
from lantai.web.files import OTHERS

CHROMIUM = os.environ.get("LANTAI_TEST_CHROMIUM") or shutil.which("chromium") or ""
AXE = OTHERS / "axe-core" / "axe.min.js"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, NARROW = 1280, 390
SERIOUS = frozenset({"serious", "critical"})


def need_browser() -> None:
    """Skip the test where it cannot be had."""
    if not CHROMIUM:
        lacking("there is no Chromium here (apt install chromium)")
    if not AXE.is_file():
        lacking("the workbench's viewers are not installed (make setup)")


@dataclass(frozen=True)
class Server:
    """`lantai serve` over a home."""

    home: Path
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def session(self, account: str, csrf: str = "csrf-of-a-test") -> str:
        """The secret of a new session of `account`, put into the database as signing in would."""
        settings = settings_file.read(self.home)
        database = open_database(settings_file.database_url(settings, self.home))
        try:
            with database.write() as tx:
                told = {"csrf": csrf, "address": "127.0.0.1"}
                return sessions.begin(tx, account, utc(datetime.now(UTC)), "2999-01-01T00:00:00Z", told)
        finally:
            database.close()


@contextmanager
def serving(home: Path, *words: str) -> Iterator[Server]:
    """The server over `home`, ended on leaving. Its words go to `serve.log` in the home."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "lantai.cli.main",
        "--home",
        str(home),
        "serve",
        "--port",
        str(port),
        *words,
    ]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "LANTAI_LANG": "en"})
    try:
        _answers(port, process)
        yield Server(home, port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, closed on leaving."""
    need_browser()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@dataclass
class Desk:
    """Somebody at a browser."""

    server: Server
    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open the page at `path`, to its end."""
        self.page.goto(self.server.url + path, wait_until="load")
        return self.page

    def clean(self) -> None:
        """Nothing happened that may not happen, and the page as it stands has no serious fault."""
        assert not self.wrong, self.wrong
        faults = self.page.evaluate(
            f"async () => {{ {AXE.read_text('utf-8')}; return await axe.run({{ preload: false }}) }}"
        )
        serious = [_told(one) for one in faults["violations"] if one["impact"] in SERIOUS]
        assert not serious, serious

    def shot(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True)


@contextmanager
def desk(
    browser: Browser,
    server: Server,
    account: str = "",
    *,
    language: str = "zh-CN",
    width: int = WIDE,
    dark: bool = False,
    **options: Any,
) -> Iterator[Desk]:
    """A browser of `account`, or of nobody; `options` are Playwright's of a context."""
    scheme: Any = "dark" if dark else "light"
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, color_scheme=scheme, **options
    )
    if account:
        context.add_cookies([cookie(server, account)])
    page = context.new_page()
    made = Desk(server, context, page)
    page.on("console", lambda said: made.wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: made.wrong.append(str(fault)))
    page.on("request", lambda asked: _need_own(made, asked.url))
    try:
        yield made
    finally:
        context.close()


def cookie(server: Server, account: str, csrf: str = "csrf-of-a-test") -> Any:
    """A new session of `account`, as a browser keeps it."""
    secret = server.session(account, csrf)
    there = {"name": COOKIE, "value": secret, "url": f"https://127.0.0.1:{server.port}/"}
    return there | {"secure": True, "httpOnly": True, "sameSite": "Strict"}


def _need_own(made: Desk, url: str) -> None:
    if not url.startswith((made.server.url, "blob:", "data:")):
        made.wrong.append(f"asked another host: {url}")


def _told(fault: Any) -> str:
    return f"{fault['id']}: {[node['html'] for node in fault['nodes']][:3]}"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the server did not begin: {process.poll()}")
