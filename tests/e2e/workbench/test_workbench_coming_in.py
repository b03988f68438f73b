"""Coming in, as people do it in a browser: signing in, a first password, both languages, both papers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import lantai, new_home
from browser import NARROW, WIDE, Server, desk, need_browser, serving
from playwright.sync_api import Browser, expect

WORD = "a quiet reading room in spring"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_browser()
    home = new_home(tmp_path_factory.mktemp("coming-in"))
    lantai(home, "account", "add", "li", "--role", "researcher", "--zone", "internal", status=0)
    with serving(home, "--no-worker") as started:
        yield started


def test_whoever_was_given_a_code_sets_a_password_and_is_in(browser: Browser, server: Server) -> None:
    code = lantai(server.home, "account", "code", "li", status=0).document["code"]
    with desk(browser, server, language="en-GB") as at:
        at.go("/")
        at.page.get_by_role("link", name="I have a one-time code").click()
        at.page.get_by_label("Account").fill("li")
        at.page.get_by_label("One-time code").fill(code)
        at.page.get_by_label("New password").fill(WORD)
        at.page.get_by_label("The same again").fill(WORD)
        at.page.get_by_role("button", name="Set password").click()
        expect(at.page.get_by_role("heading", name="Today")).to_be_visible()
        at.clean()
        at.page.get_by_role("button", name="Sign out").click()
        expect(at.page.get_by_text("You are signed out.")).to_be_visible()


def test_a_wrong_password_keeps_the_account_that_was_typed_and_says_nothing_more(
    browser: Browser, server: Server
) -> None:
    with desk(browser, server, language="en-GB") as at:
        at.go("/sign-in?next=/search")
        at.page.get_by_label("Account").fill("li")
        at.page.get_by_label("Password").fill("not it")
        at.page.get_by_role("button", name="Sign in").click()
        expect(at.page.get_by_role("alert")).to_be_visible()
        expect(at.page.get_by_label("Account")).to_have_value("li")
        expect(at.page.get_by_label("Password")).to_have_value("")


@pytest.mark.parametrize(("width", "language", "dark"), [(WIDE, "zh-CN", False), (NARROW, "en-GB", True)])
def test_the_pages_of_coming_in_are_clean(
    browser: Browser, server: Server, width: int, language: str, dark: bool
) -> None:
    with desk(browser, server, language=language, width=width, dark=dark) as at:
        for path in ("/sign-in", "/first-password"):
            at.go(path)
            at.clean()
            assert at.page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"


def test_a_page_that_is_not_there_and_one_that_is_not_ours_look_the_same(
    browser: Browser, server: Server
) -> None:
    with desk(browser, server, "li") as at:
        at.go("/nothing-of-this-name")
        absent = at.page.inner_text("main")
        at.go("/people")
        assert at.page.inner_text("main") == absent


def test_the_language_that_was_chosen_stays(browser: Browser, server: Server, tmp_path: Path) -> None:
    with desk(browser, server, language="en-GB") as at:
        at.go("/sign-in")
        at.page.get_by_role("link", name="中文").click()
        expect(at.page.get_by_role("heading", name="登录")).to_be_visible()
        at.go("/first-password")
        expect(at.page.get_by_role("heading", name="设置口令")).to_be_visible()
        at.clean()
