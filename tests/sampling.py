"""Some cases in every run, the others in the long one: places to kill a process are many, and much alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def sampled(cases: Sequence[Any], every: int = 3) -> list[Any]:
    """`cases`, of which every `every`-th, the first included, is run by `make test` and the others by
    `make test-long`. A tuple is the arguments of one case.
    """
    return [case if n % every == 0 else _long(case) for n, case in enumerate(cases)]


def _long(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.long)
