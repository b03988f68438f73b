"""Three folder sites and a vault over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from storage_sites import FailingSite

from storage.keys import KeyEncryptionKey
from storage.site_local import prepare
from storage.vault import Vault


@pytest.fixture
def sites(tmp_path: Path) -> list[FailingSite]:
    for name in ("a", "b", "c"):
        prepare(tmp_path / name)
    return [FailingSite(name, tmp_path / name) for name in ("a", "b", "c")]


@pytest.fixture
def vault(sites: list[FailingSite], tmp_path: Path) -> Vault:
    return Vault(sites, KeyEncryptionKey.new(), "archive-1", 2)
