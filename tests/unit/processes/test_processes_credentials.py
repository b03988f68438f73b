"""First passwords by one-time code, others by the present one, second factors; how a founder retires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import people
import pyotp
import pytest
from batches import new_home
from people import PASSWORD

from archive import accounts, catalogue, failures, sessions, tables
from archive.credentials import credential, drop
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.passwords import PasswordRefused
from policies.roles import FOUNDER, RETIRED, STRANDED
from processes.errors import NotAllowedValue, NotFound, NothingChanges
from processes.people.accounts import Appointment, appoint, change, close
from processes.people.admit import admit
from processes.people.credentials import (
    CODE_DAYS,
    begin_totp,
    confirm_totp,
    first_password,
    initial_password,
    new_code,
    set_password,
)
from processes.people.people_errors import NoPassword, ProofRefused, SignInFailed
from processes.people.proof import Secret
from processes.people.sign_in import Attempt, sign_in

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
OTHER = "another horse, another battery"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = new_home(tmp_path_factory.mktemp("credentials"))
    with opened(home) as archive:
        for name in ("li", "wang", "zhao", "sun"):
            appoint(archive.tools(), Appointment(name, ["researcher"]), archive.settings.account)
    yield home


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    with opened(home) as archive:
        with archive.database.write() as tx:
            failures.sweep(tx, 1 << 40)
        yield archive


def at(archive: Archive, seconds: float = 0, account: str = "") -> Tools:
    tools = archive.tools()
    subject = archive.subject_named(account) if account else tools.subject
    return replace(tools, clock=lambda: NOW + timedelta(seconds=seconds), subject=subject)


def signs_in(archive: Archive, account: str, password: str, code: str = "", seconds: float = 0) -> bool:
    try:
        now = NOW + timedelta(seconds=seconds)
        return sign_in(archive.database, Attempt(account, password, code), now).account == account
    except SignInFailed:
        return False


def enrol(archive: Archive, account: str, seconds: float = 0) -> tuple[str, dict[str, object]]:
    """Enrol a second factor; its secret, and what that answered."""
    uri = begin_totp(at(archive, seconds), account, Secret(PASSWORD))
    secret = parse_qs(urlparse(uri).query)["secret"][0]
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
    return secret, confirm_totp(at(archive, seconds), account, code)


def test_a_code_sets_a_password_once_however_it_is_typed(archive: Archive) -> None:
    given = new_code(at(archive), "li")
    code = str(given["code"])
    for wrong in ("", code[:-1], code[::-1], "x"):
        with pytest.raises(SignInFailed):
            first_password(at(archive), "li", wrong, PASSWORD)
    with pytest.raises(PasswordRefused):
        first_password(at(archive), "li", code, "li-lantai")
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    first_password(at(archive), "li", typed, PASSWORD)
    assert signs_in(archive, "li", PASSWORD)
    with pytest.raises(SignInFailed):
        first_password(at(archive), "li", code, OTHER)
    assert code.encode() not in b"".join(path.read_bytes() for path in archive.home.glob("database.sqlite*"))


def test_a_code_is_its_own_accounts_for_three_days_and_the_newest_counts(archive: Archive) -> None:
    first, second = (str(new_code(at(archive), "wang")["code"]) for _ in range(2))
    for account, code, days in (
        ("wang", first, 0),
        ("li", second, 0),
        ("nobody", second, 0),
        ("wang", second, 4),
    ):
        with pytest.raises(SignInFailed):
            first_password(at(archive, days * 86_400), account, code, PASSWORD)
    first_password(at(archive, CODE_DAYS * 86_400), "wang", second, PASSWORD)
    for name in ("nobody", "keeper"):
        with pytest.raises(NotFound):
            new_code(at(archive), name)


def test_that_a_code_was_given_is_an_entry_that_does_not_hold_it(archive: Archive) -> None:
    code = str(new_code(at(archive), "zhao")["code"])
    with archive.database.read() as conn:
        entry = list(archive.ledger.of_type(conn, "account.code-given"))[-1]
    assert entry.event().payload()["name"] == "zhao"
    assert code.replace("-", "").encode() not in (entry.payload or b"").replace(b"-", b"")


def test_another_password_needs_the_present_one_and_ends_what_was_open(archive: Archive) -> None:
    people.give(archive.database, "sun")
    with archive.database.write() as tx:
        mine, other = (sessions.begin(tx, "sun", "2026", "2999", {}) for _ in range(2))
        row = {"id": "t", "account": "sun", "name": "n", "digest": "d", "made": "", "seen": ""}
        tx.execute(tables.token.insert().values(**row, until="2999", detail="{}"))
    device = sign_in(archive.database, Attempt("sun", PASSWORD, address="192.0.2.1"), NOW).device
    with pytest.raises(ProofRefused):
        set_password(at(archive), "sun", Secret("not it at all"), OTHER)
    with pytest.raises(PasswordRefused):
        set_password(at(archive), "sun", Secret(PASSWORD), "sunshine")
    set_password(at(archive), "sun", Secret(PASSWORD), OTHER, sessions.digest(mine))
    with archive.database.read() as conn:
        assert sessions.session(conn, mine)
        assert not sessions.session(conn, other)
        assert not conn.execute(tables.token.select().where(tables.token.c.account == "sun")).all()
    assert not signs_in(archive, "sun", PASSWORD)
    again = sign_in(archive.database, Attempt("sun", OTHER, address="192.0.2.1", device=device), NOW).device
    assert again != device, "a device of before is a stranger"
    with pytest.raises(NothingChanges):
        initial_password(at(archive), "sun", PASSWORD)


def test_who_has_no_password_changes_none(archive: Archive) -> None:
    for account in ("zhao", "nobody"):
        with pytest.raises((NoPassword, SignInFailed)):
            set_password(at(archive), account, Secret(""), PASSWORD)
    with pytest.raises((NoPassword, SignInFailed, ProofRefused)):
        set_password(at(archive), "keeper", Secret("", address="192.0.2.1"), PASSWORD)


def test_a_second_factor_counts_from_its_first_code_on(archive: Archive) -> None:
    people.give(archive.database, "zhao")
    with pytest.raises(ProofRefused):
        begin_totp(at(archive), "zhao", Secret("not it at all"))
    with pytest.raises(NothingChanges):
        confirm_totp(at(archive), "zhao", "000000")
    begin_totp(at(archive), "zhao", Secret(PASSWORD))
    with pytest.raises(ProofRefused):
        confirm_totp(at(archive), "zhao", "000000")
    assert signs_in(archive, "zhao", PASSWORD), "nothing changed yet"
    secret, done = enrol(archive, "zhao")
    assert done == {"account": "zhao", "second_factor": True, "founder_retired": False}
    code = pyotp.TOTP(secret).at(NOW)
    assert not signs_in(archive, "zhao", PASSWORD)
    assert not signs_in(archive, "zhao", PASSWORD, code), "the code that confirmed it is used up"
    assert signs_in(archive, "zhao", PASSWORD, pyotp.TOTP(secret).at(NOW + timedelta(seconds=30)), 30)
    with pytest.raises(ProofRefused):
        begin_totp(at(archive), "zhao", Secret(PASSWORD))


def test_a_code_leaves_the_second_factor_unless_it_was_given_to_end_it(archive: Archive) -> None:
    with archive.database.write() as tx:
        drop(tx, "zhao")
    people.give(archive.database, "zhao", totp=pyotp.random_base32())
    for ends in (False, True):
        code = str(new_code(at(archive), "zhao", second_factor=ends)["code"])
        with archive.database.read() as conn:
            assert credential(conn, "zhao").totp, "until it is used"
        first_password(at(archive), "zhao", code, PASSWORD)
        assert signs_in(archive, "zhao", PASSWORD) is ends


def test_who_is_being_appointed_types_a_password_or_gets_a_code(archive: Archive) -> None:
    with archive.database.read() as conn:
        before = archive.ledger.size(conn)
    with pytest.raises(PasswordRefused):
        admit(at(archive), Appointment("qian", ["researcher"]), "password")
    with archive.database.read() as conn:
        assert archive.ledger.size(conn) == before
    assert "code" not in admit(at(archive), Appointment("qian", ["researcher"]), PASSWORD)
    assert signs_in(archive, "qian", PASSWORD)
    given = admit(at(archive), Appointment("zhou", ["researcher"]))
    first_password(at(archive), "zhou", given["code"], PASSWORD)
    assert signs_in(archive, "zhou", PASSWORD)


def test_changed_roles_hold_at_once_and_sign_out(archive: Archive) -> None:
    with archive.database.write() as tx:
        secret = sessions.begin(tx, "li", "2026", "2999", {})
    wanted = Appointment("li", ["accession-officer"], ["A014"])
    for bad in (
        Appointment("li", ["security-auditor", "security-officer"]),
        Appointment("li", ["accession-officer"]),
        Appointment("li", ["researcher"], zone="moon"),
    ):
        with pytest.raises(NotAllowedValue):
            change(at(archive), bad, "transfer")
    with pytest.raises(NotAllowedValue):
        change(at(archive), wanted, " ")
    assert change(at(archive), wanted, "transfer")["handles"] == ["A014"]
    assert archive.subject_named("li").handles == frozenset({"A014"})
    with archive.database.read() as conn:
        assert not sessions.session(conn, secret)
        dump = catalogue.dump(conn)
    with pytest.raises(NothingChanges):
        change(at(archive), wanted, "again")
    with pytest.raises(NotFound):
        change(at(archive), Appointment("nobody", ["researcher"]), "transfer")
    catalogue.rebuild(archive.database, archive.ledger)
    with archive.database.read() as conn:
        assert catalogue.dump(conn) == dump


def test_the_account_of_init_retires_when_somebody_who_appoints_takes_office(home: Path) -> None:
    with opened(home) as archive:
        founder = archive.settings.account
        appoint(archive.tools(), Appointment("chief", ["security-officer"]), founder)
        set_password(at(archive), founder, Secret(""), OTHER)
        assert signs_in(archive, founder, OTHER)
        assert not initial_password(at(archive), "chief", PASSWORD)["founder_retired"], "a factor is missing"
        assert archive.subject_named(founder).roles == {FOUNDER}
        assert enrol(archive, "chief")[1]["founder_retired"]
        assert archive.subject_named(founder).roles == {RETIRED}
        assert not signs_in(archive, founder, OTHER)
        chief = at(archive, account="chief")
        for wanted in (close, lambda *words: change(chief, Appointment("chief", ["researcher"]), "no")):
            with pytest.raises(NotAllowedValue):
                wanted(chief, "chief", "left")
        with archive.database.read() as conn:
            assert accounts.founder_retired(conn)


def test_where_nobody_who_appoints_has_credentials_the_homes_owner_gives_them_a_code(home: Path) -> None:
    with opened(home) as archive:
        founder = archive.settings.account
        with archive.database.write() as tx:
            for name in ("chief", "li"):
                drop(tx, name)  # as after a rebuild
        stranded = at(archive, account=founder)
        assert stranded.subject.roles == {STRANDED}
        with pytest.raises(NotFound):
            new_code(stranded, "li")
        code = str(new_code(stranded, "chief")["code"])
        first_password(stranded, "chief", code, PASSWORD)
        enrol(archive, "chief")
        assert archive.subject_named(founder).roles == {RETIRED}
