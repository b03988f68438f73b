"""Signing in and proving: one refusal for everything, codes used once, known devices let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import argon2
import people
import pyotp
import pytest
from batches import new_home
from people import PASSWORD

from archive import failures, sessions
from archive.credentials import credential, put
from lantai.wiring import Archive, opened
from policies.lockout import LIMITS
from processes.people import hashing, sign_in
from processes.people.accounts import Appointment, appoint, close
from processes.people.people_errors import (
    NoPassword,
    ProofRefused,
    SecondFactorNeeded,
    SignInFailed,
    SlowDown,
)
from processes.people.proof import Secret, exempt, prove
from processes.people.sign_in import Attempt, SignedIn, vouched
from processes.people.totp import step_of

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
REAL = hashing._HASHER
SECRET = pyotp.random_base32()
RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's own: 12345678901234567890


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with opened(new_home(tmp_path_factory.mktemp("sign_in"))) as archive:
        for name, role in (
            ("li", "researcher"),
            ("wang", "researcher"),
            ("none", "researcher"),
            ("admin", "system-administrator"),
            ("gone", "researcher"),
        ):
            appoint(archive.tools(), Appointment(name, [role]), archive.settings.account)
        people.give(archive.database, "li", "gone")
        people.give(archive.database, "admin")
        people.give(archive.database, "wang", totp=SECRET)
        close(archive.tools(), "gone", "left")
        yield archive


@pytest.fixture(autouse=True)
def forgotten(archive: Archive) -> None:
    """Each test begins without failures, and with no code used."""
    with archive.database.write() as tx:
        failures.sweep(tx, 1 << 40)
        put(tx, replace(credential(tx, "wang"), totp_step=0))


def attempt(archive: Archive, account: str, password: str = PASSWORD, **more: Any) -> SignedIn:
    now = more.pop("now", NOW)
    return sign_in.sign_in(archive.database, Attempt(account, password, **more), now)


def code(now: datetime = NOW) -> str:
    return pyotp.TOTP(SECRET).at(now)


def test_who_has_an_account_and_its_password_signs_in(archive: Archive) -> None:
    done = attempt(archive, "li", address="192.0.2.1")
    assert (done.account, done.only_self) == ("li", False)
    assert PASSWORD not in repr(Attempt("li", PASSWORD))
    assert done.device not in repr(done)


@pytest.mark.parametrize(
    ("account", "password", "digits"),
    [
        ("li", "not it at all", ""),
        ("li", "", ""),
        ("li", PASSWORD.upper(), ""),
        ("li", PASSWORD + "\ud800", ""),
        ("li", PASSWORD * 100, ""),
        ("nobody", PASSWORD, ""),
        ("", PASSWORD, ""),
        ("li\ud800", PASSWORD, ""),
        ("x" * 10_000, PASSWORD, ""),
        ("gone", PASSWORD, ""),
        ("none", PASSWORD, ""),
        ("none", "", ""),
        ("keeper", PASSWORD, ""),
        ("wang", PASSWORD, ""),
        ("wang", PASSWORD, "000000x"),
        ("wang", PASSWORD, "４７１１０８"),
    ],
)
def test_every_refusal_is_the_same(archive: Archive, account: str, password: str, digits: str) -> None:
    with pytest.raises(SignInFailed) as told:
        attempt(archive, account, password, code=digits)
    assert str(told.value) == str(SignInFailed())


def test_every_refusal_has_hashed_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Counted:
        def __getattr__(self, name: str) -> Any:
            done.append(name)
            return getattr(real, name)

    real = hashing._HASHER
    monkeypatch.setattr(hashing, "_HASHER", Counted())
    hashing._nobody()
    for account in ("li", "nobody", "gone", "none", "keeper", "wang"):
        done.clear()
        with pytest.raises(SignInFailed):
            attempt(archive, account, "not it at all")
        assert [one for one in done if one in ("hash", "verify")] == ["verify"], account


def test_a_code_is_good_once_and_never_an_older_one_after(archive: Archive) -> None:
    assert attempt(archive, "wang", code=code()).account == "wang"
    for seconds in (0, -30):
        with pytest.raises(SignInFailed):
            attempt(archive, "wang", code=code(NOW + timedelta(seconds=seconds)))
    later = NOW + timedelta(seconds=30)
    assert attempt(archive, "wang", code=f" {code(later)[:3]} {code(later)[3:]} ", now=later)


def test_two_at_once_with_one_code_are_one(archive: Archive) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def one(_: int) -> bool:
        try:
            return bool(attempt(archive, "wang", code=code()))
        except SignInFailed:
            return False

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(one, range(3))) == 1


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, digits: str) -> None:
    assert step_of(RFC, digits[-6:], seconds) == seconds // 30
    assert step_of(RFC, digits[-6:], seconds + 30) == seconds // 30
    assert step_of(RFC, digits[-6:], seconds + 90) is None


def test_an_administrator_without_a_second_factor_may_only_enrol_one(archive: Archive) -> None:
    assert attempt(archive, "admin").only_self
    with pytest.raises(SecondFactorNeeded):
        prove(archive.database, "admin", Secret(PASSWORD), NOW)
    with archive.database.read() as conn:
        assert sign_in.lacks_second_factor(conn, "admin")
        assert not sign_in.lacks_second_factor(conn, "li")


def test_guessing_gets_slow_and_a_known_device_gets_in(archive: Archive) -> None:
    device = attempt(archive, "li", address="192.0.2.1").device
    for _ in range(LIMITS["pair"].free):
        with pytest.raises(SignInFailed):
            attempt(archive, "li", "not it at all", address="203.0.113.9")
    with pytest.raises(SlowDown) as told:
        attempt(archive, "li", address="203.0.113.9")
    assert 0 < told.value.seconds <= LIMITS["pair"].longest
    assert attempt(archive, "li", address="203.0.113.9", device=device).device == device
    for other in (device[:-1], device + "0", "." + device, "x", "\ud800.\ud800"):
        with pytest.raises(SlowDown):
            attempt(archive, "li", address="203.0.113.9", device=other)
    assert attempt(archive, "li", address="192.0.2.2")


def test_a_device_is_one_accounts_and_not_anothers(archive: Archive) -> None:
    device = attempt(archive, "li").device
    done = attempt(archive, "wang", code=code(), device=device)
    assert done.device not in ("", device)


def test_success_forgives_but_does_not_open_the_address_to_guessers(archive: Archive) -> None:
    for n in range(3):
        with pytest.raises(SignInFailed):
            attempt(archive, f"guessed {n}", address="203.0.113.9")
    attempt(archive, "li", address="203.0.113.9")
    with archive.database.read() as conn:
        from sqlalchemy import select

        from archive import tables

        rows = {row.name: row.failures for row in conn.execute(select(tables.failure))}
    assert [count for name, count in rows.items() if name.startswith("address:")] == [3]
    assert sum(name.startswith("pair:") for name in rows) == 3


def test_a_hash_of_other_parameters_is_made_anew(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = argon2.PasswordHasher(1, 1024, 1).hash(PASSWORD)
    monkeypatch.setattr(hashing, "_HASHER", REAL)
    with archive.database.write() as tx:
        put(tx, replace(credential(tx, "li"), password=weak))
    assert attempt(archive, "li").account == "li"
    with archive.database.read() as conn:
        kept = credential(conn, "li").password
    assert kept.startswith(f"$argon2id$v=19$m={hashing.MEMORY_KIB},t={hashing.PASSES},p={hashing.LANES}$")
    assert attempt(archive, "li").account == "li"


def test_a_flood_waits_for_its_turn_and_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0.01)
    with hashing._turn(), hashing._turn(), pytest.raises(SlowDown):
        hashing.hashed(b"one too many")


def test_an_organisation_vouches_for_accounts_that_are_there_and_for_no_factor(archive: Archive) -> None:
    assert vouched(archive.database, Attempt("li", ""), NOW).account == "li"
    assert vouched(archive.database, Attempt("wang", "", code()), NOW).account == "wang"
    assert vouched(archive.database, Attempt("none", ""), NOW).account == "none"
    for account in ("nobody", "gone", "keeper", "", "wang"):
        with pytest.raises(SignInFailed):
            vouched(archive.database, Attempt(account, ""), NOW)


def test_proving_asks_for_the_password_and_the_code(archive: Archive) -> None:
    prove(archive.database, "li", Secret(PASSWORD), NOW)
    prove(archive.database, "wang", Secret(PASSWORD, code()), NOW)
    for account, secret in (
        ("li", Secret("not it at all")),
        ("wang", Secret(PASSWORD)),
        ("wang", Secret(PASSWORD, code())),
        ("gone", Secret(PASSWORD)),
    ):
        with pytest.raises(ProofRefused):
            prove(archive.database, account, secret, NOW)
    with pytest.raises(NoPassword):
        prove(archive.database, "none", Secret(PASSWORD), NOW)


def test_wrong_proofs_get_slow_as_signing_in_does(archive: Archive) -> None:
    for _ in range(LIMITS["pair"].free):
        with pytest.raises(ProofRefused):
            prove(archive.database, "li", Secret("not it at all", address="203.0.113.9"), NOW)
    with pytest.raises(SlowDown):
        prove(archive.database, "li", Secret(PASSWORD, address="203.0.113.9"), NOW)
    with pytest.raises(SlowDown):
        attempt(archive, "li", address="203.0.113.9")


def test_the_account_of_init_is_not_asked_while_it_has_set_no_password(archive: Archive) -> None:
    subject = archive.subject_named("keeper")
    with archive.database.read() as conn:
        assert exempt(conn, subject)
        assert not exempt(conn, archive.subject_named("li"))
    people.give(archive.database, "keeper")
    with archive.database.read() as conn:
        assert not exempt(conn, subject)
    with archive.database.write() as tx:
        put(tx, replace(credential(tx, "keeper"), password=""))
        sessions.sweep(tx, "2999")


def test_nothing_that_proves_anybody_stands_in_the_database_in_plain(
    archive: Archive, tmp_path: Path
) -> None:
    device = attempt(archive, "li", address="192.0.2.77").device
    with pytest.raises(SignInFailed):
        attempt(archive, "a password typed as a name", address="192.0.2.77")
    kept = b"".join(path.read_bytes() for path in archive.home.glob("database.sqlite*"))
    for secret in (PASSWORD, device, "a password typed as a name", "192.0.2.77"):
        assert secret.encode() not in kept


def test_signing_in_is_the_same_on_a_server(postgresql: str, tmp_path: Path) -> None:
    with opened(new_home(tmp_path, server=postgresql)) as archive:
        appoint(archive.tools(), Appointment("wang", ["researcher"]), archive.settings.account)
        people.give(archive.database, "wang", totp=SECRET)
        device = attempt(archive, "wang", code=code(), address="192.0.2.1").device
        for _ in range(LIMITS["pair"].free):
            with pytest.raises(SignInFailed):
                attempt(archive, "wang", code=code(), address="192.0.2.1")
        with pytest.raises(SlowDown):
            attempt(archive, "wang", address="192.0.2.1")
        later = NOW + timedelta(seconds=30)
        assert attempt(archive, "wang", code=code(later), address="192.0.2.1", device=device, now=later)
