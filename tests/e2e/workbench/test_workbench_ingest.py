"""Handing in, in a real browser: a folder is dropped, its list filled in, tried, handed in, put right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from batches import photograph
from browser import NARROW, WIDE, Desk, Server, desk
from playwright.sync_api import Browser, Route, expect

CONTROL = "Control"


def folder(at: Path, **files: bytes) -> Path:
    made = at / "会议 2016"
    made.mkdir()
    for name, content in files.items():
        (made / f"{name}.jpg").write_bytes(content)
    return made


def choose(at: Desk, what: Path | list[Path], button: str) -> None:
    with at.page.expect_file_chooser() as chooser:
        at.page.get_by_role("button", name=button, exact=True).click()
    chooser.value.set_files(what)


def fill(at: Desk, column: int, text: str, rows: int) -> None:
    """Type a value into the first row of a column and take it down to the last one."""
    at.page.locator(f"#c-0-{column}").click()
    at.page.keyboard.press("Enter")
    at.page.keyboard.insert_text(text)
    at.page.keyboard.press("Enter")
    at.page.locator(f"#c-0-{column}").click()
    for _ in range(rows - 1):
        at.page.keyboard.press("Shift+ArrowDown")
    at.page.keyboard.press("Control+d")


def test_a_folder_becomes_a_batch_and_what_was_bad_is_put_right(
    browser: Browser, staff: Server, tmp_path: Path
) -> None:
    good, bad = photograph(801), photograph(802)
    there = folder(tmp_path, **{"20160615 good": good})
    (there / "照片").mkdir()
    (there / "照片" / "20160616 bad.jpg").write_bytes(bad[:70_000])
    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/ingest")
        at.clean()
        choose(at, there, "Choose a folder")
        expect(at.page.get_by_text("2 files came")).to_be_visible()
        expect(at.page.get_by_role("heading", name="会议 2016")).to_be_visible()
        at.clean()
        at.page.get_by_role("link", name="Edit the list").click()
        expect(at.page.locator("#c-0-1")).to_have_text("good")
        expect(at.page.locator("#c-0-3")).to_have_text("20160615")
        fill(at, 2, "省水利厅办公室", 2)
        fill(at, 4, "Y", 2)
        fill(at, 5, "ZP", 2)
        fill(at, 7, "BGS", 2)
        expect(at.page.locator(".grid-first").nth(2)).to_contain_text("3")  # as the report counts it
        expect(at.page.get_by_text("nothing against them")).to_be_visible()
        at.clean()
        at.page.get_by_role("link", name="On to trying and handing in").click()
        at.page.get_by_label("If something is wrong").select_option("passing")
        at.page.get_by_role("button", name="Hand in").click()
        expect(at.page.get_by_role("heading", name="What is at fault")).to_be_visible(timeout=60_000)
        expect(at.page.locator(".square.registered").first).to_be_visible()
        expect(at.page.locator(".fault-head")).to_contain_text("row 3 of the list")
        expect(at.page.locator(".strip .square.fault")).to_have_text("Row 3: at fault")
        at.clean()
        at.page.get_by_role("link", name="Put right what was returned").click()
        expect(at.page.locator('[data-needed="照片/20160616 bad.jpg"]')).to_be_visible()
        (there / "照片" / "20160616 bad.jpg").write_bytes(bad)
        with at.page.expect_navigation():  # the page is given anew once all came
            choose(at, [there / "照片" / "20160616 bad.jpg"], "Choose files")  # it goes where it is needed
        at.page.get_by_role("button", name="Hand in").click()
        expect(at.page.get_by_text("What passed has its archival code")).to_be_visible(timeout=60_000)
        expect(at.page.get_by_role("heading", name="What is at fault")).to_have_count(0)


def test_a_file_that_is_gone_when_its_turn_comes_is_named_and_the_others_come(
    browser: Browser, staff: Server, tmp_path: Path
) -> None:
    there = folder(tmp_path, here=photograph(811), gone=photograph(812))
    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/ingest")

        def put_away(route: Route) -> None:
            (there / "gone.jpg").unlink()
            route.continue_()

        at.page.route("**/api/v1/uploads", put_away)
        choose(at, there, "Choose a folder")
        expect(at.page.get_by_text("gone.jpg: It could not be read.")).to_be_visible()
        at.page.get_by_role("link", name="Go on with those that came").click()
        expect(at.page.locator("#came")).to_contain_text("1 file")
        expect(at.page.get_by_role("link", name="Edit the list")).to_be_visible()


def test_a_connection_that_drops_is_waited_for(browser: Browser, staff: Server, tmp_path: Path) -> None:
    there = folder(tmp_path, large=photograph(803) * 24)  # more than one piece
    dropped: list[str] = []

    def drop(route: Route) -> None:
        if len(dropped) < 2:
            dropped.append(route.request.method)
            route.abort("connectionreset")
        else:
            route.continue_()

    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/ingest")
        at.page.route(re.compile(r"/files/large\.jpg"), drop)
        choose(at, there, "Choose a folder")
        expect(at.page.get_by_text("1 file came")).to_be_visible(timeout=30_000)
        assert dropped[0] == "PUT"
        asked = "'/api/v1/uploads/' + location.pathname.split('/')[2]"
        size = at.page.evaluate(f"async () => (await (await fetch({asked})).json()).bytes")
        assert size == len(photograph(803)) * 24


ROWS = 20_000


@pytest.fixture
def long_list(staff: Server, tmp_path: Path) -> bytes:
    rows = [f"{n:05}.jpg,题名 {n},省水利厅,20160615,Y,ZP,A014,BGS" for n in range(1, ROWS + 1)]
    heads = "文件名,题名,责任者,日期,保管期限,门类,全宗号,机构"
    return "\n".join([heads, *rows]).encode()


def test_twenty_thousand_rows_are_edited_as_twenty_are(
    browser: Browser, staff: Server, long_list: bytes, tmp_path: Path
) -> None:
    there = tmp_path / "manifest.csv"
    there.write_bytes(long_list)
    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/ingest")
        choose(at, [there], "Choose files")
        at.page.get_by_role("link", name="Edit the list").click()
        expect(at.page.locator("#c-0-1")).to_have_text("题名 1")
        assert at.page.locator("[role=gridcell]").count() < 500
        at.page.locator("#grid").focus()
        at.page.keyboard.press("Control+End")
        expect(at.page.locator(f"#c-{ROWS - 1}-1")).to_have_text(f"题名 {ROWS}")
        at.page.locator(f"#c-{ROWS - 1}-1").click()
        block = "甲\t省档案馆\n乙\t省档案馆\n丙\t省档案馆"
        at.page.evaluate(
            """text => {
                const data = new DataTransfer();
                data.setData('text/plain', text);
                document.getElementById('grid').dispatchEvent(
                    new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            block,
        )
        at.page.keyboard.press("Control+End")
        expect(at.page.locator(f"#c-{ROWS + 1}-1")).to_have_text("丙")
        expect(at.page.locator("#grid-saved")).to_contain_text("Kept", timeout=20_000)
        at.page.keyboard.press("Control+z")
        at.page.keyboard.press("Control+End")
        expect(at.page.locator(f"#c-{ROWS - 1}-1")).to_have_text(f"题名 {ROWS}")
        at.clean()


@pytest.mark.parametrize(
    ("width", "dark"), [pytest.param(WIDE, False, marks=pytest.mark.long), (NARROW, True)]
)
def test_its_pages_are_clean_at_both_widths_on_both_papers(
    browser: Browser, staff: Server, width: int, dark: bool
) -> None:
    with desk(browser, staff, "officer", width=width, dark=dark) as at:
        at.go("/ingest")
        batch = at.page.locator("a[href^='/ingest/batches/b']").first.get_attribute("href")
        for path in ("/ingest", "/ingest/batches", batch, f"{batch}/register"):
            at.go(str(path))
            at.clean()
            assert at.page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} scrolls"


def test_a_server_that_is_gone_is_said_and_said_no_more_when_it_is_back(
    browser: Browser, staff: Server
) -> None:
    with desk(browser, staff, "operator", language="en-GB") as at:
        with at.page.expect_response("**/today/sites"):  # what the page asks by itself is answered
            at.go("/")
        at.page.route("**/today/sites", lambda route: route.abort("connectionrefused"))
        at.page.evaluate("void htmx.ajax('GET', '/today/sites', '#work')")
        told = at.page.get_by_text("The server does not answer.")
        expect(told).to_be_visible()
        at.page.unroute("**/today/sites")
        at.page.evaluate("void htmx.ajax('GET', '/today/sites', '#work')")
        expect(told).to_have_count(0)


def test_a_file_in_the_place_of_another_is_sent_again_where_its_connection_broke(
    browser: Browser, staff: Server, tmp_path: Path
) -> None:
    there = tmp_path / "a.jpg"
    there.write_bytes(photograph(804))
    with desk(browser, staff, "officer", language="en-GB") as at:
        at.go("/ingest")
        choose(at, [there], "Choose files")
        expect(at.page.get_by_text("1 file came")).to_be_visible()
        there.write_bytes(photograph(805) + b"more")
        dropped: list[str] = []

        def drop(route: Route) -> None:
            if dropped:
                route.continue_()
            else:
                dropped.append(route.request.method)
                route.abort("connectionreset")

        at.page.route(re.compile(r"/files/a\.jpg"), drop)
        with at.page.expect_navigation():
            choose(at, [there], "Choose files")
        assert dropped == ["PUT"]
        asked = "'/api/v1/uploads/' + location.pathname.split('/')[2]"
        size = at.page.evaluate(f"async () => (await (await fetch({asked})).json()).bytes")
        assert size == there.stat().st_size


def test_two_drops_at_once_make_one_upload(browser: Browser, staff: Server) -> None:
    with desk(browser, staff, "officer", language="en-GB") as at:
        begun: list[str] = []
        at.page.on("request", lambda one: begun.append(one.url) if one.url.endswith("/uploads") else None)
        at.go("/ingest")
        at.page.evaluate(
            """() => {
                const transfer = new DataTransfer();
                transfer.items.add(new File(["a"], "a.txt"));
                for (let n = 0; n < 2; n++) {
                    const event = new DragEvent("drop", { dataTransfer: transfer, cancelable: true });
                    document.getElementById("drop").dispatchEvent(event);
                }
            }"""
        )
        expect(at.page.get_by_text("1 file came")).to_be_visible()
        assert len(begun) == 1
