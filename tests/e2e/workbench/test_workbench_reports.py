"""Reports in a real browser: charts drawn, lists walked, a paper that comes down."""

from __future__ import annotations

from browser import Server, desk
from playwright.sync_api import Browser

CODES = 5


def test_figures_are_drawn_and_a_list_is_printed(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer", language="zh-CN") as at:
        at.page.goto(f"{staff.url}/reports")
        at.page.get_by_role("link", name="馆藏统计").click()
        assert at.page.locator("svg rect").count() >= 3
        at.page.goto(f"{staff.url}/reports/items")
        at.page.get_by_label("全宗", exact=True).select_option("A014")
        at.page.get_by_role("button", name="显示").click()
        assert at.page.locator("tr[data-row]").count() == CODES
        with at.page.expect_download() as coming:
            at.page.get_by_role("link", name="打印用 PDF").click()
        assert coming.value.path().read_bytes()[:5] == b"%PDF-"
        at.clean()


def test_reports_fit_a_narrow_screen_on_dark_paper(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer", width=390, dark=True) as at:
        for path in ("/reports", "/reports/statistics", "/reports/open"):
            at.page.goto(f"{staff.url}{path}")
            assert at.page.evaluate("document.documentElement.scrollWidth") <= 390
            at.clean()
