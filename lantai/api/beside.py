"""The worker beside a server: it ends when the server does, however that ends.

    python -m lantai.api.beside HOME

Not here: what it does (`lantai.behind`).
"""

from __future__ import annotations

import ctypes
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def main(home: str) -> None:
    """Work in the home until told to end, or until whoever began this process is gone."""
    from lantai.cli.main import run

    with suppress(AttributeError, OSError):  # where the system knows no such thing, it works on alone
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    run(["--home", home, "worker"])


if __name__ == "__main__":
    main(sys.argv[1])
