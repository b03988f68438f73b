"""Finding, as people do it in a browser: search by keys, a photograph in its tiles, a page, a sound, and an
item that is closed while it is on the screen.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from batches import lantai
from browser import NARROW, Server, desk
from playwright.sync_api import Browser, Page, expect
from staff import DOCUMENTS, PHOTOGRAPHS, SOUND


def at(code: str) -> str:
    return f"/items/{quote(code)}"


def test_somebody_finds_a_photograph_by_keys_alone_and_comes_back_to_where_they_were(
    browser: Browser, staff: Server
) -> None:
    with desk(browser, staff, "officer", language="en-GB") as there:
        page = there.go("/browse")
        page.keyboard.press("/")
        page.wait_for_url("**/search", wait_until="load")
        page.keyboard.press("/")
        page.keyboard.type("*")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="5 found")).to_be_visible()
        there.clean()
        page.get_by_role("link", name="ZP").click()
        expect(page.get_by_role("heading", name="2 found")).to_be_visible()
        assert "category=ZP" in page.url
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("o")
        expect(page.locator("[data-stage][data-ready]")).to_be_visible(timeout=30_000)
        page.go_back()
        expect(page.locator('[data-row][aria-current="true"]')).to_have_count(1)


@pytest.mark.parametrize("width", [1280, NARROW])
def test_a_photograph_is_looked_into_and_nothing_of_the_page_is_wrong(
    browser: Browser, staff: Server, width: int
) -> None:
    dark = width == NARROW
    with desk(browser, staff, "officer", width=width, dark=dark, reduced_motion="reduce") as there:
        page = there.go(at(PHOTOGRAPHS[0]))
        expect(page.locator("[data-stage][data-ready] canvas")).to_be_visible(timeout=30_000)
        page.locator(".screen").focus()
        whole = at_rest(page)
        page.keyboard.press("+")
        larger = at_rest(page, other_than=whole)
        seen = [larger]
        for _ in range(4):
            page.keyboard.press("r")
            seen.append(at_rest(page, other_than=seen[-1]))
        assert len(set(seen[:4])) == 4, "it was turned each time, by a quarter"
        page.keyboard.press("ArrowRight")
        at_rest(page, other_than=seen[-1])
        page.keyboard.press("0")
        at_rest(page, other_than=larger)
        expect(page.locator(".copies .whole")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        there.clean()


def at_rest(page: Page, other_than: str = "") -> str:
    """What the canvas shows once nothing moves on it, by a digest; `other_than`, what it showed before."""
    shown = """async (before) => {
      const seen = async () => {
        const said = new TextEncoder().encode(document.querySelector(".screen canvas").toDataURL());
        return String(new Uint32Array(await crypto.subtle.digest("SHA-256", said)));
      };
      for (let at = 0, last = ""; at < 100; at++) {
        await new Promise((done) => setTimeout(done, 100));
        const now = await seen();
        if (now === last && now !== before) return now;
        last = now;
      }
      throw new Error("it did not change, or did not come to rest");
    }"""
    return str(page.evaluate(shown, other_than))


def test_a_page_file_is_read_searched_and_enlarged(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer", language="en-GB") as there:
        page = there.go(at(DOCUMENTS[0]))
        expect(page.locator("[data-stage][data-ready] canvas").first).to_be_visible(timeout=30_000)
        before = page.locator(".sheet").first.bounding_box()
        page.get_by_role("button", name="Larger").click()
        after = page.locator(".sheet").first.bounding_box()
        assert before
        assert after
        assert after["width"] > before["width"]
        find, found = page.get_by_role("searchbox", name="Find in the pages"), page.locator("[data-found]")
        find.fill("no such words in it")
        page.keyboard.press("Enter")
        expect(found).to_have_text("0")
        find.fill("LINE  1")
        page.keyboard.press("Enter")
        expect(found).to_have_text(re.compile(r"^1 of \d+$"))
        expect(page.get_by_role("spinbutton", name="Page")).to_have_value("2")
        expect(page.locator(".hit-here").first).to_have_text(re.compile("Line 1"))
        page.keyboard.press("Enter")
        expect(found).to_have_text(re.compile(r"^2 of \d+$"))
        page.keyboard.press("Shift+Enter")
        expect(found).to_have_text(re.compile(r"^1 of \d+$"))
        there.clean()


def test_a_sound_shows_its_course_beside_the_player(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer") as there:
        page = there.go(at(SOUND))
        expect(page.locator("[data-stage][data-ready] audio")).to_be_visible(timeout=30_000)
        there.clean()


def test_what_is_closed_while_it_is_on_the_screen_says_so_and_is_shown_no_more(
    browser: Browser, staff: Server
) -> None:
    with desk(browser, staff, "researcher", language="en-GB") as there:
        page = there.go(at(PHOTOGRAPHS[1]))
        expect(page.locator("[data-stage][data-ready]")).to_be_visible(timeout=30_000)
        closed = ("--status", "closed", "--reason", "a name", "--as", "head")
        lantai(staff.home, "appraise", PHOTOGRAPHS[1], *closed, status=0)
        page.locator(".screen").focus()
        for _ in range(6):
            page.keyboard.press("+")
        expect(page.get_by_text("no longer open to you")).to_be_visible(timeout=30_000)
        expect(page.locator(".screen")).to_be_hidden()
        page.reload()
        expect(page.get_by_role("link", name="Ask for retrieval")).to_be_visible()


def test_pages_fit_a_telephone_and_have_no_serious_fault(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer", width=NARROW) as there:
        for path in ("/search?query=*", "/browse?fonds=A014", at(DOCUMENTS[1])):
            there.go(path)
            there.page.wait_for_load_state("networkidle")
            assert there.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            there.clean()
