"""An audit in one process, and copies to spoil for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archive.events import AuditCompleted
from lantai.wiring import Archive
from processes.auditing.audit import Audit, Scope, audit

SITES = ("site-a", "site-b")


def checked(archive: Archive, *, repair: bool = False, **scope: Any) -> Audit:
    return audit(archive.tools(), Scope(**scope), repair)


def at(home: Path, site: str) -> Path:
    return home / "sites" / site


def objects(home: Path, site: str = "site-a") -> list[Path]:
    return sorted(at(home, site).joinpath("objects").rglob("o*"))


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def names(copies: list[Any]) -> list[str]:
    return [copy.name for copy in copies]


def kinds(copies: list[Any]) -> dict[str, str]:
    return {copy.name: copy.kind.value for copy in copies}


def last_entry(archive: Archive) -> AuditCompleted:
    with archive.database.read() as conn:
        event = archive.ledger.entry(conn, archive.ledger.size(conn) - 1).event()
    assert isinstance(event, AuditCompleted)
    return event
