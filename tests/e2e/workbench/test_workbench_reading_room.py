"""The reading room in a real browser: somebody comes, is given what is open, and takes a certificate home."""

from __future__ import annotations

from browser import NARROW, WIDE, Server, desk
from playwright.sync_api import Browser, expect
from staff import DOCUMENTS, PHOTOGRAPHS


def test_a_visitor_is_entered_given_an_item_and_a_certificate(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/reading-room")
        at.page.get_by_role("link", name="Enter a visitor").first.click()
        at.page.get_by_label("Number of the document").fill("110105194912310021")
        at.page.get_by_label("Name").fill("王小明")
        at.page.get_by_label("Items to give at once").fill(PHOTOGRAPHS[0])
        at.page.get_by_role("button", name="Enter the visit").click()
        expect(at.page.get_by_role("alert")).to_contain_text("cannot be one of this kind")
        expect(at.page.get_by_label("Name")).to_have_value("王小明")
        at.page.get_by_label("Number of the document").fill("11010519491231002X")
        at.page.get_by_role("button", name="Enter the visit").click()
        expect(at.page.get_by_role("heading", name="王小明")).to_be_visible()
        at.page.get_by_label("Search for items").fill("2016")
        at.page.get_by_role("button", name=f"Give {PHOTOGRAPHS[1]}").click()
        expect(at.page.get_by_role("status")).to_contain_text("It is noted.")
        at.page.get_by_label("Archival code").first.fill(DOCUMENTS[0])
        at.page.get_by_role("button", name="Give", exact=True).click()
        expect(at.page.get_by_role("alert")).to_contain_text("nothing is open to the visitor")
        refusals = [said for said in at.wrong if "status of 4" in said]  # a browser notes each refused form
        assert (at.wrong, len(refusals)) == (refusals, 2)
        at.wrong.clear()
        at.clean()
        at.page.get_by_role("link", name="Issue a certificate").first.click()
        at.page.get_by_label("For", exact=True).fill("a pension")
        at.page.get_by_role("button", name="Issue it").click()
        expect(at.page.get_by_role("heading", level=1)).to_contain_text("No. 0001")
        at.clean()


def test_the_room_fits_both_widths_and_papers_without_a_fault(browser: Browser, staff: Server) -> None:
    for width, language, dark in ((WIDE, "zh-CN", True), (NARROW, "zh-CN", False), (NARROW, "en-GB", True)):
        with desk(browser, staff, "officer", language=language, width=width, dark=dark) as at:
            for path in ("/reading-room", "/reading-room/new", "/reading-room/certificates"):
                at.go(path)
                assert at.page.evaluate("document.documentElement.scrollWidth") <= width
                at.clean()
