"""Batch folders on disk for the tests of this room, and lists that name their files."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from ingest.manifest import BatchList, Row
from ingest.receive import Matching, match, survey
from policies.findings import Finding

NFC = unicodedata.normalize("NFC", "é堂.jpg")


NFD = unicodedata.normalize("NFD", NFC)


def put(folder: Path, *names: str, content: bytes = b"content") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def listing(*rows: str) -> BatchList:
    made = [Row(n, {"file": row}, tuple(row.split("|")), ()) for n, row in enumerate(rows, 1)]
    return BatchList(tuple(made), (), "manifest.csv")


def matched(folder: Path, *rows: str, secret: frozenset[int] = frozenset()) -> Matching:
    return match(listing(*rows), survey(folder), secret_rows=secret)


def of_row(folder: Path, listed: str) -> list[tuple[str, str]]:
    return [(note.kind, note.found) for note in matched(folder, listed).rows[1].findings]


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [note.kind for note in findings]
