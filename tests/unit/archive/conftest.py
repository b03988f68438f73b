"""A new database a test, on SQLite and on PostgreSQL, and the ledger in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import databases
import postgres
import pytest
from archive_samples import ORIGIN

from archive.database import Database, connect
from archive.ledger import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of its own: with its tables where a test asks for `database`, or empty."""
    filled = "database" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "database.sqlite"
        if filled:
            databases.copy_tables(file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgresql")
    with postgres.new_database(server, databases.template_on(server) if filled else "") as address:
        yield address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = connect(url)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, ORIGIN)
