"""Audit and doctor as a user runs them: exit codes, and one JSON document."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from batches import lantai, mixed_batch, new_home


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has taken one mixed batch in."""
    folder = tmp_path_factory.mktemp("taken")
    home = new_home(folder)
    lantai(home, "ingest", mixed_batch(folder), status=0)
    return home


@pytest.fixture
def home(taken: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(taken, tmp_path / "home"))


def set_path(home: Path, old: str, new: str) -> None:
    file = home / "lantai.toml"
    file.write_text(file.read_text("utf-8").replace(f'path = "{old}"', f'path = "{new}"'), "utf-8")


@pytest.mark.parametrize("shared", ["sites/site-a", "sites/site-a/", "sites/site-a/objects"])
def test_nothing_is_taken_in_where_two_sites_are_one_folder(home: Path, tmp_path: Path, shared: str) -> None:
    set_path(home, "sites/site-b", shared)
    for words in (["ingest", mixed_batch(tmp_path, seed=7), "--wait", "secured"], ["audit"], ["batches"]):
        refused = lantai(home, *words, status=4).document["error"]
        assert refused["code"] == "settings"
        assert "site-a and site-b" in refused["text"]
    doctor = lantai(home, "doctor", status=1).document
    assert [check["name"] for check in doctor["checks"] if not check["ok"]][-1] == "settings"


@pytest.mark.parametrize("words", [["--since", "soon"], ["--since", "2016-02-30"], ["--sample", "nan"]])
def test_an_audit_of_nothing_that_can_be_meant_is_a_usage_error(home: Path, words: list[str]) -> None:
    assert lantai(home, "audit", *words, status=2).document["error"]["code"] == "usage"


def test_an_audit_that_meets_no_object_does_not_pass(home: Path) -> None:
    told = lantai(home, "audit", "--since", "2999-01-01", status=1).document
    assert [site["objects"] for site in told["sites"]] == [0, 0]
    told = lantai(home, "audit", "--since", "2000-01-01", status=0).document
    assert [site["objects"] for site in told["sites"]] == [6, 6]
    assert told["scope"]["since"] == "2000-01-01T00:00:00Z"


def test_a_site_that_is_gone_is_told_and_the_others_result_is_kept(home: Path) -> None:
    victim = max((home / "sites/site-a/objects").rglob("o*"))
    victim.unlink()
    (home / "sites/site-b").rename(home / "sites/elsewhere")
    told = lantai(home, "audit", status=1).document
    assert [copy["object"] for copy in told["sites"][0]["missing"]] == [victim.name]
    assert told["sites"][1]["unreachable"]
    assert told["pending"]
    one = lantai(home, "audit", "--site", "site-a", status=1).document
    assert [site["site"] for site in one["sites"]] == ["site-a"]
    (home / "sites/elsewhere").rename(home / "sites/site-b")
    assert lantai(home, "audit", "--repair", status=1).document["pending"] == ""
    whole = lantai(home, "audit", status=0).document
    assert whole["sites"][0]["objects"] == whole["sites"][1]["objects"] == 6


def test_the_doctor_answers_whatever_is_missing(home: Path) -> None:
    (home / "keys/signing-key").unlink()
    (home / "lantai.toml").chmod(0o600)
    told = lantai(home, "doctor", status=1).document
    assert [check["name"] for check in told["checks"] if not check["ok"] and check["severity"] == "fail"] == [
        "home"
    ]
