"""Figures kept as long as nothing was entered: what they count changes with the ledger alone.

Kept by archive, size of the ledger, kind, view and fonds, a few dozen of them in memory. Uses and visits are
not of the ledger alone, so figures of use are counted each time. Not here: counting (`processes.reporting`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

MOST = 64
KEPT = frozenset({"holdings", "growth", "due"})
"""Kinds of figures that follow from the ledger, and for what falls due from nothing else."""

Key = tuple[object, ...]

_figures: OrderedDict[Key, dict[str, Any]] = OrderedDict()
_lock = threading.Lock()


def kept(kind: str, key: Key, count: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is kept under `key`, else what `count` gives; whoever is told it changes nothing of it."""
    if kind not in KEPT:
        return count()
    whole = (kind, *key)
    with _lock:
        found = _figures.get(whole)
        if found is not None:
            _figures.move_to_end(whole)
            return found
    made = count()
    with _lock:
        _figures[whole] = made
        while len(_figures) > MOST:
            _figures.popitem(last=False)
    return made
