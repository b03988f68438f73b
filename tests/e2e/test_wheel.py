"""The wheel alone is the whole program: built, installed beside nothing else, and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("archive", "ingest", "lantai", "policies", "processes", "search", "storage")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without the checkout's variables; its standard output."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LANTAI_HOME")}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    isolation = ["--no-isolation"] if find_spec("hatchling") else []
    run(sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("lantai-*.whl")
    return built


def test_the_wheel_holds_the_rooms_with_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(ROOMS)
    for room in ROOMS:
        there = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / room).rglob("*")
            if path.suffix in (".py", ".toml", ".csv", ".typed", ".mako")
        }
        assert there <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.long
def test_an_installed_wheel_makes_an_archive(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    run(
        tmp_path / "env" / "bin" / "pip", "install", "-qq", "--disable-pip-version-check", wheel, cwd=tmp_path
    )
    makes_an_archive(tmp_path)


def test_an_installed_wheel_makes_an_archive_beside_what_is_installed_here(
    wheel: Path, tmp_path: Path
) -> None:
    """The wheel's own files, and none of the checkout's; what it needs beside it is not fetched anew."""
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    pip = (sys.executable, "-m", "pip", "--python", tmp_path / "env" / "bin" / "python")
    run(*pip, "install", "-qq", "--disable-pip-version-check", "--no-deps", wheel, cwd=tmp_path)
    beside = [
        path for path in sys.path if path.endswith("-packages")
    ]  # as places: their own .pth are not read
    (site / "beside.pth").write_text("".join(f"{path}\n" for path in beside), "utf-8")
    where = (
        "import lantai, processes, policies; print(lantai.__file__, processes.__file__, policies.__file__)"
    )
    found = run(tmp_path / "env" / "bin" / "python", "-c", where, cwd=tmp_path).split()
    assert [Path(file).is_relative_to(site) for file in found] == [True] * 3
    makes_an_archive(tmp_path)


def makes_an_archive(tmp_path: Path) -> None:
    bin_folder = tmp_path / "env" / "bin"
    assert run(bin_folder / "lantai", "--version", cwd=tmp_path).split()[0] == "lantai"
    made = json.loads(run(bin_folder / "lantai", "--home", "home", "init", "--json", cwd=tmp_path))
    assert made["recovery_key"]
    assert (tmp_path / "home" / "lantai.toml").is_file()
    checked = json.loads(run(bin_folder / "lantai", "--home", "home", "doctor", "--json", cwd=tmp_path))
    assert checked["ok"], checked
