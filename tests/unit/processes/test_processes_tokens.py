"""Tokens for programs: an account's own, told once, never more than the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from batches import new_home

from archive import tokens
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.access import Subject
from policies.roles import ALONE, FOUNDER
from processes.errors import NotAllowedValue, NotFound
from processes.people.tokens import LONGEST_DAYS, MOST_TOKENS, Wanted, listed, make, revoke


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with opened(new_home(tmp_path_factory.mktemp("tokens"))) as archive:
        yield archive


def tools_of(archive: Archive, account: str, *roles: str) -> Tools:
    return archive.seen_as(Subject(account, roles=frozenset(roles))).tools()


def test_a_token_is_told_once_and_listed_without_its_secret(archive: Archive) -> None:
    tools = tools_of(archive, "li", "records-officer")
    made = make(tools, Wanted("nightly", may=["submit", "read", "submit"]))
    (shown,) = listed(tools)
    assert shown == {name: value for name, value in made.items() if name != "token"}
    assert (shown["seen"], shown["may"]) == ("", ["read", "submit"])
    with archive.database.read() as conn:
        found = tokens.find(conn, made["token"])
    assert found is not None
    assert found.account == "li"


def test_nobody_sees_or_ends_anothers_token_and_whether_it_is_there_is_not_told(archive: Archive) -> None:
    made = make(tools_of(archive, "owner", "researcher"), Wanted("mine"))
    other = tools_of(archive, "other", "researcher")
    assert listed(other) == []
    told = []
    for which in (made["id"], "mine", "never made"):
        with pytest.raises(NotFound) as refused:
            revoke(other, which)
        told.append(str(refused.value))
    assert len(set(told)) == 1
    assert revoke(tools_of(archive, "owner"), "mine")["revoked"]
    assert listed(tools_of(archive, "owner")) == []


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(""),
        Wanted(" blank"),
        Wanted("x" * 65),
        Wanted("seen\u200bunseen"),
        Wanted("line\nbreak"),
        Wanted("绝密★30年"),
        Wanted("long", days=LONGEST_DAYS + 1),
        Wanted("short", days=0),
        Wanted("more", may=["submit"]),
        Wanted("proving", may=["destroy"]),
        Wanted("breeding", may=["tokens"]),
        Wanted("unknown", may=["fly"]),
    ],
)
def test_a_token_that_cannot_be_is_refused(archive: Archive, wanted: Wanted) -> None:
    tools = tools_of(archive, "refused", "researcher")
    with pytest.raises(NotAllowedValue):
        make(tools, wanted)
    assert listed(tools) == []


@pytest.mark.parametrize(
    ("roles", "never"),
    [
        (["security-officer"], {"appoint", "tokens"}),
        (["appraisal-head"], {"submit"}),
        ([FOUNDER], {"appoint", "read"}),
        ([ALONE], {"appoint", "tokens"}),
    ],
)
def test_no_token_does_what_a_person_proves_or_its_account_may_not(
    archive: Archive, roles: list[str], never: set[str]
) -> None:
    tools = tools_of(archive, "narrow", *roles)
    for action in never:
        with pytest.raises(NotAllowedValue):
            make(tools, Wanted("narrow", may=[action]))
    made = make(tools, Wanted("narrow", may=["self"]))
    revoke(tools, made["id"])


def test_names_are_an_accounts_own_and_one_whose_time_has_passed_is_free_again(archive: Archive) -> None:
    tools = tools_of(archive, "wang", "researcher")
    make(tools, Wanted("weekly", days=1))
    with pytest.raises(NotAllowedValue, match="weekly already"):
        make(tools, Wanted("weekly"))
    make(tools_of(archive, "zhao", "researcher"), Wanted("weekly"))
    later = replace(tools, clock=lambda: tools.clock() + timedelta(days=2))
    assert listed(later) == []
    assert make(later, Wanted("weekly"))["until"] > later.now()


def test_an_account_has_only_so_many(archive: Archive) -> None:
    tools = tools_of(archive, "many", "researcher")
    for number in range(MOST_TOKENS):
        make(tools, Wanted(f"token {number}"))
    with pytest.raises(NotAllowedValue, match="at most"):
        make(tools, Wanted("one more"))
