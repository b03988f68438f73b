"""What must be true of an archive whatever was killed or failed in it, held against what it ever said."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.tools import Tools
from lantai.wiring import Archive, opened
from processes.auditing.audit import Scope, audit
from processes.errors import NotFound
from processes.finding.deliver import open_content
from processes.finding.show import show

SITES = ("site-a", "site-b")


@dataclass
class Witness:
    """Remembers what was acknowledged, code by code with the digests of its contents; the heads that were
    ever signed; what was destroyed, and what perhaps was: its destruction was cut short. What was seen to be
    gone is gone for good. `objects` are those of every code in doubt.
    """

    home: Path
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    heads: dict[int, bytes] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    objects: dict[str, set[str]] = field(default_factory=dict)

    def heard(self, report: Any, files: Mapping[str, bytes]) -> None:
        """Take an ingest at its word. A batch of these tests has one file a row, in the rows' order."""
        if not isinstance(report, dict) or not report.get("items"):
            return
        for item, content in zip(report["items"], files.values(), strict=True):
            if item["code"]:
                digest = hashlib.sha256(content).hexdigest()
                assert self.codes.setdefault(item["code"], (digest,)) == (digest,), "a code given twice"

    def look(self) -> None:
        """Remember the heads that stand at the sites; none may differ from one seen before."""
        for site in SITES:
            note = self.home / "sites" / site / "ledger/checkpoint"
            if note.is_file():
                _origin, size, root, *_ = note.read_text("utf-8").split("\n")
                found = base64.b64decode(root)
                assert self.heads.setdefault(int(size), found) == found, f"two ledgers of size {size}"

    def check_promises(self) -> None:
        """What was acknowledged is there and opens, what was destroyed is not; every head seen is a head of
        the ledger that is there; codes are given once and without a gap.
        """
        self.look()
        with opened(self.home) as archive:
            for code, digests in self.codes.items():
                if code in self.doubted and not _opens(archive, code):
                    self.destroyed.add(code)
                assert code in self.destroyed or contents(archive, code) == digests, code
            for code in self.destroyed:
                assert not _opens(archive, code), f"{code} was destroyed and opens"
            with archive.database.read() as conn:
                assert archive.ledger.size(conn) >= max(self.heads, default=0), "the ledger was set back"
                for size, root in self.heads.items():
                    assert archive.ledger.root(conn, size) == root, f"another ledger of size {size}"
        gapless(self.home)

    def check_whole(self, expected: int, *, swept: bool = True) -> None:
        """After recovery: every promise is kept, `expected` items are there, no content twice, everything is
        whole everywhere, and nothing stands at a site that no sweep would remove.
        """
        self.check_promises()
        with opened(self.home) as archive:
            codes = all_codes(self.home) - self.destroyed
            found = {code: contents(archive, code) for code in codes}
            assert len(found) == expected - len(self.destroyed)
            assert not [d for d, n in Counter(found.values()).items() if n > 1], "a content twice"
            assert archive.keychain.pending() == []
            result = audit(archive.tools(), Scope(), repair=False)
            assert result.whole, result.as_json()
        self.look()
        if swept:
            self.check_swept()
        self._check_gone()

    def doubt(self, code: str) -> None:
        """The destruction of an item begins now."""
        query = "SELECT object FROM component JOIN code ON code.item = component.item WHERE code = ?"
        with sqlite3.connect(database_file(self.home)) as connection:
            self.objects.setdefault(code, {name for (name,) in connection.execute(query, [code])})
        self.doubted.add(code)

    def _check_gone(self) -> None:
        """Nothing of what was destroyed stands at a site, and no keyring has a key for it."""
        gone = {name for code in self.destroyed for name in self.objects[code]}
        for path in (self.home / "sites").rglob("*"):
            assert path.name not in gone, f"{path} was destroyed"
            if path.parent.name == "keyrings" and path.name.startswith("b"):
                assert not gone & set(json.loads(path.read_bytes())["keys"]), f"{path} has a destroyed key"

    def check_swept(self) -> None:
        """A sweeper days later leaves nothing that the ledger does not know, and nothing is lost by it."""
        with opened(self.home) as archive:
            for days in (1.5, 3):
                sweep_orphans(archive, days)
            result = audit(archive.tools(), Scope(), repair=False)
            extra = [copy.as_json() for site in result.sites for copy in site.extra]
            assert not extra, extra
            assert result.whole, result.as_json()
        drafts = [path for path in (self.home / "sites").rglob(".incoming/*") if path.is_file()]
        assert not drafts, drafts


def later(tools: Tools, days: float) -> Tools:
    """The same tools, so many days later."""
    from dataclasses import replace

    now = datetime.now(UTC) + timedelta(days=days)
    return replace(tools, clock=lambda: now)


def sweep_orphans(archive: Archive, days: float) -> int:
    """What the worker does, so many days from now."""
    from processes.auditing.orphans import sweep_orphans as sweep

    archive.vault.sweep()
    return len(sweep(later(archive.tools(), days)).removed)


def contents(archive: Archive, code: str) -> tuple[str, ...]:
    """The digests of an item's contents, as they come out now."""
    shown = show(archive.database, archive.ledger, code, archive.subject)
    digests = []
    for number in range(1, len(shown["components"]) + 1):
        content = open_content(archive.database, archive.vault, code, archive.subject, number, "")
        found = hashlib.sha256()
        for piece in content.pieces:
            found.update(piece)
        digests.append(found.hexdigest())
    return tuple(digests)


def _opens(archive: Archive, code: str) -> bool:
    try:
        open_content(archive.database, archive.vault, code, archive.subject, 1, "")
    except NotFound:
        return False
    return True


def database_file(home: Path) -> Path:
    """The home's SQLite file."""
    return home / "database.sqlite"


def all_codes(home: Path) -> set[str]:
    """Every code that was ever given."""
    with sqlite3.connect(database_file(home)) as connection:
        return {code for (code,) in connection.execute("SELECT code FROM code")}


def gapless(home: Path) -> None:
    """Numbers of each series run from 1 without a gap, each given once."""
    series: dict[str, list[int]] = {}
    for code in all_codes(home):
        name, _, number = code.rpartition("-")
        series.setdefault(name, []).append(int(number))
    for name, numbers in series.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), (name, sorted(numbers))
