"""Words that are not UTF-8, terminals that are not, and a person who presses Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batches import ROOT, lantai, mixed_batch, new_home, photograph, row, write_batch

COMMAND = [sys.executable, "-m", "lantai.cli.main", "--home"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    home = new_home(folder)
    lantai(home, "ingest", mixed_batch(folder), status=0)
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "home"))


@pytest.mark.parametrize("words", [[b"show", b"A\xff"], [b"ingest", b".", b"--fonds", b"A\xff"]])
def test_words_that_are_not_utf_8_are_a_usage_mistake(home: Path, words: list[bytes]) -> None:
    said = subprocess.run([*COMMAND, str(home), *words, b"--json"], cwd=ROOT, capture_output=True)
    assert said.returncode == 2
    assert json.loads(said.stdout)["error"]["code"] == "usage"


def test_a_terminal_that_cannot_print_a_title_gets_its_escapes_and_json_stays_utf_8(home: Path) -> None:
    poor = {**os.environ, "PYTHONIOENCODING": "latin-1", "LANTAI_LANG": "en"}
    command = [*COMMAND, str(home), "search", "报告"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, env=poor)
    assert said.returncode == 0
    assert b"\\u62a5\\u544a" in said.stdout
    said = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, env=poor)
    assert json.loads(said.stdout.decode("utf-8"))["total"] == 5


def test_a_folder_whose_name_is_not_utf_8_is_taken_in(tmp_path: Path, home: Path) -> None:
    batch = write_batch(tmp_path / "plain", {"a.jpg": photograph(7)}, [row("a.jpg", category="ZP")])
    odd = os.fsencode(tmp_path) + b"/\xce\xc4\xbc\xfe"
    shutil.move(os.fsencode(batch), odd)
    said = subprocess.run([*COMMAND, str(home), "ingest", odd, "--json"], cwd=ROOT, capture_output=True)
    assert said.returncode == 0
    assert json.loads(said.stdout)["counts"]["registered"] == 1


def test_ctrl_c_is_one_error_document_and_the_next_run_goes_on(tmp_path: Path, home: Path) -> None:
    files = {f"{n}.jpg": photograph(40 + n) for n in range(8)}
    rows = [row(name, category="ZP") for name in files]
    batch = write_batch(tmp_path / "long", files, rows)
    slow = (
        "import sys, time, ingest.pipeline as p\n"
        "from lantai.cli.main import run\n"
        "judge = p.judge\n"
        "def waiting(*a, **k):\n"
        "    sys.stderr.write('judging\\n'); sys.stderr.flush(); time.sleep(4)\n"
        "    return judge(*a, **k)\n"
        "p.judge = waiting\n"
        "run()\n"
    )
    command = [sys.executable, "-c", slow, "--home", str(home), "ingest", str(batch), "--json"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stderr is not None
    running.stderr.readline()
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 4
    assert json.loads(printed)["error"]["code"] == "interrupted"
    assert lantai(home, "ingest", batch, status=0).document["counts"]["registered"] == 8


@pytest.mark.parametrize("words", [["sites"], ["sites", "--json"], ["show", "A014"], ["doctor", "--json"]])
def test_an_answer_that_cannot_be_written_is_no_success(home: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    if words[0] == "show":  # it has nothing for standard output
        assert done.returncode in (2, 3)
    else:
        assert done.returncode == 4
        assert done.stderr
