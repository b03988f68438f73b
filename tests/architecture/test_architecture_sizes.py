"""Files and functions stay small enough to be read at one sitting."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("archive", "benchmarks", "ingest", "lantai", "policies", "processes", "search", "storage", "tests")
FILE_LINES, FILE_MEDIAN = 300, 140
FUNCTION_LINES, FUNCTION_MEDIAN = 50, 8


def sources(*folders: str) -> list[Path]:
    """Python files that git knows or would add; all of them where there is no git."""
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    paths = [ROOT / line for line in found.stdout.splitlines() if line.endswith(".py")]
    paths = paths or [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in paths if path.is_file()]


def functions(path: Path) -> list[tuple[str, int]]:
    """(name, lines) of each function of a file, decorators not counted."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_longer_than_300_lines(folder: str) -> None:
    long = {str(path.relative_to(ROOT)): lines(path) for path in sources(folder) if lines(path) > FILE_LINES}
    assert not long


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_is_longer_than_50_lines(folder: str) -> None:
    every = [function for path in sources(folder) for function in functions(path)]
    assert not [f"{name}: {size} lines" for name, size in every if size > FUNCTION_LINES]


def test_the_usual_file_and_the_usual_function_are_shorter_still() -> None:
    rooms = sources(*(folder for folder in FOLDERS if folder not in ("tests", "benchmarks")))
    assert median(lines(path) for path in rooms if lines(path) > 5) <= FILE_MEDIAN
    assert median(size for path in rooms for _, size in functions(path)) <= FUNCTION_MEDIAN
