"""A home that took one batch in, once for each module; every test gets a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import lantai, new_home, row, write_batch
from media import pdf
from recover_homes import access, described, enter, items

from archive.events import ItemWithdrawn
from lantai.wiring import Archive, opened


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three objects of two items."""
    folder = tmp_path_factory.mktemp("taken")
    home = new_home(folder)
    files = {f"{name}.pdf": pdf(pages) for pages, name in enumerate("abc", start=1)}
    rows = [row("a.pdf", category="WS"), row("b.pdf|c.pdf", role="main|attachment", category="WS")]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    return home


@pytest.fixture
def home(taken: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(taken, tmp_path / "home"))


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    with opened(home) as archive:
        yield archive


@pytest.fixture(scope="module")
def lived_once(taken: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which something happened: a restriction, corrections, a withdrawal."""
    home = Path(shutil.copytree(taken, tmp_path_factory.mktemp("lived") / "home"))
    first, second = items(home)
    enter(home, access(first.item.id, "unreviewed", "restricted"), described(first.item.id, "", "第一"))
    enter(home, access(second.item.id, "unreviewed", "open"))
    enter(home, ItemWithdrawn(second.item.id, "superseded", "keeper", "root"))
    return home


@pytest.fixture
def lived(lived_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lived_once, tmp_path / "home"))
