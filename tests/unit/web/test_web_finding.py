"""Search, browsing and the item page, as the server makes them: what each reader is shown, and what not."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from doors import CSRF, Door, doors
from staff import DOCUMENTS, PHOTOGRAPHS, SOUND, staffed
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from lantai.web.search import Wanted

FORM = {"content-type": "application/x-www-form-urlencoded"}
ENGLISH = {"accept-language": "en"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with doors(staffed(tmp_path_factory.mktemp("finding"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def officer(door: Door) -> TestClient:
    return door.signed_in("officer")


@pytest.fixture(scope="module")
def researcher(door: Door) -> TestClient:
    return door.signed_in("researcher")


def page(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=ENGLISH)
    assert answer.status_code == status, answer.text
    return answer.text


def send(client: TestClient, path: str, **fields: str) -> int:
    answer = client.post(
        path, data={"csrf": CSRF, "key": "k", **fields}, headers=FORM, follow_redirects=False
    )
    return answer.status_code


def at(code: str) -> str:
    return f"/items/{quote(code)}"


def test_a_search_shows_its_hits_with_their_pictures_and_what_narrows_them(officer: TestClient) -> None:
    text = page(officer, "/search?query=*")
    assert "5 found" in text
    assert all(code in text for code in (*PHOTOGRAPHS, SOUND, *DOCUMENTS))
    assert (
        f"{at(PHOTOGRAPHS[0]).replace('/items', '/api/v1/items')}/components/1?use=copy&amp;size=thumb"
        in text
    )
    assert f"{quote(SOUND)}/components/1?use=copy" not in text
    assert "access=open" in text
    assert "category=ZP" in text


def test_a_search_shows_nobody_more_than_the_search_itself(researcher: TestClient) -> None:
    text = page(researcher, "/search?query=*")
    assert "2 found" in text
    assert SOUND not in text


def test_filters_are_kept_from_page_to_page_and_can_be_taken_away_one_by_one(officer: TestClient) -> None:
    text = page(officer, "/search?query=*&category=WS&year=2016")
    assert "2 found" in text
    assert 'href="/search?query=%2A&amp;year=2016"' in text
    assert '<input type="hidden" name="category" value="WS">' in text


def test_a_mistake_in_a_query_is_shown_at_its_place_and_the_query_stays(officer: TestClient) -> None:
    text = page(officer, f"/search?query={quote('堤防 (水库')}", 400)
    assert "堤防 <mark>(</mark>水库" in text
    assert 'value="堤防 (水库"' in text
    assert "this bracket is not closed" in text


@pytest.mark.parametrize(
    "query", ["<script>alert(1)</script>", "«水»", '"; DROP', "名" * 500, "🀄 ᠮᠣᠩ עברית"]
)
def test_whatever_is_typed_is_text(officer: TestClient, query: str) -> None:
    answer = officer.get("/search", params={"query": query})
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.text


def test_an_empty_search_says_how_one_is_written(researcher: TestClient) -> None:
    text = page(researcher, "/search")
    assert "How a query is written" in text
    assert "/browse" in text


def test_a_search_is_kept_under_a_name_shown_with_what_it_finds_and_dropped(officer: TestClient) -> None:
    for odd in ("a / b 照片", "..", "?#%2F", "a/../b"):
        assert send(officer, "/search/kept", name=odd, query="*") == 303, odd
        assert send(officer, "/search/dropping", name=odd) == 303, odd
    assert send(officer, "/search/kept", name="照片", query="*", category="ZP") == 303
    text = page(officer, "/search")
    assert ">照片</a>" in text
    assert 'href="/search?query=%2A&amp;category=ZP&amp;order=relevance"' in text
    assert send(officer, "/search/dropping", name="照片") == 303
    assert ">照片</a>" not in page(officer, "/search")


def test_a_search_without_a_name_is_not_kept_and_says_so(officer: TestClient) -> None:
    assert send(officer, "/search/kept", name="", query="*") == 400


def test_a_name_that_is_taken_is_shown_again_with_what_was_typed(officer: TestClient) -> None:
    assert send(officer, "/search/kept", name="taken", query="*") == 303
    told = {"csrf": CSRF, "name": "taken", "query": "水库", "category": "ZP"}
    answer = officer.post("/search/kept", data=told, headers={**FORM, **ENGLISH})
    assert answer.status_code == 409
    assert 'id="f-name" name="name" type="text" value="taken"' in answer.text
    assert '<input type="hidden" name="query" value="水库">' in answer.text
    assert '<input type="hidden" name="category" value="ZP">' in answer.text
    assert send(officer, "/search/kept", name="taken", query="水库", replace="yes") == 303
    assert send(officer, "/search/dropping", name="taken") == 303


def test_the_archive_is_gone_through_from_fonds_to_items(officer: TestClient) -> None:
    assert "fonds=A014" in page(officer, "/browse")
    assert "category=ZP" in page(officer, "/browse?fonds=A014")
    text = page(officer, "/browse?fonds=A014&category=ZP&year=2016&office=BGS")
    assert all(code in text for code in PHOTOGRAPHS)
    branch = officer.get("/browse/branch?fonds=A014", headers={"hx-request": "true"}).text
    assert "category=WS" in branch
    assert "<html" not in branch


def test_the_tree_names_a_fonds_as_the_register_does(door: Door, officer: TestClient) -> None:
    asked = {"code": "A014", "name": "柳河县水利局", "reason": "full name of the unit"}
    assert officer.post("/api/v1/fonds", json=asked).status_code == 201
    for path in ("/browse", "/browse?fonds=A014"):
        assert "柳河县水利局" in page(officer, path)


def test_what_is_typed_for_a_code_is_no_path_to_something_else(officer: TestClient) -> None:
    """As where the end of an address was pasted along: neither is a component's content fetched."""
    typed = f"{PHOTOGRAPHS[0]}/components/1"
    assert "there is nothing" in page(officer, f"/desk/correct?item={quote(typed, safe='')}", 404)
    for path in ("/desk/correct", "/desk/recode", "/desk/withdraw"):
        assert send(officer, path, item=typed, typed=typed, reason="x", new_code="x") == 404


def test_staff_see_an_item_with_its_history_its_proof_and_what_they_may_do(officer: TestClient) -> None:
    text = page(officer, at(PHOTOGRAPHS[0]))
    assert 'data-stage="image"' in text
    assert f"{at(PHOTOGRAPHS[0]).replace('/items', '/api/v1/items')}/proof" in text
    assert "/desk/correct?item=" in text
    assert "History" in text


def test_others_see_the_item_without_what_is_the_staffs(researcher: TestClient) -> None:
    text = page(researcher, at(PHOTOGRAPHS[0]))
    assert 'data-stage="image"' in text
    assert "/proof" not in text
    assert "/copies" not in text
    assert "/desk/correct" not in text
    assert researcher.get(f"{at(PHOTOGRAPHS[0])}/copies").status_code == 404


def test_absent_and_forbidden_are_one_page_that_offers_to_ask(researcher: TestClient) -> None:
    absent, forbidden = "A014-LY·2016-Y-BGS-0777", SOUND
    texts = []
    for code in (absent, forbidden):
        text = page(researcher, at(code), 404)
        for written in (quote(quote(code)), quote(code), code):
            text = text.replace(written, "")
        texts.append(text)
    assert texts[0] == texts[1]
    assert "/desk/retrievals/new?item=" in texts[0]
    assert f'<p class="code">{absent}</p>' in page(researcher, at(absent), 404), "to be checked sign by sign"


def test_components_are_a_strip_and_each_can_be_shown(officer: TestClient) -> None:
    two = next(code for code in DOCUMENTS if "component=2" in page(officer, at(code)))
    text = page(officer, f"{at(two)}?component=2")
    assert "/components/2?use=view" in text
    assert page(officer, f"{at(two)}?component=99999999999")
    assert page(officer, f"{at(two)}?component=0")
    assert page(officer, f"{at(two)}?component=x")


def test_copies_are_told_a_site_at_a_time_with_their_health(door: Door, officer: TestClient) -> None:
    told = officer.get(f"/api/v1/items/{quote(SOUND)}/copies").json()
    assert {one["site"]: one["state"] for one in told["sites"]} == {"site-a": "whole", "site-b": "whole"}
    assert all(one["read"] for one in told["sites"])
    site = door.archive.home / "sites" / "site-b" / "objects"
    held = next(site.glob("*/*"))
    code = next(
        code
        for code in (*PHOTOGRAPHS, SOUND, *DOCUMENTS)
        if held.name in {part["object"] for part in _parts(door, code)}
    )
    away = held.with_name("away")
    held.rename(away)
    text = page(officer, f"{at(code)}/copies")
    away.rename(held)
    assert "missing" in text
    assert "whole" in text


def _parts(door: Door, code: str) -> list[dict[str, str]]:
    from archive import catalogue
    from policies.access import EVERYTHING

    with door.archive.database.read() as conn:
        record = catalogue.item_by_code(conn, code, EVERYTHING)
    assert record is not None
    return [{"object": part.object_id} for part in record.item.components]


def test_the_item_page_lets_one_style_in_by_a_nonce_and_nothing_else(officer: TestClient) -> None:
    first, second = (officer.get(at(SOUND)).headers["content-security-policy"] for _ in range(2))
    assert first != second
    assert "unsafe-inline" not in first
    assert "script-src 'self' 'wasm-unsafe-eval';" in first


def test_what_kind_of_thing_an_item_is_is_told_of_what_is_in_view_alone(
    officer: TestClient, researcher: TestClient
) -> None:
    asked = {"code": [PHOTOGRAPHS[0], SOUND, DOCUMENTS[0], "none", "A014-WS·2016-Y-BGS-0777"]}
    told = officer.get("/api/v1/kinds", params=asked).json()["kinds"]
    assert {code: one["kind"] for code, one in told.items()} == {
        PHOTOGRAPHS[0]: "image",
        SOUND: "sound",
        DOCUMENTS[0]: "page",
    }
    seen = researcher.get("/api/v1/kinds", params=asked).json()["kinds"]
    assert set(seen) == {PHOTOGRAPHS[0]}
    assert researcher.get("/api/v1/kinds").status_code == 422


def test_a_stranger_signs_in_and_comes_back_to_the_item(door: Door) -> None:
    answer = door.stranger().get(f"{at(SOUND)}?component=1", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")
    assert "component" in answer.headers["location"]


def test_what_a_page_asks_for_stands_in_its_address() -> None:
    wanted = Wanted.of(QueryParams("query= 水 &year=2016&year=2015&order=newest&at=20&cursor=c&strange=1"))
    assert wanted.query == "水"
    assert wanted.filters == {"year": ["2016", "2015"]}
    assert Wanted.of(QueryParams(wanted.further("d").partition("?")[2])).at == 40
    assert "2016" not in wanted.with_value("year", "2016").replace("2015", "")
    assert not Wanted.of(QueryParams("at=²&cursor=c")).anything


def test_search_is_the_room_of_browsing_and_of_items(officer: TestClient) -> None:
    for path in ("/search", "/browse?fonds=A014", at(SOUND)):
        assert '<a href="/search" aria-current="page">' in page(officer, path)


def test_a_page_that_breaks_says_so_as_a_page_and_nothing_of_why(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object) -> None:
        raise RuntimeError("the inside of it")

    monkeypatch.setattr("lantai.web.items.facts_of", breaks)
    answer = door.signed_in("officer").get(
        f"/items/{quote(PHOTOGRAPHS[0])}", headers={"Accept-Language": "zh"}
    )
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "未能完成" in answer.text
    assert "inside" not in answer.text
