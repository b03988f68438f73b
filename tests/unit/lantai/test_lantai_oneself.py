"""Passwords, codes and second factors at the command line, typed or piped; what is proved at that moment."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import people
import pyotp
import pytest
from batches import new_home
from people import PASSWORD, typed

from archive import failures
from lantai.cli.main import outcome
from lantai.wiring import opened
from processes.people.people_errors import NoPassword

OTHER = "another horse, another battery"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield new_home(tmp_path_factory.mktemp("oneself"))


@pytest.fixture(autouse=True)
def forgotten(home: Path) -> None:
    with opened(home) as archive, archive.database.write() as tx:
        failures.sweep(tx, 1 << 40)


def lantai(home: Path, *words: str, status: int = 0) -> dict[str, Any]:
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        code = outcome(["--home", str(home), *words, "--json"], True)
    assert code == status, f"{words}: exit {code}\n{said.getvalue()}\n{told.getvalue()}"
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def add(home: Path, name: str, role: str, *words: str, lines: tuple[str, ...] = ()) -> dict[str, Any]:
    with typed(*lines):
        return lantai(home, "account", "add", name, "--role", role, *words)


def refused(home: Path, *words: str, lines: tuple[str, ...] = ()) -> str:
    with typed(*lines):
        return str(lantai(home, *words, status=3)["error"]["code"])


class Authenticator(io.StringIO):
    """Standard input of somebody who reads the address from standard error and types its code."""

    def __init__(self, *lines: str) -> None:
        super().__init__("".join(f"{line}\n" for line in lines))

    def readline(self, size: int | None = -1, /) -> str:
        line = super().readline()
        shown = sys.stderr.getvalue() if isinstance(sys.stderr, io.StringIO) else ""
        found = re.findall(r"secret=([A-Z2-7]+)", shown)
        return line if line or not found else pyotp.TOTP(found[-1]).now() + "\n"


def test_a_password_is_typed_at_once_or_set_by_the_code_that_was_given(home: Path) -> None:
    assert "code" not in add(home, "li", "researcher", lines=(PASSWORD,))
    code = add(home, "wang", "researcher")["code"]
    with typed("wrong", PASSWORD):
        assert lantai(home, "account", "password", "wang", status=3)["error"]["code"] == "sign-in-failed"
    with typed(code, PASSWORD):
        assert lantai(home, "account", "password", "--as", "wang")["password"]
    with typed(PASSWORD, OTHER):
        assert lantai(home, "account", "password", "wang")["password"]
    assert refused(home, "account", "password", "wang", lines=(PASSWORD, OTHER)) == "proof-refused"
    with typed(OTHER, "wang2026"):
        assert lantai(home, "account", "password", "wang", status=2)["error"]["code"] == "password-refused"
    with typed(OTHER):
        assert lantai(home, "account", "password", "wang", status=2)["error"]["code"] == "usage"
    with typed(lantai(home, "account", "code", "wang")["code"], PASSWORD):
        assert lantai(home, "account", "password", "wang", "--code")["password"]
    with typed("password1"):
        said = lantai(home, "account", "add", "zhao", "--role", "researcher", status=2)
    assert said["error"]["code"] == "password-refused"
    assert "zhao" not in [one["name"] for one in lantai(home, "account", "list")["accounts"]]


def test_what_is_proved_asks_whoever_it_is(home: Path) -> None:
    add(home, "chief", "security-officer")
    add(home, "deputy", "security-officer")
    appoint = ("account", "add", "sun", "--role", "researcher", "--as", "chief")
    assert refused(home, *appoint, lines=(PASSWORD,)) == NoPassword.code
    people.equip(home, "chief")
    assert refused(home, *appoint, lines=(PASSWORD,)) == "second-factor-needed"
    assert refused(home, *appoint, lines=("not it at all",)) == "proof-refused"
    assert refused(home, *appoint) == "proof-refused"
    assert refused(home, "account", "close", "li", "--reason", "x", "--as", "chief") == "proof-refused"
    lantai(home, "account", "list", "--as", "chief")
    lantai(home, "keys", "show", "--as", "chief")
    assert refused(home, "account", "add", "sun", "--role", "editor", "--as", "li") == "not-allowed"


def test_enrolling_a_factor_takes_office_and_its_codes_prove_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Authenticator("not it at all"))
    assert lantai(home, "account", "totp", "--as", "chief", status=3)["error"]["code"] == "proof-refused"
    monkeypatch.setattr(sys, "stdin", Authenticator(PASSWORD))
    done = lantai(home, "account", "totp", "--as", "chief")
    assert (done["second_factor"], done["founder_retired"]) == (True, True)
    for words in (
        ("account", "list"),
        ("account", "add", "sun", "--role", "researcher"),
        ("account", "code", "li"),
        ("search", "x"),
        ("sites",),
        ("account", "password"),
    ):
        assert refused(home, *words) == "not-allowed", words
    lantai(home, "worker", "--once")
    with opened(home) as archive, archive.database.read() as conn:
        from archive.credentials import credential

        secret = credential(conn, "chief").totp
    with opened(home) as archive:
        people.give(archive.database, "chief", totp=secret)
    code = pyotp.TOTP(secret).now()
    change = ("account", "change", "li", "--role", "editor", "--reason", "转岗", "--as", "chief")
    assert refused(home, *change, lines=(PASSWORD,)) == "proof-refused"
    with typed(PASSWORD, code):
        assert lantai(home, *change)["roles"] == ["editor"]
    assert refused(home, *change, lines=(PASSWORD, code)) == "proof-refused"


def test_a_standard_input_that_cannot_be_read_is_an_empty_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = io.StringIO()
    closed.close()
    for stdin in (None, closed):
        monkeypatch.setattr("lantai.secrets_in._terminal", lambda: False)
        monkeypatch.setattr(sys, "stdin", stdin)
        said = lantai(home, "account", "password", "li", status=3)
        assert said["error"]["code"] == "proof-refused"
