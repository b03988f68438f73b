"""A new database a test, on SQLite and on PostgreSQL, and the ledger in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from archive_samples import ORIGIN

from archive.database import Database
from archive.ledger import Ledger
from archive.migrate import create_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'database.sqlite'}"
        return
    with postgres.new_database(request.getfixturevalue("postgresql")) as address:
        yield address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = create_database(url)
    yield made
    made.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, ORIGIN)
