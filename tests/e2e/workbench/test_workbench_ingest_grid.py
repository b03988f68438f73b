"""The list in its grid, in a real browser: an input method, two windows, keys, the clipboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser import Desk, Server, cookie, desk
from playwright.sync_api import Browser, Page, Route, expect

HEADS = "文件名,题名,责任者,日期,备注"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list of five rows."""
    rows = [f"{n}.jpg,题名 {n},省水利厅,20160615," for n in range(1, 6)]
    there = tmp_path / "manifest.csv"
    there.write_text("\n".join([HEADS, *rows]), "utf-8")
    return there


@contextmanager
def opened(browser: Browser, staff: Server, listed: Path) -> Iterator[Desk]:
    """An officer at the grid of a new upload."""
    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/ingest")
        with at.page.expect_file_chooser() as chooser:
            at.page.get_by_role("button", name="Choose files", exact=True).click()
        chooser.value.set_files(listed)
        at.page.get_by_role("link", name="Edit the list").click()
        expect(cell(at.page, 0, 1)).to_have_text("题名 1")
        yield at


def cell(page: Page, row: int, column: int):  # type: ignore[no-untyped-def]
    return page.locator(f"#c-{row}-{column}")


def test_what_an_input_method_composes_is_nobody_s_word_until_it_is_chosen(
    browser: Browser, staff: Server, listed: Path
) -> None:
    with opened(browser, staff, listed) as at:
        page, method = at.page, at.context.new_cdp_session(at.page)

        def compose(text: str) -> None:
            told = {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
            method.send("Input.imeSetComposition", told)

        def key(name: str) -> None:
            """A key as the browser tells it while an input method has it."""
            for kind in ("rawKeyDown", "keyUp"):
                told = {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": 229}
                method.send("Input.dispatchKeyEvent", told)

        cell(page, 0, 1).click()
        compose("ni")  # from the first letter on, though nobody asked to edit
        expect(page.locator(".grid-editor")).to_have_value("ni")
        key("ArrowDown")
        key("Enter")
        compose("ni'hao")
        expect(page.locator(".here")).to_have_id("c-0-1")
        expect(cell(page, 0, 1)).to_have_text("题名 1")
        method.send("Input.insertText", {"text": "你好"})
        page.keyboard.press("Enter")
        expect(cell(page, 0, 1)).to_have_text("你好")
        expect(page.locator(".here")).to_have_id("c-1-1")
        compose("shui")
        cell(page, 3, 1).click()  # half a word is left behind
        expect(page.locator(".here")).to_have_id("c-3-1")
        expect(cell(page, 1, 1)).to_have_text("题名 2")
        page.keyboard.type("jk/")  # no keys of the page
        page.keyboard.press("Tab")
        expect(cell(page, 3, 1)).to_have_text("jk/")
        expect(page.locator("#grid-saved")).to_contain_text("Kept")
        at.clean()


def test_the_second_window_is_told_and_chooses(browser: Browser, staff: Server, listed: Path) -> None:
    with opened(browser, staff, listed) as at:
        mine, other = at.page, at.context.new_page()
        other.goto(mine.url)

        def write(page: Page, row: int, text: str) -> None:
            cell(page, row, 2).click()
            page.keyboard.type(text)
            page.keyboard.press("Enter")

        write(other, 4, "theirs")
        expect(other.locator("#grid-saved")).to_contain_text("Kept")
        write(mine, 1, "mine")
        told = mine.get_by_role("alert")
        expect(told).to_contain_text("saved in another window")
        expect(cell(mine, 1, 2)).to_have_text("mine")
        at.wrong.clear()  # the browser's own word for the refusal
        at.clean()
        mine.get_by_role("button", name="Take the other over").click()
        expect(cell(mine, 4, 2)).to_have_text("theirs")
        expect(cell(mine, 1, 2)).to_have_text("省水利厅")
        expect(mine.locator("#grid-saved")).to_contain_text("Kept")
        mine.keyboard.press("Control+z")
        expect(cell(mine, 1, 2)).to_have_text("mine")
        expect(mine.locator("#grid-saved")).to_contain_text("Kept")
        write(other, 0, "again")
        other.get_by_role("button", name="Keep what stands here").click()
        expect(other.locator("#grid-saved")).to_contain_text("Kept")
        other.reload()
        expect(cell(other, 0, 2)).to_have_text("again")
        expect(cell(other, 1, 2)).to_have_text("省水利厅")


@pytest.mark.long
def test_an_answer_that_was_lost_is_no_clash(browser: Browser, staff: Server, listed: Path) -> None:
    with opened(browser, staff, listed) as at:
        lost: list[str] = []

        def lose(route, request) -> None:  # type: ignore[no-untyped-def]
            if request.method == "PUT" and not lost:
                route.fetch()  # it came, and nobody hears that
                lost.append(request.url)
                route.abort("connectionreset")
            else:
                route.continue_()

        at.page.route("**/files/manifest.csv?*", lose)
        cell(at.page, 0, 1).click()
        at.page.keyboard.type('x, "y"')
        at.page.keyboard.press("Enter")
        expect(at.page.locator("#grid-saved")).to_contain_text("Kept", timeout=20_000)
        assert lost
        expect(at.page.get_by_role("alert")).to_have_count(0)


def test_who_signs_in_again_in_another_tab_goes_on(browser: Browser, staff: Server, listed: Path) -> None:
    with opened(browser, staff, listed) as at:
        at.context.clear_cookies()
        cell(at.page, 0, 1).click()
        at.page.keyboard.type("after")
        at.page.keyboard.press("Enter")
        expect(at.page.locator("#grid-saved")).to_contain_text("session has ended")
        at.context.add_cookies([cookie(staff, "officer", "another-csrf")])
        expect(at.page.locator("#grid-saved")).to_contain_text("Kept", timeout=20_000)
        at.go(at.page.url.removeprefix(staff.url))
        expect(cell(at.page, 0, 1)).to_have_text("after")


@pytest.mark.long
def test_what_is_typed_while_a_save_is_slow_is_saved_behind_it(
    browser: Browser, staff: Server, listed: Path
) -> None:
    with opened(browser, staff, listed) as at:
        held: list[Route] = []
        asked: list[Route] = []

        def hold(route: Route) -> None:
            asked.append(route)
            if held:
                route.continue_()
            else:
                held.append(route)

        at.page.route("**/files/manifest.csv?*", hold)
        for text in ("one", "two", "three"):  # each begins a save that waits for the first
            cell(at.page, 0, 1).click()
            at.page.keyboard.type(text)
            at.page.keyboard.press("Enter")
            at.page.wait_for_timeout(2_700)
        assert len(asked) == 1
        held[0].continue_()
        expect(at.page.locator("#grid-saved")).to_contain_text("Kept", timeout=20_000)
        expect(at.page.get_by_role("alert")).to_have_count(0)
        at.go(at.page.url.removeprefix(staff.url))
        expect(cell(at.page, 0, 1)).to_have_text("three")


def test_keys_the_clipboard_and_lines_within_a_cell(browser: Browser, staff: Server, listed: Path) -> None:
    with opened(browser, staff, listed) as at:
        page = at.page
        at.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=staff.url)
        cell(page, 0, 1).click()
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Control+c")
        cell(page, 2, 1).click()
        page.keyboard.press("Control+v")
        expect(cell(page, 3, 1)).to_have_text("题名 2")
        page.keyboard.press("Control+End")
        page.evaluate("navigator.clipboard.writeText('a\\tb\\tc')")
        page.keyboard.press("Control+v")
        expect(page.locator("#grid-cut")).to_contain_text("left out: 2")
        page.keyboard.press("Control+z")
        cell(page, 0, 4).click()
        page.keyboard.type("eins")
        page.keyboard.press("Alt+Enter")
        page.keyboard.type("zwei")
        page.keyboard.press("Enter")
        expect(cell(page, 0, 4)).to_have_text("eins⏎zwei")
        expect(page.locator("#grid-saved")).to_contain_text("Kept")
        asked = "'/api/v1/uploads/' + location.pathname.split('/')[2] + '/list'"
        rows = page.evaluate(f"async () => (await (await fetch({asked})).json()).rows")
        assert rows[0][4] == "eins\nzwei"
        cell(page, 0, 4).click()
        page.keyboard.press("F2")
        page.keyboard.press("Tab")  # looked at, and left as it was
        page.keyboard.press("Control+z")
        expect(cell(page, 0, 4)).to_have_text("")
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        expect(cell(page, 4, 1)).to_have_text("")
        page.keyboard.press("Control+Home")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        assert not page.evaluate("document.querySelector('.grid-frame').contains(document.activeElement)")
        page.keyboard.press("Tab")
        page.keyboard.press("Control+End")
        page.keyboard.press("Tab")
        assert not page.evaluate("document.querySelector('.grid-frame').contains(document.activeElement)")
