"""A new database a test, and the ledger in it.

SQLite in a folder of its own. With LANTAI_TEST_POSTGRESQL set to the address of a server's database
(`postgresql+psycopg://…`), every test gets a new database on that server instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from archive_samples import ORIGIN
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from archive.database import Database
from archive.ledger import Ledger
from archive.migrate import create_database

SERVER = os.environ.get("LANTAI_TEST_POSTGRESQL", "")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    if not SERVER:
        yield f"sqlite:///{tmp_path / 'database.sqlite'}"
        return
    name = f"lantai_test_{uuid4().hex}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def on_file(url: str) -> None:
    """For tests of what only a file has."""
    if not url.startswith("sqlite"):
        pytest.skip("there is no file on a server")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = create_database(url)
    yield made
    made.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, ORIGIN)
