"""One browser for all tests of the workbench; each module has a server over a home of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Server, chromium, need_browser, serving
from playwright.sync_api import Browser
from staff import staffed


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a home where somebody works in every role."""
    need_browser()
    with serving(staffed(tmp_path_factory.mktemp("staffed")), "--no-worker") as started:
        yield started
