"""A day of an archive, each role at its own browser: handed in, put right, found, opened, fetched, audited.

Where `LANTAI_SCREENSHOTS` names a folder the pages on the way are kept there (`make screenshots`).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from batches import photograph
from browser import NARROW, WIDE, Desk, Server, desk
from playwright.sync_api import Browser, expect
from staff import PHOTOGRAPHS, SOUND
from test_workbench_ingest import choose, fill

KEPT = os.environ.get("LANTAI_SCREENSHOTS", "")
TITLE = "大坝防汛检查"
ROOMS = {
    "officer": [
        "/",
        "/ingest",
        "/search?query=*",
        f"/items/{PHOTOGRAPHS[0]}",
        f"/items/{SOUND}",
        "/reading-room",
    ],
    "head": ["/", "/desk", "/desk/due", "/desk/appraise", "/reports", "/reports/holdings"],
    "operator": ["/", "/vault", "/vault/audits", "/ledger", "/jobs"],
    "security": ["/", "/people", "/people/roles"],
    "auditor": ["/people/uses"],
    "researcher": ["/", "/browse", "/desk/retrievals", "/oneself", "/help"],
}


def keep(at: Desk, name: str) -> None:
    if KEPT:
        at.page.wait_for_timeout(800)
        at.shot(Path(KEPT) / f"{name}.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "防汛 2016"
    made.mkdir()
    for number in range(1, 5):
        content = photograph(900 + number)
        (made / f"2016061{number} {TITLE}{number}.jpg").write_bytes(
            content[:60_000] if number > 2 else content
        )
    return made


def test_a_day(browser: Browser, staff: Server, folder: Path) -> None:
    handed_in(browser, staff, folder)
    code = opened_by_the_panel(browser, staff)
    fetched_by_a_researcher(browser, staff, code)
    audited(browser, staff)


def handed_in(browser: Browser, staff: Server, folder: Path) -> None:
    """Four photographs, two of them bad: two get codes, two come back, and are put right."""
    with desk(browser, staff, "officer") as at:
        at.go("/ingest")
        choose(at, folder, "选择文件夹")
        expect(at.page.get_by_role("heading", name=folder.name)).to_be_visible()
        keep(at, "ingest-upload")
        at.page.locator('a[href$="/list"]').first.click()
        for column, value in ((2, "省水利厅办公室"), (4, "Y"), (5, "ZP"), (7, "BGS")):
            fill(at, column, value, 4)
        at.clean()
        keep(at, "ingest-list")
        at.page.get_by_role("link", name="下一步：预检与移交").click()
        at.page.get_by_label("如有不合格的件").select_option("passing")
        at.page.get_by_role("button", name="移交", exact=True).click()
        expect(at.page.locator(".square.registered")).to_have_count(2, timeout=60_000)
        at.clean()
        keep(at, "ingest-report")
        at.page.get_by_role("link", name="改正退回的部分").click()
        bad = sorted(folder.iterdir())[2:]
        for number, path in enumerate(bad, 3):
            path.write_bytes(photograph(900 + number))
        choose(at, bad, "选择文件")
        at.page.wait_for_load_state("load")
        at.page.get_by_role("button", name="移交", exact=True).click()
        expect(at.page.locator(".square.registered")).to_have_count(2, timeout=60_000)
        expect(at.page.locator(".square.returned")).to_have_count(0)


def opened_by_the_panel(browser: Browser, staff: Server) -> str:
    """The panel's head finds one of them and opens it; its code."""
    with desk(browser, staff, "head") as at:
        at.go(f"/search?query={TITLE}")
        code = at.page.locator("[data-row] .code").first.inner_text().strip()
        at.go("/desk/appraise")
        at.page.locator('textarea[name="which"]').fill(code)
        at.page.locator('input[name="status"][value="open"]').check()
        at.page.locator('textarea[name="reason"]').fill("已满开放期限，内容不涉及限制")
        at.page.locator("button.primary").click()
        expect(at.page.get_by_text(code)).to_be_visible()
        at.clean()
        keep(at, "appraise-preview")
        at.page.locator("button.primary").click()
        expect(at.page.locator("#notice .said")).to_be_visible()
        return code


def fetched_by_a_researcher(browser: Browser, staff: Server, code: str) -> None:
    """A researcher finds it, and no other of the batch, looks at it and takes the file along."""
    with desk(browser, staff, "researcher", width=NARROW) as at:
        at.go(f"/search?query={TITLE}")
        expect(at.page.locator("[data-row]")).to_have_count(1)
        at.go(f"/items/{code}")
        expect(at.page.locator("[data-stage][data-ready]")).to_be_visible(timeout=30_000)
        keep(at, "item-narrow")
        with at.page.expect_download() as downloading:
            at.page.get_by_role("link", name="下载原件").click()
        assert Path(downloading.value.path()).stat().st_size > 100_000
        at.clean()


def audited(browser: Browser, staff: Server) -> None:
    """The operator has every copy checked, and watches."""
    with desk(browser, staff, "operator") as at:
        at.go("/vault")
        at.page.get_by_role("button", name="核查全部副本").click()
        expect(at.page.get_by_text("范围内全部副本均已读取，完好无损")).to_be_visible(timeout=60_000)
        at.clean()
        keep(at, "audit")


@pytest.mark.long  # each room's own tests look at its pages too
@pytest.mark.parametrize(("language", "width", "dark"), [("zh-CN", WIDE, False), ("en-GB", NARROW, True)])
@pytest.mark.parametrize("account", ROOMS)
def test_every_room_is_clean_for_its_role(
    browser: Browser, staff: Server, account: str, language: str, width: int, dark: bool
) -> None:
    with desk(browser, staff, account, language=language, width=width, dark=dark) as at:
        for path in ROOMS[account]:
            answer = at.page.goto(staff.url + path, wait_until="load")
            assert answer is not None
            assert answer.status == 200, path
            at.clean()
            assert at.page.evaluate("document.documentElement.scrollWidth") <= width, path
            keep(
                at, f"{account}{path.partition('?')[0].replace('/', '-').rstrip('-')}-{language[:2]}-{width}"
            )
