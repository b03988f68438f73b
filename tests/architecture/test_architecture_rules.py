"""Rules of the house that a machine can hold: layers, purity, reasons, and no trace of a workplace."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("archive", "ingest", "lantai", "policies", "processes", "search", "storage")
# Whatever knows the time, a file, the network, chance or a database has no place in a rule.
IMPURE = {
    "alembic", "asyncio", "ctypes", "http", "io", "minio", "multiprocessing", "os", "pathlib", "psycopg",
    "random", "requests", "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
CLOCK_CALLS = {"now", "today", "utcnow", "fromtimestamp"}
# Written in pieces so that this file does not find itself.
WORKPLACE = ("/" + "work/", "/" + "farm/", "/tmp" + "/plan", "/tmp" + "/v/", "bash" + "_jobs")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_imports_point_down() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    linted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_layers_have_no_exceptions() -> None:
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def impurities(tree: ast.AST) -> list[str]:
    """Imports and calls by which a module would know more than its arguments."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in IMPURE]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in IMPURE:
            found.append(node.module or "")
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in ("open", "input", "print"):
                found.append(f"{called.id}()")
            elif isinstance(called, ast.Attribute) and called.attr in CLOCK_CALLS:
                found.append(f".{called.attr}()")
    return found


@pytest.mark.parametrize("path", python_files("policies"), ids=lambda path: path.name)
def test_a_rule_knows_nothing_but_its_arguments(path: Path) -> None:
    assert not impurities(ast.parse(path.read_text(encoding="utf-8")))


def test_the_purity_check_sees_what_it_should() -> None:
    source = "import time\nfrom os import path\nfrom datetime import date\ndate.today()\nopen('x')"
    assert impurities(ast.parse(source)) == ["time", "os", ".today()", "open()"]


def broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or (isinstance(name, ast.Name) and name.id in ("Exception", "BaseException"))
        for name in names
    )


def test_whoever_catches_everything_says_why_on_the_same_line() -> None:
    silent = []
    for path in python_files(*ROOMS, "benchmarks", "tests"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and broad(node):
                comment = text.splitlines()[node.lineno - 1].partition("#")[2]
                reason = re.sub(r"noqa:? ?[A-Z0-9, ]*", "", comment)
                if len(reason.split()) < 3:
                    silent.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not silent


def test_every_module_says_what_it_is_for() -> None:
    mute = [
        str(path.relative_to(ROOT))
        for path in python_files(*ROOMS, "benchmarks")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not mute


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK|raise NotImplemented" + r"Error)\b")
    found = []
    for path in python_files(*ROOMS, "benchmarks"):
        found += [f"{path.name}: {m}" for m in later.findall(path.read_text(encoding="utf-8"))]
    assert not found


def test_no_tracked_file_speaks_of_the_place_where_it_was_written() -> None:
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {mark}" for mark in WORKPLACE if mark in text]
    assert not found


def test_no_module_hides_one_that_it_would_import() -> None:
    """A file `av.py` on the path would be imported instead of PyAV."""
    hidden = {"av", "blake3", "magic", "mutagen", "pikepdf", "tantivy", "whoosh"}
    assert not [path for path in python_files(*ROOMS, "benchmarks", "tests") if path.stem in hidden]
