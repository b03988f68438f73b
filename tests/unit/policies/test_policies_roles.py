"""Roles: one table says what each may, read strictly; the three administrators stay apart from records."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.access import EVERYTHING, Zone, view_of
from policies.roles import ALONE, FOUNDER, MalformedRoles, parse, role_book, route_book

BOOK = role_book()
ADMINISTRATORS = {"system-administrator", "security-officer", "security-auditor"}
HANDLING = {name for name, role in BOOK.roles.items() if role.handles}

roles = st.sets(st.sampled_from([*sorted(BOOK.roles), "a role of another version"]), max_size=4)
fonds = st.none() | st.frozensets(st.sampled_from(["A014", "B001"]))
zones = st.sampled_from([str(zone) for zone in Zone])

TABLE = """
[roles.one]
zh = "一"
en = "one"
handles = false
zones = ["public"]
may = ["read"]
[reader]
may = []
[founder]
may = []
[retired]
may = []
[stranded]
may = []
[proven]
actions = ["read"]
[commands]
search = "read"
[free]
commands = ["init"]
"""


def test_the_roles_are_those_of_the_domain() -> None:
    assert set(BOOK.roles) == ADMINISTRATORS | HANDLING | {"editor", "researcher", "storage-operator"}
    assert len(HANDLING) == 5


@pytest.mark.parametrize("name", sorted(ADMINISTRATORS))
def test_no_administrator_handles_records_or_holds_another_office(name: str) -> None:
    assert not BOOK.roles[name].handles
    for other in (ADMINISTRATORS | HANDLING) - {name}:
        assert BOOK.excluded([name, other]) is not None


def test_exclusion_holds_whichever_of_the_two_says_so() -> None:
    for one, other in itertools.permutations(BOOK.roles, 2):
        assert (BOOK.excluded([one, other]) is None) == (BOOK.excluded([other, one]) is None)
        assert (other in BOOK.excludes_of(one)) == (one in BOOK.excludes_of(other))


@given(roles, fonds, zones)
def test_rights_work_in_their_zones_alone(held: set[str], own: frozenset[str] | None, zone: str) -> None:
    subject = BOOK.subject_of("lin", held, own, zone)
    working = {name for name in held if name in BOOK.roles and zone in BOOK.roles[name].zones}
    assert subject.roles == working
    assert subject.handles == (own if working & HANDLING else frozenset())
    for action in set(BOOK.commands.values()):
        granted = action in BOOK.reader.may or any(action in BOOK.roles[name].may for name in working)
        assert BOOK.may(subject.roles, action) == granted


@given(roles, fonds)
def test_an_officer_on_the_public_network_sees_what_a_stranger_sees(
    held: set[str], own: frozenset[str] | None
) -> None:
    assert view_of(BOOK.subject_of("lin", held, own, "public")) == view_of(
        BOOK.subject_of("stranger", (), frozenset(), "public")
    )


def test_a_zone_that_nobody_knows_is_the_public_network() -> None:
    assert BOOK.subject_of("lin", ["accession-officer"], None, "moon").zone is Zone.PUBLIC


def test_the_account_of_init_sees_all_until_somebody_is_appointed_and_then_nothing() -> None:
    alone, founder = BOOK.founder_of("keeper", alone=True), BOOK.founder_of("keeper", alone=False)
    assert (alone.roles, view_of(alone)) == (frozenset({ALONE}), EVERYTHING)
    assert founder.roles == frozenset({FOUNDER})
    assert founder.handles == frozenset()
    assert all(BOOK.may(alone.roles, action) for action in BOOK.commands.values())
    assert not BOOK.may(founder.roles, "read")
    assert not BOOK.may(founder.roles, "submit")


@given(st.none() | st.frozensets(st.sampled_from(sorted({*BOOK.commands.values(), "fly"}))))
def test_a_token_opens_what_it_was_narrowed_to_and_never_what_proves_who_one_is(
    may: frozenset[str] | None,
) -> None:
    routes = route_book()
    for route, action in routes.routes.items():
        opened = routes.by_token(route, may)
        assert not (opened and route in routes.own.routes)
        if may is not None:
            assert not (opened and action not in {*may, "self"})
        elif route not in routes.own.routes:
            assert opened
    assert not routes.by_token("GET /never-heard-of", may)


def test_what_is_asked_of_a_person_is_not_open_to_a_token() -> None:
    own = route_book().own.routes
    assert {"POST /session/proof", "PUT /account/password", "POST /account/tokens"} <= set(own)
    assert all(name in own for name in route_book().routes if " /account/" in name)


def test_accounts_work_where_most_of_their_rights_do() -> None:
    assert BOOK.usual_zone(["researcher"]) is Zone.PUBLIC
    assert BOOK.usual_zone(["records-officer"]) is Zone.GOVERNMENT
    assert BOOK.usual_zone(["records-officer", "accession-officer"]) is Zone.INTERNAL
    assert BOOK.usual_zone(["nobody knows it"]) is Zone.PUBLIC


def test_a_command_with_an_option_that_is_named_asks_for_that_and_one_with_two_for_both() -> None:
    assert BOOK.actions_of("checkpoint") == frozenset({"head"})
    assert BOOK.actions_of("checkpoint", ["--public-key", "-o"]) == frozenset({"key"})
    assert BOOK.actions_of("sites", ["retire", "site-b"]) == frozenset({"retire"})
    assert BOOK.actions_of("rebuild") == frozenset()
    assert BOOK.actions_of("never heard of") is None


def test_a_table_as_it_should_be_is_read() -> None:
    assert set(parse(TABLE).roles) == {"one"}


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('may = ["read"]', 'may = ["read", "fly"]', "one may fly"),
        ('may = ["read"]', 'may = ["read"]\nexcludes = ["two"]', "one excludes two"),
        ('may = ["read"]', 'may = ["read"]\nexcludes = ["one"]', "one excludes one"),
        ('may = ["read"]', 'may = ["read"]\nclearances = ["secret"]', "the clearance secret"),
        ('may = ["read"]', 'may = ["read"]\nmight = []', "might"),
        ('zones = ["public"]', "zones = []", "works nowhere"),
        ('zones = ["public"]', 'zones = ["moon"]', "moon"),
        ("[roles.one]", "[roles.founder]", "founder is no name"),
        ('["init"]', '["search"]', "search is free"),
        ("handles = false\n", "", "handles"),
        ('actions = ["read"]', 'actions = ["fly"]', "fly is proven"),
        ("[reader]", "[reader", "line"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_the_place(was: str, becomes: str, told: str) -> None:
    with pytest.raises(MalformedRoles, match=told):
        parse(TABLE.replace(was, becomes))
