"""People, one's own account and Today in a browser: appointing to the first sign-in, keys, both papers."""

from __future__ import annotations

import pyotp
import pytest
from browser import NARROW, WIDE, Desk, Server, desk
from people import PASSWORD, give
from playwright.sync_api import Browser, Route, expect

from archive.database import open_database
from lantai import settings as settings_file

TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WORD = "a quiet reading room in spring"
PAGES = {
    "security": (
        "/",
        "/people",
        "/people/appoint",
        "/people/roles",
        "/people/account?name=editor",
        "/oneself",
    ),
    "auditor": ("/people/uses", "/help"),
    "operator": ("/", "/oneself/second-factor"),
}


@pytest.fixture(scope="module", autouse=True)
def words(staff: Server) -> None:
    """The security officer's password and authenticator, and the researcher's password, are known."""
    database = open_database(settings_file.database_url(settings_file.read(staff.home), staff.home))
    try:
        give(database, "security", totp=TOTP)
        give(database, "researcher")
    finally:
        database.close()


def test_whoever_is_appointed_comes_in_by_the_code_of_the_page(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "security", language="en-GB") as at:
        page = at.go("/people")
        page.get_by_role("link", name="Appoint somebody").click()
        page.get_by_label("Account").fill("王晓明")
        page.get_by_label("security auditor", exact=True).check()
        expect(page.get_by_label("storage operator", exact=True)).to_be_disabled()
        expect(page.get_by_text("Not together with security auditor").first).to_be_visible()
        expect(page.get_by_role("group", name="Fonds")).to_be_hidden()
        page.get_by_label("security auditor", exact=True).uncheck()
        page.get_by_label("accession officer", exact=True).check()
        page.get_by_label("Codes of fonds").fill("A014")
        at.clean()
        prove(at)
        page.get_by_role("button", name="Appoint", exact=True).click()
        expect(page.get_by_role("heading", name="One-time code for 王晓明")).to_be_visible()
        code = page.locator(".secret code").inner_text()
        at.clean()
    with desk(browser, staff, language="en-GB") as at:
        page = at.go("/first-password")
        page.get_by_label("Account").fill("王晓明")
        page.get_by_label("One-time code").fill(code)
        page.get_by_label("New password").fill(WORD)
        page.get_by_label("The same again").fill(WORD)
        page.get_by_role("button", name="Set password").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        expect(page.get_by_role("link", name="Hand in a batch")).to_be_visible()


def prove(at: Desk) -> None:
    """The security officer's password, and the code of now."""
    at.page.get_by_label("Password").fill(PASSWORD)
    at.page.get_by_label("Code of the second factor").fill(pyotp.TOTP(TOTP).now())


def test_a_second_factor_is_enrolled_from_the_picture_or_the_text(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "researcher", language="en-GB") as at:
        page = at.go("/oneself")
        page.get_by_role("link", name="Enrol").click()
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_role("button", name="Enrol").click()
        expect(page.get_by_role("img", name="QR code with the secret")).to_be_visible()
        page.get_by_text("I cannot scan it").click()
        secret = page.locator(".secret code").inner_text().replace(" ", "")
        at.clean()
        page.get_by_label("Its first code").fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Enrol it").click()
        expect(page.get_by_text("The second factor is enrolled.")).to_be_visible()


def test_a_list_is_walked_by_keys(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "security", language="en-GB") as at:
        page = at.go("/people")
        for key in "jjk":
            page.keyboard.press(key)
        expect(page.locator('[data-row][aria-current="true"]')).to_contain_text("accession officer")
        page.keyboard.press("o")
        expect(page.get_by_role("heading", level=1)).to_contain_text("officer")


def test_paper_is_chosen_at_the_foot_and_print_is_always_dark_on_white(
    browser: Browser, staff: Server
) -> None:
    with desk(browser, staff, "security", language="en-GB") as at:
        page = at.go("/people?closed=true")
        body, paper = page.locator("body"), page.get_by_role("navigation", name="Colours")
        expect(body).to_have_css("background-color", "rgb(250, 248, 243)")
        paper.get_by_role("link", name="Dark").click()
        expect(page).to_have_url(f"{staff.url}/people?closed=true")
        expect(body).to_have_css("background-color", "rgb(22, 24, 27)")
        page.emulate_media(media="print")
        expect(body).to_have_css("background-color", "rgb(255, 255, 255)")
        expect(body).to_have_css("color", "rgb(31, 35, 40)")
        expect(paper).to_be_hidden()
        page.emulate_media(media="screen", forced_colors="active")
        expect(page.get_by_role("link", name="Appoint somebody")).to_have_css("outline-style", "solid")
        paper.get_by_role("link", name="As this device").click()
        expect(paper.locator("[aria-current]")).to_have_text("As this device")
        page.emulate_media(color_scheme="dark", forced_colors="none")
        expect(body).to_have_css("background-color", "rgb(22, 24, 27)")


def test_a_mistake_is_what_the_keyboard_stands_on_and_nothing_ticked_is_lost(
    browser: Browser, staff: Server
) -> None:
    with desk(browser, staff, "security", language="en-GB") as at:
        page = at.go("/people/appoint")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the content")
        page.get_by_label("Account").fill("two")
        for role in ("editor", "researcher"):
            page.get_by_label(role, exact=True).check()
        page.reload()
        for role in ("editor", "researcher"):
            expect(page.get_by_label(role, exact=True)).to_be_checked()
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Appoint", exact=True).click()
        expect(page.get_by_role("alert").first).to_be_focused()
        expect(page.get_by_label("Account")).to_have_value("two")
        at.wrong.clear()  # the browser names the refusal in its console


@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [pytest.param(WIDE, "zh-CN", True, marks=pytest.mark.long), (NARROW, "en-GB", False)],
)
def test_pages_are_clean_on_both_papers_and_at_both_widths(
    browser: Browser, staff: Server, width: int, language: str, dark: bool
) -> None:
    for account, paths in PAGES.items():
        with desk(browser, staff, account, language=language, width=width, dark=dark) as at:
            for path in paths:
                at.go(path)
                at.clean()
                assert at.page.evaluate("document.documentElement.scrollWidth") <= width, path


PART = """<div id="part" hx-get="/people/part" hx-trigger="every 100ms" hx-swap="outerHTML">
  <a href="/one">one</a> <a href="/two">two of {n}</a></div>"""


def test_what_asks_again_by_itself_takes_no_focus_and_ends_where_it_is_refused(
    browser: Browser, staff: Server
) -> None:
    with desk(browser, staff, "security", language="en-GB") as at:
        page, asked = at.go("/people"), 0

        def part(route: Route) -> None:
            nonlocal asked
            asked += 1
            if asked < 4:
                route.fulfill(content_type="text/html", body=PART.format(n=asked))
            else:
                told = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
                route.fulfill(status=404, content_type="text/html", headers=told, body="gone")

        page.route("**/people/part", part)
        page.evaluate(
            """part => {
                document.getElementById("work").insertAdjacentHTML("beforeend", part);
                document.querySelector("#part a:last-child").focus();
                htmx.process(document.getElementById("part"));
            }""",
            PART.format(n=0),
        )
        expect(page.locator("#notice")).to_contain_text("gone")
        expect(page.get_by_text("two of 3")).to_be_focused()
        page.wait_for_timeout(500)
        assert asked == 4
