"""Retrieval and the fonds register at the command line: who types what, and what is shown once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from media import pdf

from archive import catalogue
from lantai.cli.main import run
from lantai.messages import catalogue as messages
from lantai.wiring import opened
from processes.errors import PasscodeRefused, RequestsWaiting
from processes.people.accounts import Appointment, appoint
from processes.people.credentials import initial_password

PASSWORD = "a long and quiet evening"
UNTIL = (datetime.now(UTC) + timedelta(30)).date().isoformat()
Types = Callable[..., Any]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with one item that nobody has reviewed, an officer with a password, and a researcher."""
    folder = tmp_path_factory.mktemp("retrieving")
    home = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": pdf(1)}, [row("a.pdf", category="WS")])
    lantai(home, "ingest", batch, status=0)
    with opened(home) as archive:
        tools = archive.tools()
        for name, role, fonds in (("desk", "accession-officer", ("A014",)), ("li", "researcher", ())):
            appoint(tools, Appointment(name, [role], fonds), archive.settings.account)
        initial_password(tools, "desk", PASSWORD)
        with archive.database.read() as conn:
            code = next(catalogue.all_items(conn)).item.code
    return home, code


@pytest.fixture
def types(
    kept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Types:
    """Runs a command as somebody who types lines; its document, or its words where `words` is true."""

    def ran(
        account: str, *said: str, typed: tuple[str, ...] = (), status: int = 0, words: bool = False
    ) -> Any:
        monkeypatch.setenv("LANTAI_LANG", "en")
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        told = [] if words else ["--json"]
        with pytest.raises(SystemExit) as ended:
            run(["--home", str(kept[0]), *said, "--as", account, *told])
        shown = capsys.readouterr()
        assert ended.value.code == status, shown
        return shown.out if words else json.loads(shown.out)

    return ran


def test_a_passcode_is_shown_once_and_typed_by_whoever_was_granted_the_item(
    kept: tuple[Path, str], types: Types, tmp_path: Path
) -> None:
    code = kept[1]
    asked = types("li", "retrieval", "ask", code, "--purpose", "编史", "--copy")["request"]
    types("li", "show", code, status=3)
    terms = ("retrieval", "grant", asked, "--until", UNTIL, "--reason", "领导批示")
    types("desk", *terms, status=3)
    types("desk", *terms, typed=("not the password",), status=3)
    told = types("desk", *terms, typed=(PASSWORD,))
    assert (told["state"], told["item"]["code"]) == ("granted", code)
    passcode = told["passcode"]
    assert passcode not in types("desk", "retrieval", "list", words=True)
    assert types("li", "show", code, "--grant", asked, typed=(passcode,))["code"] == code
    target = tmp_path / "got.pdf"
    types("li", "get", code, "-o", str(target), "--grant", asked, typed=(passcode,))
    assert target.read_bytes().startswith(b"%PDF-")
    types("li", "show", code, "--grant", asked, typed=("7K3QF-M0ZXA",), status=3)
    types("li", "show", code, "--grant", "rnobody", typed=(passcode,), status=3)
    types("desk", "retrieval", "revoke", asked, "--reason", "用毕", typed=(PASSWORD,))
    types("li", "show", code, "--grant", asked, typed=(passcode,), status=3)


def test_what_may_be_looked_at_is_not_fetched(kept: tuple[Path, str], types: Types, tmp_path: Path) -> None:
    code = kept[1]
    asked = types("li", "retrieval", "ask", code, "--purpose", "编史")["request"]
    terms = ("retrieval", "grant", asked, "--until", UNTIL, "--reason", "批示")
    said = types("desk", *terms, typed=(PASSWORD,), words=True)
    passcode = said.split("Passcode: ")[1].split()[0]
    assert types("li", "show", code, "--grant", asked, typed=(passcode,))["code"] == code
    target = tmp_path / "got.pdf"
    types("li", "get", code, "-o", str(target), "--grant", asked, typed=(passcode,), status=2)
    assert not target.exists()
    anew = types("desk", "retrieval", "passcode", asked, typed=(PASSWORD,))["passcode"]
    types("li", "show", code, "--grant", asked, typed=(passcode,), status=3)
    types("li", "show", code, "--grant", asked, typed=(anew,))


def test_the_register_is_told_in_words(types: Types, tmp_path: Path) -> None:
    guide = tmp_path / "guide.txt"
    guide.write_text("一、沿革\n二、内容\n", "utf-8")
    types("desk", "fonds", "enter", "A014", "--name", "某局", "--since", "1950", "--reason", "建册")
    types("desk", "fonds", "rename", "A014", "--name", "某厅", "--since", "1983-05", "--reason", "改")
    types("desk", "fonds", "describe", "A014", "notes=内情", "--guide", str(guide), "--reason", "编")
    types("desk", "fonds", "describe", "A014", "--reason", "编", status=2)
    filing = ("fonds", "file", "A014", "--section", "use", "--title", "统计", "--text", str(guide))
    paper = types("desk", *filing)["paper"]
    said = types("li", "fonds", "show", "A014", words=True)
    assert [line for line in said.splitlines() if "某" in line] == [
        "A014  某厅  1950–",
        "  某局 since 1950",
        "  某厅 since 1983-05",
    ]
    assert "    二、内容" in said
    assert "内情" not in said
    assert "    二、内容" in types("desk", "fonds", "show", "A014", "--paper", paper, words=True)
    types("li", "fonds", "show", "A014", "--paper", paper, status=3)
    types("li", "fonds", "enter", "B001", "--name", "某局", "--reason", "建册", status=3)
    assert types("li", "fonds", "list", words=True) == "A014  某厅  1950–\n"


def test_refusals_are_told_in_chinese_as_well() -> None:
    for error in (PasscodeRefused(), RequestsWaiting(50)):
        assert messages()[f"error-{error.code}"]["zh"]
