"""The desk of an officer who hands in over HTTP, as tests of it use it."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batches import FONDS, lantai, new_home
from doors import Door, doors
from starlette.testclient import TestClient

from ingest.staged import staged_source
from ingest.tools import Tools

PARTIAL = "application/partial-upload"


@dataclass
class Desk:
    """The door with an officer, and another, signed in."""

    door: Door
    li: TestClient
    wang: TestClient

    def begin(self, name: str = "2016 年度") -> str:
        answer = self.li.post("/api/v1/uploads", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["upload"])

    def put(self, upload: str, path: str, content: bytes, **headers: str) -> Any:
        return self.li.put(f"/api/v1/uploads/{upload}/files/{path}", content=content, headers=headers)

    def patch(self, upload: str, path: str, content: bytes, offset: int, **headers: str) -> Any:
        told = {"Content-Type": PARTIAL, "Upload-Offset": str(offset), **headers}
        return self.li.patch(f"/api/v1/uploads/{upload}/files/{path}", content=content, headers=told)

    @property
    def tools(self) -> Tools:
        """As the officer works."""
        archive = self.door.archive
        return archive.at_work(archive.subject_named("li")).tools()

    def at(self, upload: str, path: str) -> Any:
        return self.li.head(f"/api/v1/uploads/{upload}/files/{path}")

    def staged(self, upload: str) -> list[Path]:
        folder = self.door.archive.home / "work" / "uploads" / upload
        return sorted(folder.iterdir()) if folder.exists() else []

    def hand_in(self, upload: str, **terms: Any) -> Mapping[str, Any]:
        answer = self.li.post(f"/api/v1/uploads/{upload}/batch", json=terms)
        assert answer.status_code == 202, answer.text
        until = time.monotonic() + 60
        while time.monotonic() < until:
            told: Mapping[str, Any] = self.li.get(answer.headers["Location"]).json()
            if told["state"] in ("done", "failed"):
                return told
            time.sleep(0.05)
        raise AssertionError("the batch is not done")


def officers_home(folder: Path, server: str = "") -> Path:
    """A home with two officers of one fonds; its database at a server where one is given."""
    made = new_home(folder, server=server)
    for name in ("li", "wang"):
        lantai(made, "account", "add", name, "--role", "accession-officer", "--fonds", FONDS, status=0)
    return made


@contextmanager
def desk_at(home: Path) -> Iterator[Desk]:
    """The door of a home, and its officers at it."""
    with doors(home) as door:
        yield Desk(door, door.signed_in("li"), door.signed_in("wang"))


def manifest(*lines: Mapping[str, str]) -> bytes:
    headings = list(lines[0])
    text = ",".join(headings) + "\n"
    return (text + "".join(",".join(line[name] for name in headings) + "\n" for line in lines)).encode()


def kept(desk: Desk, upload: str, path: str) -> bytes:
    """The content of a staged file, as an ingest would read it."""
    source = staged_source(desk.door.archive.tools(), upload)
    assert source is not None
    with source.opened() as files:
        opened = files.open(path)
        room = memoryview(bytearray(opened.identity()[2]))
        assert opened.read_into(room, 0) == len(room)
        opened.close()
    return bytes(room)


def told(content: bytes) -> str:
    return "sha-256=:" + base64.b64encode(hashlib.sha256(content).digest()).decode() + ":"
