"""Shared fixtures. Published vectors and real files live outside the repository and may be absent."""

from __future__ import annotations

import os
from pathlib import Path

import postgres
import pytest
import seaweed
from lacking import lacking
from spared import spare

ROOT = Path(__file__).resolve().parent.parent


def shared_folder(name: str) -> Path:
    """The folder of published material `name`, or a skip that says it is absent."""
    base = Path(os.environ.get("LANTAI_SHARED", ROOT.parent / "shared"))
    folder = base / name
    if not folder.is_dir():
        pytest.skip(f"published material is absent here: {name}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _spared() -> None:
    spare()


@pytest.fixture
def vectors() -> Path:
    return shared_folder("vectors")


@pytest.fixture
def real() -> Path:
    return shared_folder("real")


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a PostgreSQL server that the whole session shares, or a skip that says why not."""
    worker = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    try:
        shared, session = (base.parent, os.getppid()) if worker else (base, os.getpid())
        return postgres.server(shared, session)
    except postgres.NoServer as why:
        lacking(str(why))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> seaweed.Store:
    """An S3 server that the whole session shares, or a skip that says why not."""
    worker = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    try:
        shared, session = (base.parent, os.getppid()) if worker else (base, os.getpid())
        return seaweed.server(shared, session)
    except seaweed.NoStore as why:
        lacking(str(why))
