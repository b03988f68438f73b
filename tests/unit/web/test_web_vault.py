"""The vault's pages: each role its parts, works begun once, maps and charts that say what the API says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from itertools import combinations, product
from typing import Any

import pytest
from doors import CSRF, Door, doors, ended
from staff import staffed
from starlette.testclient import TestClient

from archive import catalogue
from archive.events import AuditCompleted
from lantai.web.vault_found import not_whole
from lantai.web.vault_map import Spot, drawn

PLACES = (
    ("site-a", (36.65, 117.0), "黄河", "华北电网", "郯庐断裂带"),
    ("site-b", (30.66, 104.06), "长江", "西南电网", "龙门山断裂带"),
    ("site-c", (36.07, 120.38), "胶东诸河", "华北电网", ""),
)
SITES = [
    {"name": name, "position": list(at), "river_basin": basin, "power_grid": grid, "seismic_belt": belt}
    for name, at, basin, grid, belt in PLACES
]
DISTANCES = [{"sites": ["site-a", "site-b"], "km": 1369.0}, {"sites": ["site-a", "site-c"], "km": 309.0}]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home = staffed(tmp_path_factory.mktemp("vault"))
    settings = home / "lantai.toml"
    placed = 'role = "preservation"\nlatitude = 36.65\nlongitude = 117.0\nriver_basin = "黄河"'
    settings.write_text(settings.read_text("utf-8").replace('role = "preservation"', placed, 1), "utf-8")
    with doors(home) as door:
        yield door


@pytest.fixture
def operator(door: Door) -> TestClient:
    return door.signed_in("operator")


def sent(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf": CSRF, "key": "", **fields}, follow_redirects=False)


def test_the_vault_tells_each_site_the_rule_and_what_is_not_said(operator: TestClient) -> None:
    page = unescape(operator.get("/vault").text)
    for told in ("site-a", "site-b", "黄河", "not said", "in step", "What the rules ask of places", "<svg"):
        assert told in page
    assert page.count('class="button primary"') + page.count('<button class="primary"') == 1


def test_an_audit_is_begun_from_its_form_and_tells_what_it_found(door: Door, operator: TestClient) -> None:
    damaged = sorted((door.archive.home / "sites" / "site-b" / "objects").rglob("*"))
    file = next(one for one in damaged if one.is_file() and one.stat().st_size > 1000)
    whole = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    page = ended(operator, sent(operator, "/vault/audits", site="site-b", percent="100"))
    assert "damage found" in page.lower() or "damaged" in page
    assert "not for you" in page, "an operator is not told of which item a copy is"
    assert 'action="/vault/repairs"' in page
    assert "site-b were found not whole" in unescape(operator.get("/vault").text)
    mended = ended(operator, sent(operator, "/vault/repairs", site="site-b", percent="100"))
    assert "mended" in mended
    assert file.read_bytes() == whole
    after = unescape(operator.get("/vault").text)
    assert "1 copy mended, whole since" in after and "site-b were found not whole" not in after


def test_a_form_that_is_sent_twice_begins_one_work(operator: TestClient) -> None:
    key = re.search(r'name="key" value="([^"]+)"', operator.get("/vault/audits").text)
    assert key
    first, second = (sent(operator, "/vault/audits", site="site-a", key=key[1]) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    ended(operator, first)


def test_a_scope_that_is_none_is_told_in_the_form_with_what_was_typed(operator: TestClient) -> None:
    for fields in ({"since": "yesterday"}, {"percent": "many"}, {"percent": "0"}):
        answer = sent(operator, "/vault/audits", **fields)
        assert 400 <= answer.status_code < 500
        assert 'role="alert"' in answer.text
        assert next(iter(fields.values())) in answer.text


def test_audits_are_lines_for_a_table_program_which_takes_none_for_a_formula(
    door: Door, operator: TestClient
) -> None:
    counts = dict.fromkeys(("checked", "damaged", "missing", "repaired", "lost", "unchecked"), 3)
    named = {"site": "=cmd|' /C calc'!A0", "unreachable": "", "extra": 0, **counts}
    event = AuditCompleted(account="+operator", os_user="x", sites=(named,), outcome="damaged")
    with door.archive.database.write() as tx:
        catalogue.record(tx, door.archive.ledger, [event], "2026-01-02T03:04:05Z")
    answer = operator.get("/vault/audits.csv", headers={"Accept-Language": "zh"})
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["账册条目", "时间（UTC）", "账号"]
    assert {row[4] for row in rows[1:-1]} <= {"site-a", "site-b"}
    assert rows[-1][1:5] == ["2026-01-02T03:04:05Z", "'+operator", "发现损坏", "'=cmd|' /C calc'!A0"]
    assert rows[-1][5:] == ["3"] * 6
    assert answer.headers["content-type"].startswith("text/csv")
    assert "audits.csv" in answer.headers["content-disposition"]


def test_of_ten_thousand_broken_copies_each_is_told_once_those_still_broken_first() -> None:
    def copy(at: int) -> dict[str, str | None]:
        return {"object": f"o{at}", "code": None, "kind": "altered"}

    many = [copy(at) for at in range(10_000)]
    site = {"site": "a", "damaged": many, "missing": [], "repaired": many[:9_990], "lost": many[-5:]}
    found = not_whole({"sites": [site]})
    assert len(found) == 10_000
    assert [one.name for one in found[:10] if one.lost] == [f"o{at}" for at in range(9_995, 10_000)]
    assert not any(one.mended for one in found[:10])
    assert not_whole({"secured": True}) == not_whole(None) == []


@pytest.mark.parametrize(
    ("account", "theirs"),
    [
        ("operator", {"", "/audits", "/drill", "/checks"}),
        ("auditor", {"", "/audits", "/checks"}),
        ("sysadmin", {"", "/drill", "/checks"}),
        ("security", {"/keys", "/checks"}),
        ("researcher", set()),
    ],
)
def test_each_role_has_its_parts_and_no_other(door: Door, account: str, theirs: set[str]) -> None:
    client = door.signed_in(account)
    for part in ("/audits.csv", "/drill", "/checks", "/keys", ""):
        answer = client.get(f"/vault{part}", follow_redirects=False)
        wanted = "/audits" if part == "/audits.csv" else part
        there = answer.status_code == 200
        assert there == (wanted in theirs), (account, part, answer.status_code)


def test_the_doctor_speaks_the_readers_language(operator: TestClient) -> None:
    page = unescape(operator.get("/vault/checks", headers={"Accept-Language": "zh"}).text)
    assert "存储点 site-a" in page
    assert "异质备份" in page or "其他载体" in page


def test_a_wrong_recovery_key_is_told_and_never_shown_again(operator: TestClient) -> None:
    answer = sent(operator, "/vault/drill", recovery_key="LANTAI-RECOVERY-NOT-ONE", site="site-a", sample="3")
    assert 400 <= answer.status_code < 500
    assert "NOT-ONE" not in answer.text
    assert 'role="alert"' in answer.text


def test_a_work_of_somebody_else_is_not_there(door: Door, operator: TestClient) -> None:
    begun = sent(operator, "/vault/audits", site="site-a")
    ended(operator, begun)
    assert door.signed_in("auditor").get(begun.headers["Location"]).status_code == 404
    assert begun.headers["Location"].rpartition("/")[2] in operator.get("/jobs").text


def around(spot: Spot) -> tuple[float, float, float, float]:
    """The box of a site's words as the page draws them: a name of 16, two lines of 13 pixels."""
    site = next(one for one in SITES if one["name"] == spot.name)
    lines = [(f"{spot.name} · preservation", 15), (f"{site['river_basin']} · {site['power_grid']}", 13)]
    wide = max(sum(size if ord(sign) > 0x2E80 else size * 0.6 for sign in text) for text, size in lines)
    left = spot.words_x - wide if spot.before else spot.words_x
    return left, spot.words_y - 12, left + wide, spot.words_y + 33


def shared(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


def test_sites_are_drawn_where_they_are_and_their_words_stand_apart() -> None:
    for size in ((880, 440), (360, 400)):
        drawing = drawn(SITES, DISTANCES, 300.0, size)
        at = {spot.name: spot for spot in drawing.spots}
        assert at["site-b"].x < at["site-a"].x < at["site-c"].x, "east is right"
        assert at["site-a"].y < at["site-c"].y < at["site-b"].y, "north is up"
        assert all(0 < spot.x < size[0] and 0 < spot.y < size[1] for spot in drawing.spots)
        assert [way.far for way in drawing.ways] == [True, True]
        words = [around(spot) for spot in drawing.spots]
        marks = [(spot.x - 9, spot.y - 9, spot.x + 9, spot.y + 9) for spot in drawing.spots]
        assert not [pair for pair in combinations(words, 2) if shared(*pair)], "no words on words"
        assert not [pair for pair in product(words, marks) if shared(*pair)], "no words on a mark"
        assert all(left >= 0 and right <= size[0] for left, _, right, _ in words), "nothing is cut off"
        first, second = drawing.ways
        drawn_length = [((w.x1 - w.x2) ** 2 + (w.y1 - w.y2) ** 2) ** 0.5 for w in (first, second)]
        assert drawn_length[0] / drawn_length[1] == pytest.approx(1369 / 309, rel=0.08)


def test_sites_in_one_place_or_without_one_are_drawn_too() -> None:
    same = [{**site, "position": [0.0, 179.9]} for site in SITES]
    assert len(drawn(same, [], 0.0).spots) == 3
    nowhere = [{**site, "position": None} for site in SITES]
    assert drawn(nowhere, [], 300.0).spots == ()
    poles = [{**SITES[0], "position": [90.0, 180.0]}, {**SITES[1], "position": [-90.0, -180.0]}]
    assert len(drawn(poles, [], 300.0).spots) == 2
