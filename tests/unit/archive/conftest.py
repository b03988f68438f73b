"""A new database a test, and the ledger in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_samples import ORIGIN

from archive.database import Database
from archive.ledger import Ledger
from archive.migrate import create_database


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'database.sqlite'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = create_database(url)
    yield made
    made.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, ORIGIN)
