"""The desk in a browser: the queue is walked by keys alone, and no page of it has a serious fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import lantai, row, write_batch
from browser import NARROW, WIDE, Server, cookie, desk, need_browser, serving
from media import pdf
from playwright.sync_api import Browser, Route, expect
from staff import DOCUMENTS, staffed

OLD = [f"A014-WS·1996-Y-BGS-000{number}" for number in (1, 2, 3)]
PAGES = {
    "head": ("/desk", "/desk/due", "/desk/appraise", "/desk/destructions", "/desk/destructions/new"),
    "officer": (f"/desk/correct?item={DOCUMENTS[0]}", "/desk/holds", "/desk/retrievals", "/desk/fonds/A014"),
    "researcher": ("/desk", "/desk/retrievals/new", "/desk/fonds"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need_browser()
    folder: Path = tmp_path_factory.mktemp("desk")
    home = staffed(folder)
    files = {f"{number}.pdf": pdf(number + 20) for number in (1, 2, 3)}
    rows = [
        row(name, category="WS", year="1996", date=f"1996010{place}") for place, name in enumerate(files, 1)
    ]
    lantai(home, "ingest", write_batch(folder / "old", files, rows), "--as", "officer", status=0)
    enter = ("fonds", "enter", "A014", "--name", "省水利厅", "--since", "1949", "--reason", "建档")
    lantai(home, *enter, "--as", "officer", status=0)
    lantai(home, "hold", OLD[2], "--reason", "诉讼", "--as", "officer", status=0)
    with serving(home, "--no-worker") as started:
        yield started


def test_the_queue_is_walked_and_proposals_accepted_by_keys_alone(browser: Browser, server: Server) -> None:
    with desk(browser, server, "head", language="en-GB") as at:
        at.go("/desk/due")
        rows = at.page.locator("tr[data-row]")
        expect(rows).to_have_count(3)
        at.page.keyboard.press("a")  # nothing is chosen, so nothing is accepted
        at.page.keyboard.press("j")
        at.clean()
        at.page.keyboard.down("a")
        expect(rows.nth(0).get_by_text("open", exact=True)).to_be_visible()
        expect(rows.nth(1)).to_have_attribute("aria-current", "true")
        at.page.keyboard.down("a")  # as a key that is held down says it again
        at.page.keyboard.up("a")
        rows.nth(1).get_by_role("checkbox").check()
        at.page.keyboard.press("k")  # a tick is nothing typed
        expect(rows.nth(0)).to_have_attribute("aria-current", "true")
        at.page.keyboard.press("j")
        expect(rows.get_by_role("button")).to_have_count(2)
        slow: list[Route] = []
        at.page.route("**/desk/due", lambda route: slow.append(route))
        at.page.keyboard.press("a")
        at.page.keyboard.press("k")
        slow[0].continue_()
        expect(rows.nth(1).get_by_text("open", exact=True)).to_be_visible()
        expect(rows.nth(0)).to_be_focused()  # where one went meanwhile one stays
        at.clean()
        at.page.unroute_all()
        at.go("/desk/due")
        expect(rows).to_have_count(1)


def test_what_was_changed_in_a_form_is_its_reader_s_alone(browser: Browser, server: Server) -> None:
    there = f"/desk/correct?item={DOCUMENTS[0]}"
    with desk(browser, server, "officer", language="en-GB") as at:
        at.go(there)
        at.page.get_by_label("Title").fill("防汛检查表")
        at.go("/desk/holds?said=desk-lifted")  # something else was done meanwhile
        at.go(there)
        expect(at.page.get_by_label("Title")).to_have_value("防汛检查表")
        at.go("/desk/retrievals/new")
        at.page.locator("#ask textarea").first.fill("for my thesis")
        at.context.add_cookies([cookie(server, "researcher")])
        at.go("/desk/retrievals/new")
        expect(at.page.locator("#ask textarea").first).to_have_value("")


def test_going_back_over_a_preview_sends_nothing_again(browser: Browser, server: Server) -> None:
    with desk(browser, server, "head", language="en-GB") as at:
        at.go("/desk/appraise?said=desk-appraised")
        at.page.get_by_label("Archival codes").fill(OLD[2])
        at.page.get_by_label("open", exact=True).check()
        at.page.get_by_label("Reason").fill("期满")
        at.page.get_by_role("button", name="Preview").click()
        expect(at.page.get_by_role("heading", name="What would change")).to_be_visible()
        assert at.page.url.endswith("/desk/appraise"), "said once"
        at.go("/help")
        at.page.go_back()  # no question of the browser whether the form is to be sent again
        expect(at.page.get_by_role("heading", name="Decide on access")).to_be_visible()
        expect(at.page.get_by_label("Archival codes")).to_have_value(OLD[2])
        at.clean()


def test_what_was_typed_outlives_a_mistake_and_a_wrong_turn(browser: Browser, server: Server) -> None:
    with desk(browser, server, "head", language="en-GB") as at:
        at.go("/desk/appraise")
        at.page.get_by_label("Archival codes").fill("A014-NO-SUCH")
        at.page.get_by_label("postponed").check()
        at.page.get_by_label("Reason").fill("a person lives")
        at.go("/desk")
        at.go("/desk/appraise")
        expect(at.page.get_by_label("Reason")).to_have_value("a person lives")
        at.page.get_by_role("button", name="Preview").click()
        expect(at.page.get_by_role("alert")).to_be_visible()
        expect(at.page.get_by_label("Archival codes")).to_have_value("A014-NO-SUCH")


@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [pytest.param(WIDE, "zh-CN", False, marks=pytest.mark.long), (NARROW, "en-GB", True)],
)
def test_the_pages_of_the_desk_are_clean(
    browser: Browser, server: Server, width: int, language: str, dark: bool
) -> None:
    for account, paths in PAGES.items():
        with desk(browser, server, account, language=language, width=width, dark=dark) as at:
            for path in paths:
                at.go(path)
                at.clean()
                assert at.page.evaluate("document.documentElement.scrollWidth") <= width, path
