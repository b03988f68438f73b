"""Searching, going through levels, suggestions and lists tell nothing of what an account may not see."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_homes import Homes, TwinHomes
from twin_requests import Request, requests
from twins import COMMON, FONDS, RARE, STAFF

from lantai.wiring import Archive
from processes.finding.browse import Place, browse
from processes.finding.find import Asked, search
from processes.finding.suggest import suggest

ACCOUNTS = ("r", "rr", "g", "away", "admin", "o")
MISSPELT = ("水痢", "海雁", "resevoir", "reservoirs", "secretun", "repotr", "档按", "zanzibal", "潜挺")
"""One letter from words of visible records, from words of hidden ones, and from both."""
_calm = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TwinHomes:
    return TwinHomes(tmp_path_factory.mktemp("homes"))


def searched(asked: Request) -> Callable[[Archive], object]:
    """Every page of an answer."""

    def ask(archive: Archive) -> object:
        pages: list[object] = []
        cursor = ""
        for _ in range(30):
            page = Asked(asked.query, asked.filters, asked.limit, cursor, asked.facets, asked.order)
            told = search(archive.database, archive.index, archive.home / "work", page, archive.subject)
            pages.append(told)
            cursor = told["cursor"] or ""
            if not cursor:
                break
        return pages

    return ask


def completed(text: str) -> Callable[[Archive], object]:
    return lambda one: suggest(one.database, one.index, one.home / "work", text, one.subject)


def gone_to(*values: str, listed: bool = False) -> Callable[[Archive], object]:
    place = Place(values, listed=listed, limit=3)
    return lambda one: browse(one.database, one.index, one.home / "work", place, one.subject)


def same(homes: Homes, account: str, *done: Callable[[Archive], object]) -> None:
    with homes.opened(account) as both:
        for do in done:
            full, bare = both(do)
            assert full == bare


@settings(max_examples=12, deadline=None, suppress_health_check=_calm)
@given(account=st.sampled_from(ACCOUNTS), asked=st.lists(requests(), min_size=1, max_size=5))
def test_hidden_records_change_no_search(made: TwinHomes, account: str, asked: list[Request]) -> None:
    same(made[account], account, *map(searched, asked))


@pytest.mark.long
@settings(max_examples=150, deadline=None, suppress_health_check=_calm)
@given(asked=st.lists(requests(), min_size=1, max_size=10))
def test_hidden_records_change_none_of_thousands_of_searches(made: TwinHomes, asked: list[Request]) -> None:
    for account in ACCOUNTS:
        same(made[account], account, *map(searched, asked))


@pytest.mark.parametrize("account", ["r", "o"])
def test_suggestions_know_no_hidden_word(made: TwinHomes, account: str) -> None:
    typed = {word[:end] for word in (*COMMON, *RARE, *STAFF) for end in (1, 2, 5)}
    typed |= {f"{field}{word[:1]}" for field in ("题名:", "人名:", "备注:") for word in (*RARE, *STAFF)}
    typed |= {"A", "A0", "A014", "A013-", "B002-WS", "K021-WS·20", "A001", "A001-WS·", "138", "3701", "盒"}
    typed |= {f"{field}:" for field in ("全宗", "年度", "机构", "开放", "门类")} | {
        "年度:19",
        "全宗:A01",
        '"水',
        "NOT 水",
    }
    same(made[account], account, *map(completed, sorted(typed)))


@pytest.mark.parametrize("account", ["r", "o"])
def test_what_was_meant_is_found_among_visible_words(made: TwinHomes, account: str) -> None:
    asked = [Request(word) for word in (*MISSPELT, *RARE)] + [Request(f"题名:{word}") for word in MISSPELT]
    same(made[account], account, *map(searched, asked))


@pytest.mark.parametrize("account", ["r", "o"])
def test_no_level_shows_what_is_hidden_below_it(made: TwinHomes, account: str) -> None:
    fonds, categories, years = ["A013", *FONDS, "Z999"], ["WS", "KU·01", "XX"], ["1949", "1999", "2001", "x"]
    paths: list[tuple[str, ...]] = [(), *((one,) for one in fonds), *itertools.product(fonds, categories)]
    paths += itertools.product(fonds[:3], categories[:2], years)
    paths += itertools.product(fonds[:3], ["WS"], years[:3], ["BGS", "JMC", ""])
    paths += [("A014", "WS", "2001", "BGS", "more")]
    same(made[account], account, *(gone_to(*path) for path in paths))
    same(made[account], account, *(gone_to(*path, listed=True) for path in paths[:20]))
