"""Accounts as people use them: appointed, working under their names, refused what is not theirs."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from batches import Answer, codes, document, new_home, row, write_batch

from lantai.cli.main import outcome

OFFICER, OTHER, PUBLIC, HEAD = (("--as", name) for name in ("officer", "other", "public", "head"))


def lantai(home: Path, *words: str | Path, status: int) -> Answer:
    """The command as `batches.lantai` runs it, in this process: thirty of them are done in seconds."""
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        code = outcome(["--home", str(home), *map(str, words), "--json"], True)
    assert code == status, f"{words}: exit {code}\n{said.getvalue()}\n{told.getvalue()}"
    return Answer(code, json.loads(said.getvalue()), told.getvalue())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    home = new_home(folder)
    for name, role, fonds in (
        ("officer", "accession-officer", "A014"),
        ("other", "accession-officer", "B001"),
        ("head", "appraisal-head", "all"),
    ):
        lantai(home, "account", "add", name, "--role", role, "--fonds", fonds, status=0)
    lantai(home, "account", "add", "public", "--role", "researcher", status=0)
    return home


def test_from_the_first_appointment_on_everybody_does_their_own_work(home: Path, tmp_path: Path) -> None:
    batch = write_batch(tmp_path / "batch", {"a.pdf": document()}, [row("a.pdf", category="WS")])
    for refused in ((), OTHER, PUBLIC, HEAD):
        said = lantai(home, "ingest", batch, *refused, status=3).document
        assert said["error"]["code"] == "not-allowed"
    assert not list((home / "sites" / "site-a" / "objects").rglob("*.*"))
    report = lantai(home, "ingest", batch, *OFFICER, status=0).document
    (code,) = codes(report)
    assert code
    assert lantai(home, "ingest", batch, *OTHER, status=3).document["error"]["code"] == "not-allowed"

    for who, listed in ((OFFICER, 1), (OTHER, 0)):
        assert len(lantai(home, "batches", *who, status=0).document["batches"]) == listed
    ours = lantai(home, "batch", report["batch"], *OTHER, status=3).document["error"]["text"]
    theirs = lantai(home, "batch", "b0000", *OTHER, status=3).document["error"]["text"]
    assert ours.replace(report["batch"], "ID") == theirs.replace("b0000", "ID")

    assert lantai(home, "show", code, *PUBLIC, status=3).document["error"]["code"] == "not-found"
    deciding = ("appraise", code, "--status", "open", "--reason", "到期")
    assert lantai(home, *deciding, *OFFICER, status=3).document["error"]["code"] == "not-allowed"
    assert lantai(home, *deciding, *HEAD, status=0).document["decided"] == 1
    assert lantai(home, "search", "报告", *PUBLIC, status=0).document["total"] == 1

    (tmp_path / "list.csv").write_text(f"档号,题名\n{code},x\n", encoding="gb18030")
    closing = (
        "appraise",
        "--file",
        tmp_path / "list.csv",
        "--status",
        "closed",
        "--reason",
        "个人信息",
        *HEAD,
    )
    shown = lantai(home, *closing, status=0).document
    assert (shown["changes"], shown["decided"]) == (1, 0)
    assert lantai(home, "search", "报告", *PUBLIC, status=0).document["total"] == 1
    assert lantai(home, *closing, "--confirm", shown["token"], status=0).document["decided"] == 1
    assert lantai(home, "search", "报告", *PUBLIC, status=0).document["total"] == 0
    assert lantai(home, *closing, "--confirm", "0" * 20, status=2).document["error"]["code"] == "usage"


def test_the_account_of_init_still_appoints_and_looks_after_the_house(home: Path) -> None:
    assert lantai(home, "search", "报告", status=3).document["error"]["code"] == "not-allowed"
    assert lantai(home, "sites", status=0).document["sites"]
    assert lantai(home, "checkpoint", "--public-key", status=0).document["key"]
    assert lantai(home, "checkpoint", status=3).document["error"]["code"] == "not-allowed"
    lantai(home, "rebuild", "--views", status=0)
    listed = lantai(home, "account", "list", status=0).document
    assert [one["name"] for one in listed["accounts"]] == ["officer", "other", "head", "public"]
    assert len(lantai(home, "account", "roles", status=0).document["roles"]) == 11
    lantai(home, "account", "close", "other", "--reason", "left", status=0)
    assert lantai(home, "search", "x", *OTHER, status=3).document["error"]["code"] == "no-such-account"
    stranger = lantai(home, "search", "x", "--as", "stranger", status=3).document
    assert stranger["error"]["code"] == "no-such-account"


def test_a_batch_that_waits_is_its_senders_and_is_taken_up_again_as_its_senders(
    home: Path, tmp_path: Path
) -> None:
    lantai(home, "account", "add", "sender", "--role", "records-officer", "--fonds", "A014", status=0)
    lantai(home, "account", "add", "colleague", "--role", "records-officer", "--fonds", "A014", status=0)
    sender, colleague = ("--as", "sender"), ("--as", "colleague")
    batch = write_batch(tmp_path / "waiting", {"w.pdf": document(5)}, [row("w.pdf", category="WS")])
    (home / "sites" / "site-b").rename(away := home / "sites" / "away")
    name = lantai(home, "ingest", batch, *sender, status=4).document["batch"]
    assert [one["batch"] for one in lantai(home, "batches", *colleague, status=0).document["batches"]] != [
        name
    ]
    assert lantai(home, "batches", *sender, status=0).document["batches"][0]["batch"] == name
    assert lantai(home, "batch", name, *sender, status=4).document["state"] == "waiting"
    for words in (("batch", name), ("batch", name, "--cancel")):
        assert lantai(home, *words, *colleague, status=3).document["error"]["code"] == "not-found"
    away.rename(home / "sites" / "site-b")
    assert lantai(home, "worker", "--once", status=0).document["resumed"] == 1
    entered = lantai(home, "batches", *colleague, status=0).document["batches"][0]["batch"]
    (code,) = codes(lantai(home, "batch", entered, *colleague, status=0).document)
    assert lantai(home, "show", str(code), *sender, status=0).document["history"][0]["account"] == "sender"


def test_the_doctor_is_content_with_whoever_may_ask_it(home: Path) -> None:
    lantai(home, "account", "add", "operator", "--role", "storage-operator", status=0)
    for who in ((), ("--as", "operator")):
        (found,) = [
            one
            for one in lantai(home, "doctor", *who, status=0).document["checks"]
            if one["name"] == "carriers"
        ]
        assert (found["ok"], found["text"]) == (True, "0 kept")
