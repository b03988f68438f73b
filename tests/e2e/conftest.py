"""A home that took a batch in, for tests that lose it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from batches import lantai, mixed_batch


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home that took a batch in, a checkpoint beside it; and its recovery key. Tests copy it."""
    folder = tmp_path_factory.mktemp("kept")
    home = folder / "home"
    key = lantai(home, "init", status=0).document["recovery_key"]
    settings = home / "lantai.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("background = true", "background = false"), "utf-8"
    )
    lantai(home, "ingest", mixed_batch(folder), "--wait", "secured", status=0)
    lantai(home, "withdraw", "A014-ZP·2016-Y-BGS-0002", "--reason", "superseded", status=0)
    lantai(home, "checkpoint", "-o", folder / "checkpoint", status=0)
    return folder, key


@pytest.fixture
def home(kept: tuple[Path, str], tmp_path: Path) -> Path:
    shutil.copy(kept[0] / "checkpoint", tmp_path / "checkpoint")
    return Path(shutil.copytree(kept[0] / "home", tmp_path / "home"))
