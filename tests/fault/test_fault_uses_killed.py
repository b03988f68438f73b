"""A server killed under many who search: whatever was answered stands in the use journal."""

from __future__ import annotations

import http.client
import signal
import threading
import time
from pathlib import Path

from batches import FONDS, lantai, new_home
from sqlalchemy import update
from test_fault_uploads_killed import COOKIE, served

from archive import sessions, tables, uses
from lantai.wiring import opened

ASKERS = 8
ENOUGH = 120


def ask_on(port: int, secret: str, name: str, answered: list[str]) -> None:
    """Search for one word after another until the server is gone; each that was answered is noted here."""
    line, number = http.client.HTTPConnection("127.0.0.1", port, timeout=30), 0
    try:
        while True:
            word = f"{name}x{number}"
            line.request("GET", f"/api/v1/search?query={word}", headers={"Cookie": f"{COOKIE}={secret}"})
            if line.getresponse().read():
                answered.append(word)
            number += 1
    except (OSError, http.client.HTTPException):
        return


def test_whatever_a_killed_server_had_answered_is_in_the_journal(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "account", "add", "li", "--role", "accession-officer", "--fonds", FONDS, status=0)
    with opened(home) as archive, archive.database.write() as tx:
        secret = sessions.begin(tx, "li", "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z", {})
        tx.execute(update(tables.session).values(seen=archive.tools().now()))
    with (home / "lantai.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            "\n[http.limits]\naccount = 0\naccount_searches = 0\naddress = 0\naddress_searches = 0\n"
        )
    process, line = served(home)
    answered: list[str] = []
    askers = [
        threading.Thread(target=ask_on, args=(line.port, secret, f"word{one}", answered))
        for one in range(ASKERS)
    ]
    try:
        for one in askers:
            one.start()
        until = time.monotonic() + 60
        while len(answered) < ENOUGH and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    for one in askers:
        one.join()
    with opened(home) as archive, archive.database.read() as conn:
        written = {use.detail.get("query") for _, use in uses.unsealed(conn) if use.kind == "search"}
    assert len(answered) >= ENOUGH
    assert set(answered) <= written
