"""Run `lantai ingest` in this process and die by SIGKILL at one point of it.

    python killed_run.py POINT HOME BATCH [WORD…]

POINT is `module:attribute[:when[:nth]]`: the function to watch, whether to die "before" or "after"
it (default "after"), and at which call (default the first). A stand-in for the power being pulled:
nothing is flushed, closed or said.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any


def arm(point: str) -> None:
    """Put the death in place."""
    module_name, path, *rest = point.split(":")
    when = rest[0] if rest else "after"
    nth = int(rest[1]) if len(rest) > 1 else 1
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, name)
    calls = 0

    def watched(*args: Any, **words: Any) -> Any:
        nonlocal calls
        calls += 1
        mine = calls == nth
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **words)
        if mine and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, watched)


if __name__ == "__main__":
    from ingest import intents
    from lantai.cli.main import outcome

    intents.GROUP = 2  # small batches have groups too
    arm(sys.argv[1])
    home, batch, *words = sys.argv[2:]
    sys.exit(outcome(["--home", home, "ingest", batch, *words, "--json"], as_json=True))
