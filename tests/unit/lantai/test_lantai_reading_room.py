"""The commands of the reading room and of reports: a visit from its beginning to its end, certificates, files
that replace nothing unless they are told to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import ROOT, lantai
from staff import DOCUMENTS, PHOTOGRAPHS, staffed

CARD = "11010519491231002X"
OPEN, CLOSED = PHOTOGRAPHS[0], DOCUMENTS[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staffed(tmp_path_factory.mktemp("desk"))


def asked(home: Path, *words: str | Path, status: int = 0) -> Any:
    return lantai(home, "--as", "officer", *words, status=status).document


def enter(home: Path, number: str) -> subprocess.CompletedProcess[str]:
    """Enter a visitor whose document's number comes through a pipe."""
    words = ["--home", str(home), "--as", "officer", "visit", "enter", "--name", "王小明"]
    command = [sys.executable, "-m", "lantai.cli.main", *words, "--purpose", "history", "--json"]
    environment = {**os.environ, "LANTAI_LANG": "en"}
    return subprocess.run(
        command, input=f"{number}\n", capture_output=True, text=True, cwd=ROOT, env=environment
    )


@pytest.fixture(scope="module")
def visit(home: Path) -> Iterator[str]:
    done = enter(home, CARD)
    assert done.returncode == 0, done.stderr
    assert CARD not in done.stdout
    (one,) = asked(home, "visit", "list")["visits"]
    yield one["visit"]


def test_a_number_that_none_can_be_enters_nobody(home: Path, visit: str) -> None:
    done = enter(home, "110105194912310021")
    assert done.returncode != 0 and "cannot be one of this kind" in done.stdout + done.stderr
    assert [one["visit"] for one in asked(home, "visit", "list")["visits"]] == [visit]


def test_a_visit_is_kept_from_its_beginning_to_its_end(home: Path, visit: str) -> None:
    assert asked(home, "visit", "give", visit, OPEN)["items"][0]["act"] == "seen"
    asked(home, "visit", "give", visit, CLOSED, status=3)
    assert asked(home, "visit", "ask", visit, CLOSED, "--purpose", "寻亲")["requests"][0]["state"] == "asked"
    assert asked(home, "visit", "close", visit, "--outcome", "写入家谱")["state"] == "closed"
    told = asked(home, "visit", "show", visit)
    assert told["outcome"] == "写入家谱" and told["visitor"]["name"] == "王小明"
    assert asked(home, "visit", "forget") == {"forgotten": 0, "known": 1, "days": 1095}


def test_a_certificate_is_issued_printed_and_voided(home: Path, visit: str, tmp_path: Path) -> None:
    number = asked(home, "certificate", "issue", visit, OPEN, "--purpose", "退休")["certificate"]
    paper = tmp_path / "paper.pdf"
    asked(home, "certificate", "print", number, "-o", paper)
    first = paper.read_bytes()
    assert first[:5] == b"%PDF-" and paper.stat().st_mode & 0o777 == 0o600
    asked(home, "certificate", "void", number, "--reason", "填写有误")
    asked(home, "certificate", "print", number, "-o", paper, status=2)
    assert paper.read_bytes() == first
    asked(home, "certificate", "print", number, "-o", paper, "--force")
    assert paper.read_bytes() != first
    assert sorted(tmp_path.iterdir()) == [paper]
    assert asked(home, "certificate", "show", number)["void_reason"] == "填写有误"
    assert [one["state"] for one in asked(home, "certificate", "list")["certificates"]] == ["void"]


def test_that_a_paper_was_taken_stands_in_the_use_journal(home: Path, visit: str, tmp_path: Path) -> None:
    number = asked(home, "certificate", "issue", visit, OPEN, "--purpose", "落户")["certificate"]
    asked(home, "certificate", "print", number, "-o", tmp_path / "paper.pdf")
    (use, *_) = lantai(home, "--as", "auditor", "uses", "--kind", "download", status=0).document["uses"]
    assert (use["account"], use["code"]) == ("officer", OPEN)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "pdf"])
def test_a_list_is_written_and_replaces_nothing_unasked(home: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"list.{ending}"
    words = ["report", "items", "--fonds", "A014", "-o", file]
    assert asked(home, *words)["rows"] == 5
    first = file.read_bytes()
    assert first.startswith({"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF-"}[ending])
    before = len(lantai(home, "--as", "auditor", "uses", "--kind", "list", status=0).document["uses"])
    asked(home, *words, status=2)
    after = len(lantai(home, "--as", "auditor", "uses", "--kind", "list", status=0).document["uses"])
    assert (file.read_bytes(), after) == (first, before)
    assert asked(home, *words, "--force")["rows"] == 5
    assert sorted(tmp_path.iterdir()) == [file]
