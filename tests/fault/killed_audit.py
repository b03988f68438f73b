"""Run `lantai audit` in this process and die by SIGKILL at one point of it (see `killed_run`).

python killed_audit.py POINT HOME [WORD…]
"""

from __future__ import annotations

import sys

from killed_run import arm

if __name__ == "__main__":
    from lantai.cli.main import outcome
    from processes.auditing import holdings

    holdings.OBJECTS_A_PART = 2  # small archives have parts too
    arm(sys.argv[1])
    home, *words = sys.argv[2:]
    sys.exit(outcome(["--home", home, "audit", *words, "--json"], as_json=True))
