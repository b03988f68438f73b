"""What the rooms import is what the project says it needs, and nothing imports itself by way of others."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("archive", "ingest", "lantai", "policies", "processes", "search", "storage")


def normal(name: str) -> str:
    """A distribution's name as registries compare it (PEP 503), without extras and versions."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", name, maxsplit=1)[0]).lower()


def imported() -> set[str]:
    """Top-level names that the rooms import from elsewhere."""
    names: set[str] = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").split(".")[0])
    return names - set(sys.stdlib_module_names) - set(ROOMS) - {"__future__"}


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {normal(name) for name in project["dependencies"]}


def test_every_import_comes_from_a_declared_dependency() -> None:
    owners = packages_distributions()
    missing = {name for name in imported() if not {normal(o) for o in owners.get(name, [])} & declared()}
    assert not missing


def modules() -> dict[str, Path]:
    """Every module of the rooms by its name."""
    found = {}
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        if "node_modules" not in path.parts:
            found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def taken(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """What a module imports of the rooms: at its top, late, or for its types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else str(node.module)


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    needs = {name: {other for other in taken(path, known) if other != name} for name, path in known.items()}
    try:
        list(TopologicalSorter(needs).static_order())
    except CycleError as circle:
        raise AssertionError(" -> ".join(circle.args[1])) from None
