"""Appointing: names are given once and for ever, offices that exclude one another never meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batches import new_home

from archive import catalogue
from archive.accounts import accounts
from lantai.errors import NoSuchAccount
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING, view_of
from processes.errors import NotAllowedValue, NotFound, NothingChanges
from processes.people.accounts import LONGEST_NAME, Appointment, appoint, close, listed

Add = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One archive for all tests here: a name that one of them gives, no other uses."""
    return new_home(tmp_path_factory.mktemp("people"))


@pytest.fixture
def archive(home: Path) -> Any:
    with opened(home) as archive:
        yield archive


@pytest.fixture
def add(archive: Archive) -> Add:
    def appointed(name: str, *roles: str, fonds: tuple[str, ...] = (), zone: str = "") -> dict[str, Any]:
        return appoint(archive.tools(), Appointment(name, roles, fonds, zone), archive.settings.account)

    return appointed


def test_the_first_appointment_ends_what_the_account_of_init_may_see(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    with opened(home) as archive:
        assert view_of(archive.subject) == EVERYTHING
        tools, founder = archive.tools(), archive.settings.account
        assert appoint(tools, Appointment("lin", ["researcher"]), founder)["first"]
        assert not appoint(tools, Appointment("wang", ["researcher"]), founder)["first"]
        close(tools, "lin", "left")
        close(tools, "wang", "left")
    for stale in (False, True):
        with opened(home, stale_views=stale) as archive:
            assert archive.subject.handles == frozenset(), "it stays so when all are closed"
    with opened(home) as archive, archive.database.write() as tx:
        assert [one.closed for one in accounts(tx)] == [True, True]
        assert catalogue.lost_entries(tx) == []


def test_a_closed_account_and_one_that_never_was_are_the_same_answer(add: Add, home: Path) -> None:
    add("gone", "researcher")
    with opened(home, "gone") as archive:
        assert archive.subject.account == "gone"
        close(archive.tools(), "gone", "left")
    said = []
    for name in ("gone", "never"):
        with pytest.raises(NoSuchAccount) as told, opened(home, name):
            pass
        said.append(str(told.value).replace(name, "NAME"))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " lin",
        "lin ",
        "li\tn",
        "li\u202en",
        "li\u200bn",
        "\ue000",
        "-lin",
        "x" * (LONGEST_NAME + 1),
        "机密★10年",
    ],
)
def test_a_name_that_nobody_can_tell_from_another_is_refused(add: Add, name: str) -> None:
    with pytest.raises(NotAllowedValue):
        add(name, "researcher")


@pytest.mark.parametrize(
    "same", ["Chen", "chen", "ＣＨＥＮ", "c h e n", "Keeper", "\u0441h\u0435n", "k\u0435eper"]
)
def test_a_name_is_given_once_also_after_closing(add: Add, archive: Archive, same: str) -> None:
    if not any(one["name"] == "chen" for one in listed(archive.tools())):
        add("chen", "researcher")
        close(archive.tools(), "chen", "left")
    with pytest.raises(NotAllowedValue, match="taken"):
        add(same, "researcher")


@pytest.mark.parametrize(
    "same", ["0RIGIN", "ORIGIN", "origin", "ORlGlN", "0r1g1n", "orιgin", "or|gin", "orıgin", "ORӀGIN"]
)
def test_capitals_and_figures_make_no_other_name(add: Add, archive: Archive, same: str) -> None:
    if not any(one["name"] == "0rigin" for one in listed(archive.tools())):
        add("0rigin", "researcher")
    with pytest.raises(NotAllowedValue, match="taken"):
        add(same, "researcher")


@pytest.mark.parametrize(
    ("roles", "fonds", "zone"),
    [
        ((), (), ""),
        (("fisherman",), (), ""),
        (("system-administrator", "security-auditor"), (), ""),
        (("security-officer", "accession-officer"), ("A014",), ""),
        (("researcher",), ("A014",), ""),
        (("accession-officer",), (), ""),
        (("accession-officer",), ("a fonds",), ""),
        (("accession-officer",), ("A014", "all"), ""),
        (("researcher",), (), "moon"),
    ],
)
def test_an_appointment_that_cannot_be_is_refused_and_enters_nothing(
    add: Add, archive: Archive, roles: tuple[str, ...], fonds: tuple[str, ...], zone: str
) -> None:
    with archive.database.read() as conn:
        before = archive.ledger.size(conn)
    with pytest.raises(NotAllowedValue):
        add("nobody", *roles, fonds=fonds, zone=zone)
    with archive.database.read() as conn:
        assert archive.ledger.size(conn) == before


def test_an_account_works_as_it_was_appointed(add: Add, home: Path) -> None:
    done = add("officer", "accession-officer", "appraisal-member", fonds=("Ａ014", "B001"))
    assert (done["fonds"], done["zone"], done["handles"]) == (["A014", "B001"], "internal", ["A014", "B001"])
    assert add("every", "records-officer", fonds=("all",))["handles"] == "all"
    away = add("away", "accession-officer", fonds=("A014",), zone="public")
    assert (away["works"], away["handles"]) == ([], [])
    with opened(home, "officer") as archive:
        assert archive.subject.handles == frozenset({"A014", "B001"})
        assert archive.subject.roles == frozenset({"accession-officer", "appraisal-member"})


def test_closing_needs_an_account_that_is_there_and_open_and_a_reason(add: Add, archive: Archive) -> None:
    add("zhou", "researcher")
    with pytest.raises(NotAllowedValue):
        close(archive.tools(), "zhou", " ")
    close(archive.tools(), "zhou", "left")
    with pytest.raises(NothingChanges):
        close(archive.tools(), "zhou", "left")
    with pytest.raises(NotFound):
        close(archive.tools(), "keeper", "left")
