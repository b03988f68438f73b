from __future__ import annotations

from archive import tokens
from archive.database import Database

NOW, LATER = "2026-05-04T08:00:00Z", "2026-11-04T08:00:00Z"


def test_a_token_is_found_by_its_secret_and_its_secret_is_nowhere(database: Database) -> None:
    with database.write() as tx:
        secret = tokens.make(tx, "li", "nightly", NOW, LATER, ["submit", "read", "read"])
    with database.read() as conn:
        found = tokens.find(conn, secret)
        assert found is not None
        assert (found.account, found.name, found.made, found.seen, found.until) == (
            "li", "nightly", NOW, "", LATER,
        )  # fmt: skip
        assert found.may == {"read", "submit"}
        for other in ("", secret[:-1], secret.upper(), found.id, "\ud800"):
            assert tokens.find(conn, other) is None
        told = str(conn.exec_driver_sql("SELECT * FROM token").all())
        assert secret.removeprefix(tokens.PREFIX) not in told


def test_an_account_sees_and_ends_its_own_alone(database: Database) -> None:
    with database.write() as tx:
        tokens.make(tx, "li", "first", NOW, LATER, None)
        tokens.make(tx, "li", "second", LATER, LATER, [])
        theirs = tokens.make(tx, "wang", "first", NOW, LATER, None)
        first, second = tokens.of_account(tx, "li")
        assert (first.name, first.may, second.may) == ("first", None, frozenset())
        other = tokens.find(tx, theirs)
        assert other is not None
        assert not tokens.revoke(tx, "li", other.id)
        assert tokens.revoke(tx, "li", first.id)
        assert not tokens.revoke(tx, "li", first.id)
        assert tokens.count(tx, "li") == 1
        tokens.end_all(tx, "li")
        assert tokens.count(tx, "li") == 0
        assert tokens.find(tx, theirs) == other


def test_the_last_use_is_noted_and_what_has_ended_is_swept(database: Database) -> None:
    with database.write() as tx:
        secret = tokens.make(tx, "li", "short", NOW, LATER, None)
        found = tokens.find(tx, secret)
        assert found is not None
        tokens.used(tx, found.id, "2026-06-01T00:00:00Z")
        tokens.sweep(tx, LATER)
        again = tokens.find(tx, secret)
        assert again is not None
        assert again.seen == "2026-06-01T00:00:00Z"
        tokens.sweep(tx, "2026-11-04T08:00:01Z")
        assert tokens.find(tx, secret) is None
