"""A server killed in the middle of an upload: what was noted is there, and the file goes on from it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from batches import FONDS, ROOT, lantai, new_home
from doors import doors
from sqlalchemy import update

from archive import sessions, tables, uploads
from ingest.staged import staged_source
from lantai.wiring import opened
from storage.staging import PART_BYTES

COOKIE, CSRF = "__Host-lantai", "csrf-of-a-test"

SERVER = """
import sys, uvicorn
from pathlib import Path
from lantai.api.app import application
uvicorn.run(application(Path(sys.argv[1])), port=int(sys.argv[2]), log_level="warning")
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def served(home: Path) -> tuple[subprocess.Popen[bytes], http.client.HTTPConnection]:
    """A server of its own, and a connection to it once it answers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(home), str(port)], cwd=ROOT)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return process, http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


def test_a_server_killed_in_the_middle_of_a_file_goes_on_from_there(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "account", "add", "li", "--role", "accession-officer", "--fonds", FONDS, status=0)
    with opened(home) as archive, archive.database.write() as tx:
        secret = sessions.begin(tx, "li", "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z", {"csrf": CSRF})
        tx.execute(update(tables.session).values(seen=archive.tools().now()))
    headers = {"Cookie": f"{COOKIE}={secret}", "X-CSRF-Token": CSRF}
    content = os.urandom(2 * PART_BYTES + 1_000_000)
    process, line = served(home)
    try:
        line.request("POST", "/api/v1/uploads", b"{}", {**headers, "Content-Type": "application/json"})
        began = line.getresponse()
        place = began.headers["Location"]
        assert began.status == 201
        began.read()
        line.putrequest("PUT", f"{place}/files/big")
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            line.putheader(name, value)
        line.endheaders(content[: PART_BYTES + 500_000])
        noted = wait_for_bytes(home, place.rpartition("/")[2], PART_BYTES)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    with doors(home) as door:
        client = door.stranger()
        client.headers.update(headers)
        answer = client.head(f"{place}/files/big")
        assert (answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == (str(noted), "?0")
        told = {"Content-Type": "application/partial-upload", "Upload-Offset": str(noted)}
        assert client.patch(f"{place}/files/big", content=content[noted:], headers=told).status_code == 200
    with opened(home) as archive:
        source = staged_source(archive.tools(), place.rpartition("/")[2])
        assert source is not None
        with source.opened() as files:
            room = memoryview(bytearray(len(content)))
            files.open("big").read_into(room, 0)
    assert bytes(room) == content


def wait_for_bytes(home: Path, upload: str, wanted: int) -> int:
    """How many bytes are noted, once it is so many."""
    until = time.monotonic() + 60
    with opened(home) as archive:
        while time.monotonic() < until:
            with archive.database.read() as conn:
                found = uploads.upload(conn, upload)
            if found is not None and found.bytes >= wanted:
                return found.bytes
            time.sleep(0.05)
    raise AssertionError("nothing came")
