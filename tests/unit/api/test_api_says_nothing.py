"""No answer of the HTTP door tells of what its account may not see: twins, compared with all headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_homes import Homes, TwinHomes
from twin_http import TwinDoors, answer, twin_doors
from twin_requests import Request, codes, queries, requests

from policies.roles import route_book
from search.index import FACETS, Document

OUTSIDERS = ("r", "away")
"""Accounts that handle no fonds where they work."""
MORE = tuple(pytest.param(one, marks=pytest.mark.long) for one in ("rr", "g", "admin"))
"""Others of them: two archives are made for each account, so these are asked in the long run."""
EVERYBODY = (*OUTSIDERS, "o")
AMONG = [["o", "r", "away"], pytest.param(["o", "r", "away", "rr", "g", "admin"], marks=pytest.mark.long)]
NOBODY = ("B002-WS·2001-Y-BGS-9999", "Z999-WS·2001-Y-BGS-0001", "A001-WS·1990-Y-0999", "no code", "«»", "%00")
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TwinHomes:
    return TwinHomes(tmp_path_factory.mktemp("homes"))


class Opened(dict[str, TwinDoors]):
    """Both archives of an account behind their doors, opened when first asked for."""

    def __init__(self, made: TwinHomes, stack: ExitStack) -> None:
        self._made, self._stack = made, stack

    def __missing__(self, name: str) -> TwinDoors:
        self[name] = self._stack.enter_context(twin_doors(self._made[name], name))
        return self[name]


@pytest.fixture(scope="module")
def opened(made: TwinHomes) -> Iterator[dict[str, TwinDoors]]:
    with ExitStack() as stack:
        yield Opened(made, stack)


def some_codes(homes: Homes) -> list[str]:
    """Codes of visible and of hidden records, of now and formerly, and some of nobody's."""
    told = [code for some in (homes.visible, homes.hidden) for code in _some(some)]
    return [*told, NOBODY[1]]


def _some(records: Sequence[Document]) -> list[str]:
    former = [code for one in records for code in one.former_codes]
    return [*(one.code for one in records[:2]), *former[:1]]


def item(code: str) -> str:
    return f"/items/{code if '%' in code else quote(code, safe='')}"


def asked(wanted: Request, **more: object) -> str:
    """A search as a query string."""
    facets = wanted.facets is not False
    told = {"query": wanted.query, "order": wanted.order, "facets": str(facets).lower(), **more}
    pairs = [*told.items(), *((name, one) for name, values in wanted.filters.items() for one in values)]
    return urlencode(pairs, errors="surrogatepass")


@pytest.mark.parametrize("account", [*OUTSIDERS, *MORE])
def test_items_and_content_are_the_same_or_absent_whatever_else_there_is(
    made: TwinHomes, opened: dict[str, TwinDoors], account: str
) -> None:
    doors = opened[account]
    there = 0
    for code in some_codes(made[account]):
        shown = doors.same("GET", item(code))
        there += shown.status == 200
        for path, headers in (
            (item(code), {"If-None-Match": shown.header("etag") or "*"}),
            (f"{item(code)}/components/1", {"Accept-Language": "zh"}),
            (f"{item(code)}/components/1?use=view", {"Range": "bytes=3-9"}),
            (f"{item(code)}/components/2", {"Range": "bytes=900-"}),
            (f"{item(code)}/components/0", {}),
        ):
            doors.same("GET", path, headers=headers)
        doors.same("HEAD", f"{item(code)}/components/1")
    assert there >= 2


@pytest.mark.parametrize("account", [*EVERYBODY, *MORE])
def test_a_hidden_item_is_answered_as_one_that_nobody_has_and_as_a_route_that_is_not_there(
    made: TwinHomes, opened: dict[str, TwinDoors], account: str
) -> None:
    """Not only alike in both archives: alike within one, with every header, conditions and ranges or not."""
    client, homes = opened[account], made[account]
    nobody = answer(client.full, "GET", "/there/is/no/such/route")
    assert nobody.status == 404
    conditions: list[dict[str, str]] = [
        {}, {"If-None-Match": "*"}, {"If-Match": "*"}, {"Range": "bytes=0-0"}, {"Range": "bytes=9999999-"},
    ]  # fmt: skip
    for code in [*_some(homes.hidden), *NOBODY[-3:]]:
        for headers in conditions:
            place = f"{item(code)}/components/1" if "Range" in headers else item(code)
            assert answer(client.full, "GET", place, headers=headers) == nobody, (place, headers)
        assert answer(client.full, "GET", f"{item(code)}/components/77") == nobody


@pytest.mark.parametrize("account", ["r", "away"])
def test_what_staff_do_is_no_route_for_others_whatever_it_is_about(
    made: TwinHomes, opened: dict[str, TwinDoors], account: str
) -> None:
    doors = opened[account]
    nobody = doors.both("POST", "/no/such/route", json={})[0]
    for code in (made[account].visible[0].code, made[account].hidden[0].code):
        bodies = {
            f"{item(code)}/description": {"changes": {"title": "x"}, "reason": "y"},
            f"{item(code)}/code": {"code": made[account].hidden[1].code, "reason": "y"},
            f"{item(code)}/withdrawal": {"reason": "y"},
            "/appraisals": {"status": "open", "reason": "y", "codes": [code]},
            "/holds": {"codes": [code], "reason": "y"},
            "/holds/lifting": {"codes": [code], "reason": "y"},
        }
        for path, body in bodies.items():
            assert doors.same("POST", path, json=body) == nobody, path
        assert doors.same("GET", f"{item(code)}/proof").status == 404


@pytest.mark.parametrize("among", AMONG)
@SLOW
@given(data=st.data())
def test_searches_tell_the_same_page_by_page(
    opened: dict[str, TwinDoors], among: list[str], data: st.DataObject
) -> None:
    account = data.draw(st.sampled_from(among))
    doors, wanted = opened[account], data.draw(requests())
    cursor: str | None = ""
    for _ in range(4):
        limit = max(wanted.limit, 1)
        page = doors.same("GET", f"/search?{asked(wanted, limit=limit, cursor=cursor)}")
        cursor = json.loads(page.body).get("cursor") if page.status == 200 else None
        if not cursor:
            break
        doors.same("GET", f"/search?{asked(wanted, limit=limit, cursor=cursor[::-1])}")


@pytest.mark.parametrize("among", AMONG)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_lists_suggestions_and_places_tell_the_same(
    opened: dict[str, TwinDoors], among: list[str], data: st.DataObject
) -> None:
    doors = opened[data.draw(st.sampled_from(among[1:]))]
    wanted = Request(data.draw(queries()), order=data.draw(requests()).order)
    told = urlencode({"query": wanted.query, "order": wanted.order}, errors="surrogatepass")
    doors.same("GET", f"/search/list?{told}")
    doors.same("GET", f"/search/list?{told}&format=xlsx")
    text = data.draw(st.text(max_size=6) | codes())
    doors.same("GET", f"/suggestions?{urlencode({'text': text}, errors='surrogatepass')}")
    places = ("A014", "B002", "K021", "A013"), ("WS", "KU·01", "KU", "ZP"), ("1999", "2001", "1949"), ("BGS",)
    depth = data.draw(st.integers(0, 4))
    names = ("fonds", "category", "year", "office")[:depth]
    there = {name: data.draw(st.sampled_from(values)) for name, values in zip(names, places, strict=False)}
    doors.same(
        "GET", f"/browse?{urlencode({**there, 'listed': data.draw(st.sampled_from(['true', 'false']))})}"
    )


@pytest.mark.parametrize("account", [*OUTSIDERS, *MORE[-1:]])
def test_every_other_route_that_only_reads_tells_the_same_or_nothing(
    opened: dict[str, TwinDoors], made: TwinHomes, account: str
) -> None:
    """Whatever is added to the matrix is asked here too; what tells of the archive as a whole (audits, sites,
    the ledger's head, the use journal) is for whoever keeps it, and of records it tells nothing to others.
    """
    operators = {"admin": {"accounts", "doctor", "head", "key", "sites", "drill"}}
    own = {"GET /session", "GET /account/sessions", "GET /account/tokens", "GET /checkpoint/key"}
    doors, homes = opened[account], made[account]
    for line, action in route_book().routes.items():
        method, path = line.split(" ", 1)
        if method != "GET" or line in own or action in operators.get(account, ()):
            continue
        place = re.sub(r"\{[a-z]+(:path)?\}", quote(homes.hidden[0].code, safe=""), path)
        doors.same("GET", place)


@pytest.mark.parametrize("account", ["r", "away"])
def test_kept_searches_find_the_same_today(opened: dict[str, TwinDoors], account: str) -> None:
    doors = opened[account]
    for name, query in (("one", "水库"), ("two", "海燕 OR 档案"), ("three", "王小明")):
        doors.same("PUT", f"/searches/{name}", json={"query": query, "filters": {"fonds": ["B002"]}})
        doors.same("GET", f"/search?saved={name}&facets=true")
        doors.same("GET", f"/search/list?saved={name}")
    full, bare = doors.both("GET", "/searches")
    told = [json.loads(one.body)["searches"] for one in (full, bare)]
    for listed in told:
        for one in listed:
            one.pop("saved")  # the second in which each was kept
    assert told[0] == told[1]
    assert full.headers == bare.headers
    for name in ("one", "two", "three", "four"):
        doors.same("DELETE", f"/searches/{name}")


def test_facets_are_counted_by_what_is_in_view(opened: dict[str, TwinDoors]) -> None:
    told = json.loads(opened["r"].same("GET", "/search?query=*&facets=true").body)
    assert set(told["facets"]) <= set(FACETS)
    assert told["total"] > 0
