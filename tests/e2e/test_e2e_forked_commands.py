"""Commands that tests fork from a loaded process answer as those of a process from nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from batches import ROOT

ENVIRONMENT = {**os.environ, "LANTAI_LANG": "zh"}


@pytest.mark.parametrize("words", [["batches"], ["show", "A014-WS·2016-Y-BGS-0001"], ["nonsense"], []])
def test_a_forked_command_answers_as_one_from_nothing(words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "家"
    assert warm.run(["--home", str(home), "init"], ENVIRONMENT).returncode == 0
    asked = ["--home", str(home), *words]
    command = [sys.executable, "-m", "lantai.cli.main", *asked]
    cold = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT)
    assert warm.run(asked, ENVIRONMENT) == warm.Done(cold.returncode, cold.stdout, cold.stderr)


def test_what_one_command_was_told_the_next_does_not_know() -> None:
    there = {**ENVIRONMENT, "LANTAI_HOME": "/nowhere/first"}
    assert "/nowhere/first" in "".join(_said(warm.run(["batches", "--json"], there)))
    assert "/nowhere/first" not in "".join(_said(warm.run(["batches", "--json"], ENVIRONMENT)))


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(["--home", str(tmp_path / "home"), "init"], ENVIRONMENT, timeout=0.001)


def test_a_forked_program_ends_though_its_pool_still_has_idle_threads(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\nprint(pool.submit(pow, 2, 3).result())\nsys.exit(5)\n",
        "utf-8",
    )
    assert warm.run([], ENVIRONMENT, timeout=30, program=program) == warm.Done(5, "8\n", "")


def _said(done: warm.Done) -> tuple[str, str]:
    return done.stdout, done.stderr
