"""Finding over HTTP: the same answers as the command line gives, and the same refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from doors import doors
from starlette.testclient import TestClient
from twin_homes import Homes, TwinHomes, said

API = "/api/v1"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return TwinHomes(tmp_path_factory.mktemp("homes"))["o"]


@pytest.fixture(scope="module")
def client(homes: Homes) -> Iterator[TestClient]:
    with doors(homes.full) as door:
        yield door.signed_in("o")


def told(client: TestClient, path: str, **params: object) -> dict[str, object]:
    answer = client.get(f"{API}{path}?{urlencode(params, doseq=True)}")
    assert answer.status_code == 200, answer.text
    document: dict[str, object] = answer.json()
    return document


@pytest.mark.parametrize(
    ("words", "params"),
    [
        (["*"], {"query": "*"}),
        (["水 OR 档案", "--facets"], {"query": "水 OR 档案", "facets": "true"}),
        (["*", "--fonds", "B002", "--fonds", "A014"], {"query": "*", "fonds": ["B002", "A014"]}),
        (["*", "--order", "newest", "--limit", "3"], {"query": "*", "order": "newest", "limit": 3}),
        (["*", "--access", "open", "--year", "2001"], {"query": "*", "access": "open", "year": "2001"}),
        (["水庫馆", "--facets"], {"query": "水庫馆", "facets": "true"}),
    ],
)
def test_both_doors_find_the_same(
    homes: Homes, client: TestClient, words: list[str], params: dict[str, object]
) -> None:
    assert told(client, "/search", **params) == json.loads(
        said(homes.full, "search", *words, account="o").out
    )


def test_both_doors_show_and_suggest_the_same(homes: Homes, client: TestClient) -> None:
    code = homes.visible[0].code
    assert told(client, f"/items/{code}") == json.loads(said(homes.full, "show", code, account="o").out)
    typed = told(client, "/suggestions", text="水")
    assert typed == json.loads(said(homes.full, "suggest", "水", account="o").out)
    place = told(client, "/browse", fonds="B002", category="WS")
    assert place == json.loads(said(homes.full, "browse", "B002", "WS", account="o").out)
    listed = told(client, "/browse", fonds="B002", listed="true", limit=2)
    words = ("browse", "B002", "--list", "--limit", "2")
    assert listed == json.loads(said(homes.full, *words, account="o").out)


def test_pages_follow_one_another(client: TestClient) -> None:
    codes: list[object] = []
    cursor: object = ""
    while cursor is not None:
        page = told(client, "/search", query="*", limit=4, cursor=cursor)
        codes += [hit["code"] for hit in page["hits"]]  # type: ignore[attr-defined]
        cursor = page["cursor"]
    assert len(set(codes)) == len(codes) == page["total"]


def test_a_list_is_what_the_command_line_writes(homes: Homes, client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert said(homes.full, "search", "*", "--export", str(file), account="o").status == 0
    answer = client.get(f"{API}/search/list?query=*", headers={"Accept-Language": "en"})
    assert answer.content == file.read_bytes()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    chinese = client.get(f"{API}/search/list?query=*", headers={"Accept-Language": "zh-CN"})
    assert "题名" in chinese.content.decode("utf-8-sig").splitlines()[0]


def test_searches_are_kept_asked_again_and_forgotten(client: TestClient) -> None:
    place, wanted = f"{API}/searches/水库", {"query": "水", "filters": {"fonds": ["B002"]}, "order": "code"}
    assert client.put(place, json=wanted).json() == {"saved": "水库"}
    assert client.put(place, json=wanted).status_code in (400, 409)
    assert client.put(place, json={**wanted, "replace": True}).status_code == 200
    found = told(client, "/search", saved="水库")
    assert found["hits"] == told(client, "/search", query="水", fonds="B002", order="code")["hits"]
    (kept,) = client.get(f"{API}/searches").json()["searches"]
    assert (kept["query"], kept["total"]) == ("水", found["total"])
    assert client.delete(place).json() == {"forgotten": "水库"}
    assert client.delete(place).status_code == client.get(f"{API}/search?saved=水库").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/search", 400),
        ("/search?query=(", 400),
        ("/search?query=*&saved=x", 400),
        ("/search?query=*&cursor=made-up", 400),
        ("/search?query=*&order=best", 422),
        ("/search?query=*&access=secret", 422),
        ("/search?query=*&limit=0", 422),
        ("/search?query=*&limit=1001", 422),
        ("/search?query=*&query=x", 422),
        ("/search?query=*&unknown=x", 422),
        ("/search/list?query=*&format=pdf", 422),
        ("/search/list?query=*&cursor=x", 422),
        ("/search/list?query=(", 400),
        ("/browse?category=WS", 400),
        ("/browse?fonds=A014&office=BGS", 400),
        ("/suggestions", 422),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_problem(client: TestClient, path: str, status: int) -> None:
    answer = client.get(API + path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["档?管理*", "code:[A014 TO B002]", "档" * 61])
def test_what_may_cost_much_is_asked_in_a_thread_and_answered_alike(client: TestClient, query: str) -> None:
    assert client.get(f"{API}/search?{urlencode({'query': query})}").status_code in (200, 400)
