"""A home that took one batch in, once for each module; every test gets a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import lantai, new_home, row, write_batch
from media import pdf

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
