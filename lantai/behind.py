"""Work behind a command: publish what waits, index it, read registered batches back.

`--wait registered` returns as soon as a batch is registered; what follows runs in a process of its
own, so that nobody waits for it and nothing is forgotten: whatever it leaves, the next one does.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from ingest.locks import only_one_or_none
from ingest.publish import publish
from ingest.readback import secure_all
from lantai.wiring import Archive
from processes.index import feed

SECONDS_BETWEEN_ROUNDS = 2.0


def do_what_waits(archive: Archive) -> dict[str, Any]:
    """One round: publish, index, read back. Another worker's round in progress is left to it."""
    tools = archive.tools()
    done = {"size": 0, "indexed": 0, "secured": 0}
    with only_one_or_none(tools.work / "worker.lock") as mine:
        if mine:
            done["size"] = publish(tools).size
            done["indexed"] = feed(archive.database, archive.index, tools.work)
            done["secured"] = secure_all(tools)
    return done


def keep_working(archive: Archive) -> dict[str, Any]:
    """Round after round until interrupted."""
    done = do_what_waits(archive)
    try:
        while True:
            time.sleep(SECONDS_BETWEEN_ROUNDS)
            done = do_what_waits(archive)
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
