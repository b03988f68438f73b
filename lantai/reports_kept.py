"""Figures of what is held, kept as long as nothing of it changed: adding up a million items takes a second.

Kept by archive, what was asked, view and fonds, a few dozen of them in memory, each with the size that the
ledger had. Uses and visits are counted each time. Not here: counting (`processes.reporting`), which entries
change what is held (`archive.counted_read`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

MOST = 64

Key = tuple[object, ...]
Told = TypeVar("Told")

_figures: OrderedDict[Key, tuple[int, Any]] = OrderedDict()
_lock = threading.Lock()


def kept(key: Key, size: int, stands: Callable[[int], bool], count: Callable[[], Told]) -> Told:
    """What is kept under `key`, else what `count` gives; whoever is told it changes nothing of it.

    `size` is that of the ledger as `count` sees it, `stands` says whether what is held is still as it was at
    another.
    """
    with _lock:
        found = _figures.get(key)
    if found is not None and (found[0] == size or (found[0] < size and stands(found[0]))):
        made: Told = found[1]
    else:
        made = count()
    with _lock:
        _figures[key] = size, made
        _figures.move_to_end(key)
        while len(_figures) > MOST:
            _figures.popitem(last=False)
    return made
