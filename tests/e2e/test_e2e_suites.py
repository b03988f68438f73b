"""The commercial suite from end to end, and both suites side by side in one archive."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from batches import codes, lantai, mixed_batch, new_home

SUITES = {"international": "cobblestone-256", "commercial": "cobblestone-sm4"}
REPORT = "A014-WS·2016-Y-BGS-0001"
PHOTOGRAPHS = ("A014-ZP·2016-Y-BGS-0001", "A014-ZP·2016-Y-BGS-0002")


def set_suite(home: Path, suite: str) -> None:
    file = home / "lantai.toml"
    lines = [
        f'suite = "{suite}"' if line.startswith("suite =") else line
        for line in file.read_text("utf-8").split("\n")
    ]
    file.write_text("\n".join(lines), "utf-8")


def in_the_foreground(home: Path) -> None:
    """No work in the background: what a test looks at stays as it is."""
    file = home / "lantai.toml"
    file.write_text(file.read_text("utf-8").replace("background = true", "background = false"), "utf-8")


def keyring(home: Path, batch: str) -> dict[str, Any]:
    """What the keyring of `batch` says of itself; the same at both sites."""
    found = [
        json.loads((home / f"sites/{site}/keyrings/{batch}.json").read_bytes())
        for site in ("site-a", "site-b")
    ]
    assert found[0] == found[1]
    return dict(found[0])


def ciphers(home: Path, code: str) -> set[tuple[str, bool]]:
    """How an item's components are sealed, and whether each has an SM3."""
    shown = lantai(home, "show", code, status=0).document
    return {(part["cipher"], "sm3" in part) for part in shown["components"]}


def fetched(home: Path, code: str, to: Path) -> bytes:
    """The item's first component as `get` writes it, which is what `show` says."""
    lantai(home, "get", code, "-o", to, status=0)
    content = to.read_bytes()
    part = lantai(home, "show", code, status=0).document["components"][0]
    assert hashlib.sha256(content).hexdigest() == part["sha256"]
    assert "sm3" not in part or hashlib.new("sm3", content).hexdigest() == part["sm3"]
    return content


def keys_of(home: Path, folder: Path) -> dict[str, Path]:
    """A file of both keys, and one of each."""
    lantai(home, "checkpoint", "--public-key", "-o", folder / "both.key", status=0)
    lines = (folder / "both.key").read_text("ascii").splitlines(keepends=True)
    names = ["ed25519", "sm2"][: len(lines)]
    for name, line in zip(names, lines, strict=True):
        (folder / f"{name}.key").write_text(line, "ascii")
    return {name: folder / f"{name}.key" for name in ("both", *names)}


def told_by_doctor(home: Path, name: str) -> str:
    """What the doctor says of one thing, "" where it says nothing."""
    checks = lantai(home, "doctor").document["checks"]
    return next((str(check["text"]) for check in checks if check["name"] == name), "")


def checked(told: Mapping[str, Any]) -> list[str]:
    return [key["algorithm"] for key in told["keys"]]


@pytest.fixture(scope="module")
def commercial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the commercial suite that has taken one batch in, read back at both sites."""
    folder = tmp_path_factory.mktemp("commercial")
    home = new_home(folder, suite="commercial")
    taken = lantai(home, "ingest", mixed_batch(folder), "--wait", "secured", status=0).document
    assert taken["state"] == "secured"
    return home


def test_everything_new_is_of_the_commercial_suite(commercial: Path) -> None:
    batch = lantai(commercial, "batches", status=0).document["batches"][0]["batch"]
    for name in ("archive", batch):
        found = keyring(commercial, name)
        assert (found["cipher"], found["wrap"]) == ("cobblestone-sm4", "sm4-gcm")
    assert ciphers(commercial, REPORT) == {("cobblestone-sm4", True)}
    head = lantai(commercial, "checkpoint", status=0).document["note"]
    assert head.count("\n— ") == 2
    assert told_by_doctor(commercial, "suite") == (
        "commercial: cobblestone-sm4, sha256, sm3, sm4-gcm, ed25519, sm2"
    )
    assert told_by_doctor(commercial, "key wrapping") == ""


def test_content_comes_back_and_is_proved_to_a_stranger_with_either_key_or_both(
    commercial: Path, tmp_path: Path
) -> None:
    fetched(commercial, REPORT, tmp_path / "report.pdf")
    lantai(commercial, "prove", REPORT, "-o", tmp_path / "proof", status=0)
    lantai(commercial, "checkpoint", "-o", tmp_path / "head", status=0)
    keys = keys_of(commercial, tmp_path)
    for name, algorithms in (("both", ["ed25519", "sm2"]), ("ed25519", ["ed25519"]), ("sm2", ["sm2"])):
        files = [tmp_path / file for file in ("proof", "report.pdf", "head")]
        told = lantai(tmp_path, "verify", *files, "--key", keys[name], status=0).document
        assert checked(told) == algorithms


@pytest.mark.parametrize("algorithm", [0, 1])
def test_a_wrong_signature_of_one_key_is_found_by_whoever_gives_that_key(
    commercial: Path, tmp_path: Path, algorithm: int
) -> None:
    lantai(commercial, "checkpoint", "-o", tmp_path / "head", status=0)
    keys = keys_of(commercial, tmp_path)
    lines = (tmp_path / "head").read_text("utf-8").splitlines(keepends=True)
    place = len(lines) - 2 + algorithm
    lines[place] = (
        lines[place][:-10] + ("AAAAA" if lines[place][-10:-5] != "AAAAA" else "BBBBB") + lines[place][-5:]
    )
    (tmp_path / "head").write_text("".join(lines), "utf-8")
    named = ["ed25519", "sm2"]
    for name in ("both", named[algorithm]):
        told = lantai(tmp_path, "verify", tmp_path / "head", "--key", keys[name], status=1).document
        assert "altered" in told["checks"][0]["text"]
    lantai(tmp_path, "verify", tmp_path / "head", "--key", keys[named[1 - algorithm]], status=0)


@pytest.mark.long
def test_damage_is_found_read_around_and_mended(commercial: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(commercial, tmp_path / "home"))
    victim = max((home / "sites/site-a/objects").rglob("o*"), key=lambda path: path.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[:70_000] + bytes([whole[70_000] ^ 1]) + whole[70_001:])
    lantai(home, "audit", status=1)
    for code in PHOTOGRAPHS:
        fetched(home, code, tmp_path / f"{code}.jpg")
    lantai(home, "audit", "--repair", status=1)
    assert victim.read_bytes() == whole
    lantai(home, "audit", status=0)


@pytest.mark.long
def test_an_archive_goes_to_the_other_suite_and_back_and_reads_everything(tmp_path: Path) -> None:
    home = tmp_path / "home"
    recovery_key = lantai(home, "init", status=0).document["recovery_key"]
    in_the_foreground(home)
    made, batches = {}, []
    for number, (suite, cipher) in enumerate(SUITES.items()):
        set_suite(home, suite)
        batch = mixed_batch(tmp_path, f"batch-{number}", seed=1 + 10 * number)
        told = lantai(home, "ingest", batch, status=0).document
        assert keyring(home, told["batch"])["cipher"] == cipher
        batches.append(told["batch"])
        report = codes(told)[3] or ""
        made[report] = (batch / "report.pdf").read_bytes()
    assert lantai(home, "checkpoint", status=0).document["note"].count("\n— ") == 2
    assert "aes-kwp, not sm4-gcm" in told_by_doctor(home, "key wrapping")
    lantai(home, "keys", "rotate", status=0)
    assert {
        (keyring(home, name)["wrap"], keyring(home, name)["cipher"]) for name in ("archive", *batches)
    } == {("sm4-gcm", cipher) for cipher in SUITES.values()}
    key = keys_of(home, tmp_path)["both"]
    for number, (code, content) in enumerate(made.items()):
        proof, copy = tmp_path / f"proof-{number}", tmp_path / f"content-{number}"
        assert fetched(home, code, copy) == content
        lantai(home, "prove", code, "-o", proof, status=0)
        told = lantai(tmp_path, "verify", proof, copy, "--key", key, status=0).document
        assert checked(told) == ["ed25519", "sm2"]
    set_suite(home, "international")
    lantai(home, "audit", status=0)
    lantai(home, "rebuild", "--views", status=0)
    for number, (code, content) in enumerate(made.items()):
        assert ciphers(home, code) == {(list(SUITES.values())[number], number == 1)}
        assert fetched(home, code, tmp_path / f"again-{number}") == content
    assert lantai(home, "checkpoint", status=0).document["note"].count("\n— ") == 1
    set_suite(home, "commercial")
    blank, head = tmp_path / "blank", tmp_path / "head"
    lantai(home, "checkpoint", "-o", head, status=0)
    words = ["restore", "--from", str(home / "sites/site-b"), "--to", blank, "--checkpoint", head]
    lantai(blank, *words, status=0, LANTAI_RECOVERY_KEY=recovery_key)
    with closing(sqlite3.connect(home / "database.sqlite")) as database:
        counted = database.execute("select count(*) from entry where type = 'suite.changed'").fetchone()
    assert counted == (3,)
    assert 'suite = "commercial"' in (blank / "lantai.toml").read_text("utf-8")
    for number, (code, content) in enumerate(made.items()):
        lantai(blank, "get", code, "-o", tmp_path / f"restored-{number}", status=0)
        assert (tmp_path / f"restored-{number}").read_bytes() == content


def test_a_suite_that_there_is_not_is_a_usage_error(tmp_path: Path) -> None:
    told = lantai(tmp_path / "home", "init", "--suite", "rot13", status=2).document["error"]
    assert "international or commercial" in told["text"]
    assert not (tmp_path / "home").exists()
