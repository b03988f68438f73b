"""Carriers and packages as an operator makes them: commands, exit codes, words in both languages."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import warm
from batches import lantai, mixed_batch, new_home

from lantai.cli.main import outcome

CODE = "A014-WS·2016-Y-BGS-0001"


@pytest.fixture(scope="module")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("holdings")
    home = new_home(folder)
    lantai(home, "ingest", mixed_batch(folder), status=0)
    return home


@pytest.fixture
def home(holdings: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(holdings, tmp_path / "home"))


def said(home: Path, *words: str | Path, language: str = "zh", status: int = 0) -> str:
    asked = ["--home", str(home), *map(str, words)]
    done = warm.run(asked, {**os.environ, "LANTAI_LANG": language}, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_carrier_from_writing_to_its_loss(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "库房"
    wish = ("carriers", "write", "--set", "off-site", "--to", out, "--size", "4.7GB", "--kept-at", "济南")
    made = lantai(home, *wish, status=0).document
    (one,) = made["carriers"]
    assert (one["number"], one["items"], one["missing"], made["kind"]) == ("OS0001", 5, [], "sealed")
    (listed,) = lantai(home, "carriers", "list", status=0).document["carriers"]
    assert (listed["kept_at"], listed["outcome"], listed["overdue"]) == ("济南", "whole", False)
    assert lantai(home, "carriers", "check", one["path"], status=0).document["outcome"] == "whole"
    spoilt = next(path for path in Path(one["path"], "data/objects").rglob("o*") if path.is_file())
    content = spoilt.read_bytes()
    spoilt.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = lantai(home, "carriers", "check", one["path"], status=1).document
    assert found["damaged"] == [spoilt.relative_to(one["path"]).as_posix()]
    assert [due["number"] for due in lantai(home, "carriers", "due", status=1).document["carriers"]] == [
        "OS0001"
    ]
    checks = {check["name"]: check for check in lantai(home, "doctor").document["checks"]}
    assert checks["carriers"]["ok"] is False
    lantai(home, "carriers", "lost", "OS0001", "--reason", "划伤", status=0)
    assert lantai(home, "carriers", "due", status=0).document["carriers"] == []


def test_what_carriers_cannot_be_asked_for(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(*words: str | Path) -> tuple[int, Any]:
        status = outcome(["--home", str(home), *map(str, words), "--json"], as_json=True)
        return status, json.loads(capsys.readouterr().out)

    write = ("carriers", "write", "--to", tmp_path / "out", "--set")
    for words in (
        ("preservation", "--size", "large"),
        ("preservation", "--size", "1000"),
        ("use", "--restricted-too"),
        ("preservation", "--restricted-too"),
        ("use", "--with-keys"),
        ("elsewhere",),
        ("preservation", "--since", "yesterday"),
    ):
        status, document = asked(*write, *words)
        assert (status, document["error"]["code"]) == (2, "usage"), words
    assert not (tmp_path / "out").exists()
    status, document = asked(*write, "use")
    assert (status, document["carriers"], document["left_out"]) == (1, [], 5)
    assert asked("carriers", "check", tmp_path / "nothing")[0] == 3
    assert asked("carriers", "lost", "PR0009", "--reason", "x")[0] == 3
    for words in (("--to", tmp_path / "new"), (CODE, "--all", "--to", tmp_path / "new")):
        assert asked("export", *words)[0] == 2
    status, document = asked("export", "A014-WS·2016-Y-BGS-9999", "--to", tmp_path / "new")
    assert (status, document["error"]["code"]) == (3, "not-found")
    assert not (tmp_path / "new").exists()


@pytest.mark.long
def test_carriers_and_packages_answer_in_words(home: Path, tmp_path: Path) -> None:
    out, plain = tmp_path / "out", tmp_path / "plain"
    written = said(home, "carriers", "write", "--set", "preservation", "--to", out, "--image", "--with-keys")
    assert "载体 PR0001（封存保管，加密）：5 件" in written
    assert "须另行销毁这些载体" in written
    assert "未列入 5 件" in said(home, "carriers", "write", "--set", "use", "--to", plain, status=1)
    listed = said(home, "carriers", "list")
    assert "PR0001  封存保管  加密  光盘，光盘映像" in listed
    assert "完好" in said(home, "carriers", "check", out / "PR0001.iso")
    assert "没有到期" in said(home, "carriers", "due")
    assert "已登记为灭失" in said(home, "carriers", "lost", "PR0001", "--reason", "遗失")
    assert "已导出 1 个信息包" in said(home, "export", CODE, "--to", tmp_path / "packages")
    exported = said(home, "export", "--all", "--to", tmp_path / "all", "--format", "eep", language="en")
    assert "5 packages (eep) of 5 items" in exported
    assert "5 records in them not open" in exported


def test_export_tells_what_it_was_asked_and_did(home: Path, tmp_path: Path) -> None:
    done = lantai(
        home, "export", "--all", "--format", "transfer", "--to", tmp_path / "out", status=0
    ).document
    assert (done["packages"], done["items"], done["not_open"], done["failed"]) == (1, 5, 5, [])
    told = json.loads((tmp_path / "out/report.json").read_text("utf-8"))
    assert {name: done[name] for name in told if name != "time"} == {
        name: value for name, value in told.items() if name != "time"
    }
    lantai(home, "export", "--all", "--to", tmp_path / "out", status=2)
