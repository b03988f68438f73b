"""The matrix as it is shown is the matrix as it is asked."""

from __future__ import annotations

from policies.matrix import READER, holders, matrix
from policies.roles import FOUNDER, role_book, route_book

BOOK, ROUTES = role_book(), route_book()
SHOWN = matrix(BOOK, ROUTES)


def test_every_command_and_every_route_stands_in_it_once() -> None:
    assert [one["command"] for one in SHOWN["commands"]] == sorted(BOOK.commands)
    assert [one["route"] for one in SHOWN["routes"]] == sorted(ROUTES.routes)
    assert SHOWN["free"] == {"commands": sorted(BOOK.free.commands), "routes": sorted(ROUTES.free.routes)}
    assert [one["role"] for one in SHOWN["roles"]] == list(BOOK.roles)


def test_what_a_role_may_is_what_the_check_lets_it_do() -> None:
    for one in SHOWN["roles"]:
        for command, action in BOOK.commands.items():
            assert (command in one["commands"]) == BOOK.may(frozenset({one["role"]}), action)
        for route, action in ROUTES.routes.items():
            assert (route in one["routes"]) == BOOK.may(frozenset({one["role"]}), action)


def test_who_may_is_told_from_both_sides_alike() -> None:
    for row in SHOWN["routes"]:
        for one in SHOWN["roles"]:
            named = one["role"] in row["roles"] or READER in row["roles"]
            assert named == (row["route"] in one["routes"])
        assert (FOUNDER in row["roles"]) == (row["route"] in SHOWN[FOUNDER]["routes"])
        assert (READER in row["roles"]) == (row["route"] in SHOWN[READER]["routes"])


def test_what_is_proved_at_that_moment_is_closed_to_tokens_and_reading_is_not_proved() -> None:
    for row in SHOWN["routes"]:
        assert not (row["proven"] and row["token"])
        assert not (row["proven"] and row["route"].startswith("GET "))
    shown = {row["route"]: row for row in SHOWN["routes"]}
    assert shown["POST /accounts"]["proven"]
    assert shown["GET /search"]["token"]
    assert not shown["PUT /account/password"]["token"]


def test_somebody_may_do_whatever_anything_asks_for() -> None:
    asked = {*BOOK.commands.values(), *ROUTES.routes.values()}
    assert all(holders(BOOK, action) for action in asked)
