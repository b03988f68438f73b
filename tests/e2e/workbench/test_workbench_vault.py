"""Vault and ledger in a real browser: an audit watched, a head compared, a proof verified by its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import NARROW, WIDE, Server, desk
from playwright.sync_api import Browser, Request, expect
from staff import PHOTOGRAPHS


def test_an_operator_audits_and_watches_it(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "operator", language="en-GB") as at:
        at.go("/vault")
        expect(at.page.get_by_role("heading", name="site-a")).to_be_visible()
        at.page.get_by_role("button", name="Audit every copy").click()
        expect(at.page.get_by_role("heading", name="Audit of copies")).to_be_visible()
        expect(at.page.get_by_text("Nothing is to be done")).to_be_visible(timeout=60_000)
        at.clean()
        at.page.get_by_role("link", name="To the audits").click()
        expect(at.page.locator("[data-chart] canvas").first).to_be_visible()
        at.clean()


def test_a_head_that_was_downloaded_is_compared(browser: Browser, staff: Server, tmp_path: Path) -> None:
    with desk(browser, staff, "operator", language="en-GB") as at:
        at.go("/ledger")
        with at.page.expect_download() as downloading:
            at.page.get_by_role("link", name="Download the checkpoint").click()
        note = Path(downloading.value.path()).read_text("utf-8")
        at.page.get_by_role("textbox", name="Checkpoint").fill(note)
        at.page.get_by_role("button", name="Compare").click()
        expect(at.page.get_by_role("status").filter(has_text="It is the newest checkpoint")).to_be_visible()
        at.page.get_by_role("link", name="Look through the entries").click()
        at.page.wait_for_url("**/ledger/entries")  # and its scripts, which hear of the choice
        at.page.get_by_label("Kind").select_option("audit.completed")
        expect(at.page).to_have_url(staff.url + "/ledger/entries?type=audit.completed")
        at.clean()


def test_a_stranger_verifies_a_photograph_that_never_leaves_the_browser(
    browser: Browser, staff: Server, tmp_path: Path
) -> None:
    with desk(browser, staff, "officer") as at:
        at.go("/ledger")
        base = f"{staff.url}/api/v1/items/{PHOTOGRAPHS[0]}"
        (tmp_path / "a.proof.json").write_bytes(at.context.request.get(f"{base}/proof").body())
        (tmp_path / "photo.jpg").write_bytes(at.context.request.get(f"{base}/components/1").body())
        (tmp_path / "key.txt").write_bytes(at.context.request.get(f"{staff.url}/ledger/key").body())
    with desk(browser, staff, language="en-GB", width=NARROW) as at:
        asked: list[Request] = []
        at.page.on("requestfinished", lambda one: asked.append(one))
        at.go("/verify")
        files = [tmp_path / name for name in ("key.txt", "a.proof.json", "photo.jpg")]
        at.page.locator("#files").set_input_files(files)
        expect(at.page.locator("#given li")).to_have_count(3)
        at.clean()
        at.page.get_by_role("button", name="Verify", exact=True).click()
        expect(at.page.get_by_role("heading", name="All of it holds")).to_be_visible()
        sent = [one.sizes()["requestBodySize"] for one in asked]
        assert 0 < max(sent) < (tmp_path / "photo.jpg").stat().st_size / 2
        at.clean()


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [pytest.param("zh-CN", WIDE, False, marks=pytest.mark.long), ("en-GB", NARROW, True)],
)
def test_the_pages_are_clean_and_do_not_scroll_sideways(
    browser: Browser, staff: Server, language: str, width: int, dark: bool
) -> None:
    with desk(browser, staff, "operator", language=language, width=width, dark=dark) as at:
        for path in ("/vault", "/vault/audits", "/vault/drill", "/vault/checks", "/ledger", "/verify"):
            at.go(path)
            at.clean()
            assert at.page.evaluate("document.documentElement.scrollWidth") <= width, path
    with desk(browser, staff, "security", language=language, width=width, dark=dark) as at:
        for path in ("/vault/keys", "/vault/keys/signing", "/vault/keys/recovery"):
            at.go(path)
            at.clean()
            assert at.page.evaluate("document.documentElement.scrollWidth") <= width, path
