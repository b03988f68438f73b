"""What a test needs and this machine has not: a skip that says so, but for where it has to be there.

As root `make test` installs Chromium, PostgreSQL and strace, and whatever comes from a registry. On a machine
of continuous integration (`CI` is set) that runs as root a test without one of them fails: a skip would hide
that a part was not tried at all. Not for what a machine may forbid, as mounting or attaching to a process.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(why: str) -> NoReturn:
    """Skip the test, or let it fail where nothing that is installed may be lacking."""
    if os.environ.get("CI") and os.geteuid() == 0:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
