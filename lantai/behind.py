"""Work behind a command: publish what waits, index it, read registered batches back.

`--wait registered` returns as soon as a batch is registered; what follows runs in a process of its
own, so that nobody waits for it and nothing is forgotten: whatever it leaves, the next one does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ingest.locks import only_one_or_none
from ingest.publish import publish
from ingest.readback import secure, unsecured
from lantai.wiring import Archive, opened
from policies.errors import LantaiError
from processes.index import feed

SECONDS_BETWEEN_ROUNDS = 2.0
MOST_SECONDS_BETWEEN_ROUNDS = 300.0


def do_what_waits(archive: Archive) -> dict[str, Any]:
    """Publish, index, read back, sweep, until nothing new waits. Another worker at it is left to it.

    Looks again after giving up the lock: what came in meanwhile found it taken and relies on us.
    """
    tools = archive.tools()
    done = {"size": 0, "indexed": 0, "secured": 0}
    tried: set[str] = set()
    while True:
        with only_one_or_none(tools.work / "worker.lock") as mine:
            if not mine:
                return done
            done["size"] = publish(tools).size
            done["indexed"] += feed(archive.database, archive.index, tools.work)
            unread = set(unsecured(archive.database)) - tried
            done["secured"] += sum(not secure(batch, tools) for batch in sorted(unread))
            tried |= unread
            archive.vault.sweep()
        if not set(unsecured(archive.database)) - tried:
            return done


def keep_working(home: Path) -> dict[str, Any]:
    """Round after round until interrupted or terminated. A fault is told and tried again, later and later.

    Each round opens the archive anew: a site that failed once is given another chance.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    done: dict[str, Any] = {"size": 0, "indexed": 0, "secured": 0}
    pause = SECONDS_BETWEEN_ROUNDS
    try:
        while True:
            try:
                with opened(home) as archive:
                    done = do_what_waits(archive)
                pause = SECONDS_BETWEEN_ROUNDS
            except (LantaiError, OSError) as fault:
                sys.stderr.write(f"{fault}\n")
                pause = min(pause * 2, MOST_SECONDS_BETWEEN_ROUNDS)
            time.sleep(pause)
    except KeyboardInterrupt:
        return done


def start_behind(archive: Archive) -> None:
    """Start one round in a process of its own, where the settings want that."""
    if not archive.settings.background:
        return
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(archive.home), "worker", "--once"]
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
