"""The archive's own keys from the command line: sealed, rotated, split; no secret where it should not be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
from batches import ROOT, lantai, new_home, row, write_batch
from media import pdf
from transit_engine import TransitEngine

from lantai.cli.main import outcome

PASSPHRASE = "correct horse battery staple"


def typed(home: Path, *words: str, lines: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A command with lines on its standard input, as from a pipe."""
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), *words]
    env = {**os.environ, "LANTAI_LANG": "en", **environment}
    return subprocess.run(
        command, input=lines, capture_output=True, text=True, cwd=ROOT, env=env, timeout=120
    )


def a_batch(folder: Path, pages: int = 1) -> Path:
    return write_batch(folder, {"a.pdf": pdf(pages)}, [row("a.pdf", category="WS")])


def whole(home: Path, **environment: str) -> bool:
    return lantai(home, "audit", **environment).status == 0


def test_a_new_home_sealed_by_a_passphrase_opens_with_it_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    known = {"LANTAI_PASSPHRASE": PASSPHRASE}
    lantai(home, "init", "--seal", "passphrase", status=0, **known)
    lantai(home, "ingest", a_batch(tmp_path / "batch"), "--wait", "secured", status=0, **known)
    for wrong in ({"LANTAI_PASSPHRASE": "another one, and wrong"}, {}):
        refused = typed(home, "doctor", "--json", **wrong)
        assert refused.returncode == 1
        assert "passphrase" in refused.stdout or "secret" in refused.stdout
    assert typed(home, "audit", lines=PASSPHRASE + "\n").returncode == 0
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    (tmp_path / "passphrase").chmod(0o600)
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + f'passphrase_file = "{tmp_path}/passphrase"\n', "utf-8")
    assert whole(home)
    for path in home.rglob("*"):
        assert not path.is_file() or PASSPHRASE.encode() not in path.read_bytes()


def test_a_passphrase_is_typed_without_echo_and_once_for_the_work_behind(tmp_path: Path) -> None:
    home = new_home(tmp_path, background=True)
    command = ["-m", "lantai.cli.main", "--home", str(home)]
    env: Any = {**os.environ, "LANTAI_LANG": "en"}
    seal = pexpect.spawn(
        sys.executable, [*command, "keys", "seal", "--to", "passphrase"], cwd=ROOT, env=env, encoding="utf-8"
    )
    seal.expect("New passphrase:")
    seal.sendline(PASSPHRASE)
    seal.expect("The same again:")
    seal.sendline(PASSPHRASE)
    seal.expect(pexpect.EOF)
    seal.close()
    assert seal.exitstatus == 0
    ingest = pexpect.spawn(
        sys.executable,
        [*command, "ingest", str(a_batch(tmp_path / "batch"))],
        cwd=ROOT,
        env=env,
        encoding="utf-8",
    )
    ingest.expect("Passphrase of the archive's keys:")
    ingest.sendline("not the right one")
    ingest.expect("Passphrase of the archive's keys:")
    ingest.sendline(PASSPHRASE)
    ingest.expect(pexpect.EOF, timeout=60)
    ingest.close()
    assert ingest.exitstatus == 0
    assert PASSPHRASE not in (ingest.before or "")
    lantai(home, "worker", "--once", status=0, LANTAI_PASSPHRASE=PASSPHRASE)
    batches = lantai(home, "batches", status=0, LANTAI_PASSPHRASE=PASSPHRASE).document
    assert "secured" in str(batches)


@pytest.mark.long
def test_a_home_behind_a_transit_engine_opens_while_the_engine_lets_it(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s.good\n")
    token.chmod(0o600)
    home = tmp_path / "home"
    with TransitEngine() as engine:
        engine_words = ("--transit-url", engine.url, "--transit-token-file", str(token))
        lantai(home, "init", "--seal", "transit", *engine_words, status=0)
        assert {path for path, _token, _body in engine.asked} == {
            "/v1/transit/encrypt/lantai",
            "/v1/transit/decrypt/lantai",
        }
        lantai(home, "ingest", a_batch(tmp_path / "batch"), "--wait", "secured", status=0)
        engine.rotate()
        done = lantai(home, "keys", "rotate", status=0)
        assert done.document["keys"] == 4
        assert '"vault:v2:' in (home / "keys/key-encryption-key").read_text()
        engine.sealed = True
        told = lantai(home, "audit", status=4)
        assert told.document["error"]["code"] == "transit-unavailable"
        engine.sealed = False
        engine.tokens.clear()
        told = lantai(home, "audit", status=4)
        assert told.document["error"]["code"] == "secret-refused"
        assert "s.good" not in str(told.document) + told.errors
        engine.tokens["s.good"] = {"encrypt/lantai", "decrypt/lantai"}
        assert lantai(home, "keys", "seal", "--to", "none", status=0).document["seal"] == "none"
    assert whole(home)
    doctor = lantai(home, "doctor")
    assert {c["name"]: c["ok"] for c in doctor.document["checks"]}["key seal"]


@pytest.mark.long
def test_keys_are_rotated_and_shown_and_the_ledger_says_so(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", a_batch(tmp_path / "batch"), status=0)
    before = lantai(home, "keys", "show", status=0).document
    lantai(home, "keys", "rotate", status=0)
    lantai(home, "keys", "seal", "--to", "transit", status=2)
    lantai(home, "keys", "rotate", "--signing", "--compromised", "--reason", "a stolen laptop", status=0)
    made = lantai(home, "keys", "rotate", "--recovery", status=0).document["recovery_key"]
    after = lantai(home, "keys", "show", status=0).document
    assert before["key_encryption_key"] != after["key_encryption_key"]
    assert before["signing_key"] != after["signing_key"]
    assert (after["unfinished"], after["outdated_sites"]) == ([], {})
    assert typed(home, "keys", "split", LANTAI_RECOVERY_KEY=made).returncode == 0
    assert whole(home)


def test_the_new_recovery_key_is_shown_with_what_losing_it_means(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    told = typed(home, "keys", "rotate", "--recovery").stdout
    assert "Without it, the loss of this machine is the loss of every record" in told
    assert "Destroy the old one" in told


def test_a_new_recovery_key_is_told_whatever_fails_after_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script reads it from the document: there is no other time to see it."""
    from archive.errors import DatabaseBroken
    from processes.custody import rotate_recovery

    def fails(*_: object) -> None:
        raise DatabaseBroken("the disk is full")

    home = new_home(tmp_path)
    monkeypatch.setattr(rotate_recovery, "_enter", fails)
    assert outcome(["--home", str(home), "keys", "rotate", "--recovery", "--json"], as_json=True) == 4
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["code"] == "database-broken"
    assert typed(home, "keys", "split", LANTAI_RECOVERY_KEY=told["recovery_key"]).returncode == 0


def test_a_recovery_key_is_split_on_paper_and_joined_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = lantai(home, "init", status=0).document["recovery_key"]
    told = typed(home, "keys", "split", "--json", lines=key.lower() + "\n")
    assert told.returncode == 0
    shares = json.loads(told.stdout)["shares"]
    assert len(shares) == 5
    joined = typed(home, "keys", "join", lines=f"{shares[4]}\n{shares[0]}\n{shares[2]}\n")
    assert key in joined.stdout
    few = typed(home, "keys", "join", lines=f"{shares[4]}\n")
    assert few.returncode == 4
    wrong = typed(home, "keys", "join", lines=f"{shares[4][:-1]}\n")
    assert wrong.returncode == 2
    assert shares[4][:-1] not in wrong.stderr


def test_a_recovery_key_of_another_archive_is_not_split(tmp_path: Path) -> None:
    home, other = new_home(tmp_path), tmp_path / "other"
    key = lantai(other, "init", status=0).document["recovery_key"]
    told = typed(home, "keys", "split", lines=key + "\n")
    assert told.returncode == 4
    assert "not the recovery key of this archive" in told.stderr
    assert key not in told.stdout + told.stderr


@pytest.mark.parametrize("option", ["--passphrase", "--recovery-key", "--share", "--token"])
def test_no_secret_is_taken_as_an_argument(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["init"], ["keys", "seal"], ["keys", "split"], ["keys", "join"], ["keys", "rotate"]):
        assert outcome([*command, option, "x"], as_json=False) == 2
    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["rotate", "--signing"],
        ["rotate", "--signing", "--recovery", "--reason", "x"],
        ["rotate", "--compromised"],
        ["rotate", "--signing", "--untrusted-from", "3", "--reason", "x"],
        ["seal"],
        ["seal", "--to", "paper"],
    ],
)
def test_what_cannot_be_meant_is_a_mistake(words: list[str]) -> None:
    assert outcome(["keys", *words], as_json=False) == 2


def test_a_process_that_holds_keys_leaves_no_core(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    program = (
        "import ctypes, resource, sys; from pathlib import Path; from lantai.wiring import opened\n"
        f"with opened(Path({str(home)!r})):\n"
        "    print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.stdout.split() == ["0", "0"]


def test_an_ingest_beside_rotations_loses_no_key(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", a_batch(tmp_path / "first"), status=0)
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), "ingest", "--json"]
    env = {**os.environ, "LANTAI_LANG": "en"}
    running = [
        subprocess.Popen(
            [*command, str(a_batch(tmp_path / f"b{n}", n))], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
        )
        for n in (2, 3)
    ]
    for _ in range(2):
        lantai(home, "keys", "rotate", status=0)
    assert [one.wait(120) for one in running] == [0, 0]
    lantai(home, "keys", "rotate", status=0)
    assert whole(home)
