"""What another process takes from an account counts for its next request, whatever this one keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from batches import new_home
from sqlalchemy import Connection, text, update

from archive import accounts, asking, credentials, retrievals, sessions, standing, tables, tokens
from archive.people_events import AccountChanged, AccountClosed
from lantai.api.door import COOKIE, Caller, admitted, utc
from lantai.errors import NotSignedIn
from lantai.wiring import Archive, opened
from policies.access import Zone
from processes.desk.retrievals import _mark
from processes.people.accounts import Appointment, appoint
from processes.people.offices import founder_standing

FAR = "2999-01-01T00:00:00Z"


@dataclass
class Two:
    """Two processes' archives of one home: one is asked, the other changes things."""

    asked: Archive
    other: Archive
    number: int = 0

    def appointed(self, *roles: str, **how: Any) -> str:
        """A new account; its name."""
        self.number += 1
        name = f"a{self.number}"
        appoint(self.other.tools(), Appointment(name, list(roles), **how), self.other.settings.account)
        return name

    def change(self, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Have the other one do it in a transaction of its own."""
        with self.other.database.write() as tx:
            return work(tx, *given, **named)

    def signed_in(self, account: str, **detail: Any) -> str:
        now = utc(datetime.now(UTC))
        secret: str = self.change(sessions.begin, account, now, FAR, {"csrf": "x", **detail})
        return secret

    def who(self, secret: str, later: timedelta = timedelta(0)) -> Caller:
        """Whoever holds this cookie. Raises `NotSignedIn`."""
        headers = {b"cookie": f"{COOKIE}={secret}".encode()}
        return admitted(self.asked, headers, "192.0.2.1", datetime.now(UTC) + later)

    def program(self, secret: str, later: timedelta = timedelta(0)) -> Caller:
        headers = {b"authorization": f"Bearer {secret}".encode()}
        return admitted(self.asked, headers, "192.0.2.1", datetime.now(UTC) + later)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    home = new_home(tmp_path_factory.mktemp("standing"), server=server)
    with opened(home) as asked, opened(home) as other:
        yield Two(asked, other)


def changed(name: str, *roles: str, fonds: tuple[str, ...] = (), every: bool = False) -> AccountChanged:
    return AccountChanged(name, roles, fonds, every, "internal", "", "root", "root")


def test_the_question_of_each_request_is_asked_on_the_kept_connection(two: Two) -> None:
    secret = two.signed_in(two.appointed("researcher"))
    asker = two.asked.database._asker
    found = standing.by_session(asker.ask, secret)
    assert found is not None
    assert found.own.id == sessions.digest(secret)
    assert standing.by_session(asker.ask, "nobody") is None
    with two.asked.database.read() as conn:
        assert standing.by_session(asking.within(conn), secret) == found


def test_a_changed_role_and_fonds_count_at_once(two: Two) -> None:
    name = two.appointed("accession-officer", fonds=["A001"])
    secret = two.signed_in(name)
    first = two.who(secret).archive.subject
    assert (first.roles, first.handles) == (frozenset({"accession-officer"}), frozenset({"A001"}))
    two.change(accounts.change_account, changed(name, "accession-officer", fonds=("A002",)))
    assert two.who(secret).archive.subject.handles == frozenset({"A002"})
    two.change(accounts.change_account, changed(name, "accession-officer", every=True))
    assert two.who(secret).archive.subject.handles is None
    two.change(accounts.change_account, changed(name, "researcher"))
    last = two.who(secret).archive.subject
    assert (last.roles, last.handles) == (frozenset({"researcher"}), frozenset())
    two.change(accounts.change_account, changed(name, "accession-officer", fonds=("A001",)))
    assert two.who(secret).archive.subject == first


def test_a_closed_account_is_nobody_at_once(two: Two) -> None:
    name = two.appointed("researcher")
    secret = two.signed_in(name)
    token = two.change(tokens.make, name, "p", utc(datetime.now(UTC)), FAR, None)
    assert two.who(secret).account == two.program(token).account == name
    two.change(accounts.close_account, AccountClosed(name, "", "root", "root"))
    for ask, held in ((two.who, secret), (two.program, token)):
        with pytest.raises(NotSignedIn):
            ask(held)


def test_an_ended_session_is_nobodys_at_once(two: Two) -> None:
    name = two.appointed("researcher")
    ended, other = two.signed_in(name), two.signed_in(name)
    assert two.who(ended).account == two.who(other).account == name
    two.change(sessions.end, sessions.digest(ended))
    with pytest.raises(NotSignedIn):
        two.who(ended)
    two.change(credentials.end_everywhere, name)
    with pytest.raises(NotSignedIn):
        two.who(other)


def test_a_session_ends_where_nobody_uses_it_and_by_its_time(two: Two) -> None:
    secret = two.signed_in(two.appointed("researcher"))
    minutes = timedelta(minutes=two.asked.settings.http.idle_minutes)
    assert two.who(secret, minutes - timedelta(seconds=30))
    with pytest.raises(NotSignedIn):
        two.who(secret, minutes + timedelta(seconds=30))
    two.change(sessions.saw, sessions.digest(secret), utc(datetime.now(UTC) + timedelta(minutes=5)))
    assert two.who(secret, minutes + timedelta(seconds=30)), "another process saw it"
    past = utc(datetime.now(UTC) - timedelta(seconds=2))
    own = update(tables.session).where(tables.session.c.id == sessions.digest(secret))
    two.change(Connection.execute, own.values(until=past))
    with pytest.raises(NotSignedIn):
        two.who(secret)


def test_a_revoked_or_ended_token_opens_nothing_at_once(two: Two) -> None:
    name = two.appointed("researcher")
    now = datetime.now(UTC)
    narrow = two.change(tokens.make, name, "p", utc(now), utc(now + timedelta(hours=1)), ["search"])
    caller = two.program(narrow)
    assert caller.token is not None
    assert caller.token.may == frozenset({"search"})
    with pytest.raises(NotSignedIn):
        two.program(narrow, timedelta(hours=2))
    assert two.change(tokens.revoke, name, caller.token.id)
    with pytest.raises(NotSignedIn):
        two.program(narrow)


def test_a_second_factor_counts_when_it_is_enrolled_and_when_it_is_dropped(two: Two) -> None:
    name = two.appointed("system-administrator")
    secret = two.signed_in(name, only_self=True)
    assert two.who(secret).only_self
    with two.other.database.read() as conn:
        kept = credentials.credential(conn, name)
    two.change(credentials.put, replace(kept, totp="JBSWY3DPEHPK3PXP"))
    assert not two.who(secret).only_self
    two.change(credentials.drop, name)
    assert two.who(secret).only_self
    two.change(accounts.change_account, changed(name, "researcher"))
    assert not two.who(secret).only_self


def test_an_opened_grant_ends_when_it_is_revoked_or_its_passcode_replaced_and_by_its_day(two: Two) -> None:
    name = two.appointed("researcher")
    today = datetime.now(UTC).date().isoformat()
    row = {"request": f"r-{name}", "account": name, "asked": 1, "time": "2026-01-01T00:00:00Z"}
    row |= {"item": "i-1", "state": retrievals.GRANTED, "until": today, "detail": '{"mode": "copy"}'}
    two.change(Connection.execute, tables.retrieval.insert().values(**row))
    two.change(retrievals.put_passcode, row["request"], "digest", "2026-01-01T00:00:00Z")
    secret = two.signed_in(name)
    assert two.who(secret).archive.subject.granted == frozenset()
    mark = _mark(retrievals.Passcode("digest", 0))
    two.change(sessions.note_opened, sessions.digest(secret), {row["request"]: mark})
    assert two.who(secret).archive.subject.granted == frozenset({"i-1"})
    own = update(tables.retrieval).where(tables.retrieval.c.request == row["request"])
    two.change(Connection.execute, own.values(until="2026-01-01"))
    assert two.who(secret).archive.subject.granted == frozenset()
    two.change(Connection.execute, own.values(until=today))
    assert two.who(secret).archive.subject.granted == frozenset({"i-1"})
    two.change(retrievals.put_passcode, row["request"], "another", "2026-01-01T00:00:00Z")
    assert two.who(secret).archive.subject.granted == frozenset()
    two.change(retrievals.put_passcode, row["request"], "digest", "2026-01-01T00:00:00Z")
    two.change(Connection.execute, own.values(state=retrievals.REVOKED))
    assert two.who(secret).archive.subject.granted == frozenset()


def test_the_account_that_init_made_is_read_anew_as_well(two: Two) -> None:
    founder = two.asked.settings.account
    secret = two.signed_in(founder)
    with two.other.database.read() as conn:
        before = founder_standing(conn)
    assert two.who(secret).archive.subject.roles == frozenset({before})
    two.change(sessions.end, sessions.digest(secret))
    with pytest.raises(NotSignedIn):
        two.who(secret)


def test_a_kept_connection_that_died_is_asked_past_and_made_anew(two: Two) -> None:
    secret = two.signed_in(two.appointed("researcher"))
    assert two.who(secret)
    if two.asked.database.dialect == "postgresql":
        process = two.asked.database._asker._driver.info.backend_pid
        two.change(Connection.execute, text(f"SELECT pg_terminate_backend({process})"))
    else:
        two.asked.database._asker._driver.close()
    assert two.who(secret), "by an ordinary connection"
    assert two.asked.database._asker._driver is None
    assert two.who(secret)
    assert two.asked.database._asker._driver is not None


def test_whoever_finds_the_kept_connection_in_use_asks_on_another(two: Two) -> None:
    secret = two.signed_in(two.appointed("researcher"))
    with two.asked.database._asker._busy:
        assert two.who(secret)


def test_the_kept_connection_writes_nothing_and_keeps_no_snapshot(two: Two) -> None:
    assert two.who(two.signed_in(two.appointed("researcher")))
    driver = two.asked.database._asker._driver
    with pytest.raises(two.asked.database._asker._driver_error):
        driver.execute("DELETE FROM session")
    if two.asked.database.dialect == "sqlite":
        assert not driver.in_transaction


def test_zones_are_those_of_the_address(two: Two) -> None:
    secret = two.signed_in(two.appointed("researcher", zone="internal"))
    http = two.asked.settings.http
    narrowed = type(http)(zones={Zone.INTERNAL: ("10.0.0.0/8",)})
    archive = replace(two.asked, settings=msgspec.structs.replace(two.asked.settings, http=narrowed))
    headers = {b"cookie": f"{COOKIE}={secret}".encode()}
    now = datetime.now(UTC)
    assert admitted(archive, headers, "10.1.1.1", now).archive.subject.zone == Zone.INTERNAL
    assert admitted(archive, headers, "192.0.2.1", now).archive.subject.zone == Zone.PUBLIC
    assert admitted(archive, headers, "10.1.1.1", now).archive.subject.zone == Zone.INTERNAL
