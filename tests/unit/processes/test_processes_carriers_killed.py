"""The power is pulled while carriers are written: the next run goes on, and nothing stands half written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import document, lantai, new_home, row, write_batch
from processes_carriers import die_at, killed, manifest, order, tree

import processes.packages.carrier_written as building
import processes.packages.carriers as carriers
import processes.packages.packing as packing
from lantai.wiring import Archive, opened
from policies.site_rules import SiteRules
from processes.packages.carriers import write
from processes.packages.carriers_kept import check, register

SIZE = (1 << 20) + 160_000
POINTS: list[tuple[Any, str, int, str]] = [
    (carriers, "build", 1, "before"),
    (packing, "write_new", 4, "before"),
    (building, "read_carrier", 1, "before"),
    (carriers.catalogue, "record", 1, "before"),
    (carriers.catalogue, "record", 2, "after"),
    (carriers, "draft_of", 2, "before"),
    (carriers, "_published", 1, "before"),
]


@pytest.fixture(scope="module")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("holdings")
    home = new_home(folder)
    contents = {f"{n}.pdf": document(n) for n in range(1, 7)}
    rows = [row(name, category="WS", access="开放") for name in contents]
    lantai(home, "ingest", write_batch(folder / "batch", contents, rows), status=0)
    return home


@pytest.fixture
def home(holdings: Path, tmp_path: Path) -> Iterator[Path]:
    return Path(shutil.copytree(holdings, tmp_path / "home"))


def wish(image: bool) -> Any:
    return order("use", size=SIZE, image=image)


def held(archive: Archive, out: Path) -> list[str]:
    """All codes on all carriers in `out`, each read again and found whole."""
    found = []
    for path in sorted(out.iterdir()):
        assert check(archive.tools(), SiteRules(), path).whole, path
        if path.is_dir():
            found += [name for name in manifest(path) if name.endswith(".pdf")]
    return found


@pytest.mark.parametrize("point", POINTS, ids=[f"{name} {nth} {when}" for _, name, nth, when in POINTS])
def test_a_killed_run_goes_on_where_it_stood(
    home: Path, tmp_path: Path, point: tuple[Any, str, int, str]
) -> None:
    out = tmp_path / "out"

    def run() -> None:
        die_at(*point)
        with opened(home) as archive:
            write(archive.tools(), wish(False), out)

    assert killed(run)
    with opened(home) as archive:
        standing = [path for path in out.iterdir() if not path.name.startswith(".")]
        for path in standing:
            assert check(archive.tools(), SiteRules(), path).whole
        done = write(archive.tools(), wish(False), out)
        numbers = [one.number for one in register(archive.tools(), SiteRules())]
        if point[1] != "_published":  # a run that was over but for publishing is followed by a new one
            assert (
                numbers
                == [f"US{n:04}" for n in range(1, len(numbers) + 1)]
                == [one.number for one in done.carriers]
            )
            assert len(numbers) > 1
            codes = held(archive, out)
            assert len(codes) == len(set(codes)) == 6
        assert [path for path in tree(out) if path.startswith(".")] == []


def test_a_killed_run_of_images_goes_on_too(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def run() -> None:
        die_at(carriers.catalogue, "record", 2, "after")
        with opened(home) as archive:
            write(archive.tools(), wish(True), out)

    assert killed(run)
    assert sorted(tree(out)) == [".US0002.iso.part", ".lantai-carriers.json", "US0001.iso"]
    with opened(home) as archive:
        done = write(archive.tools(), wish(True), out)
        assert [path.name for path in done.paths] == sorted(path.name for path in out.iterdir())
        assert sum(one.items for one in done.carriers) == 6
        held(archive, out)
