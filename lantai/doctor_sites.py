"""The doctor's checks of the sites: that they can be reached, how far they are, and where they stand.

Not done here: reading copies (`processes.audit`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive import working
from lantai.doctor_checks import Check
from lantai.judged_sites import judged, sentence
from lantai.messages import catalogue
from lantai.settings import Settings
from lantai.wiring import Archive
from policies.errors import LantaiError

NAMES = {"distance": "off-site copy", "medium": "other medium", "roles": "three sets"}
"""What a check of a rule is called; else like the rule."""


def off_site(home: Path, settings: Settings) -> Iterator[Check]:
    """What the rules ask of the places: two folders of one machine are not two places, however named."""
    findings = judged(home, settings)
    if not findings:
        yield _check("off-site copy", False, *(catalogue()["site-no-rules"][name] for name in ("en", "zh")))
    seen: set[str] = set()
    for finding in findings:
        again = finding.reason in ("together", "alone") and finding.reason in seen
        seen.add(finding.reason)
        if not again:  # that two sites stand on one disk needs saying once
            name = NAMES.get(finding.rule, finding.rule.replace("-", " "))
            yield _check(name, finding.ok, sentence(finding, "en"), sentence(finding, "zh"))


def _check(name: str, ok: bool, english: str, chinese: str) -> Check:
    return Check(name, ok, "warn", english, chinese)


def sites(archive: Archive) -> Iterator[Check]:
    """Every site can be reached and has the ledger's head."""
    with archive.database.read() as conn:
        size, stands = archive.ledger.size(conn), working.published(conn)
    for name in archive.vault.sites:
        try:
            free = archive.vault.site(name).free_bytes()
        except LantaiError as fault:
            yield Check(f"site {name}", False, "fail", str(fault))
            continue
        behind = size - stands.get(name, 0)
        room = "room unknown" if free is None else f"{free >> 30} GiB free"
        yield Check(f"site {name}", behind == 0, "warn", f"{behind} entries behind, {room}")


def copies(_home: Path, settings: Settings) -> Iterator[Check]:
    """Two copies are the least."""
    enough = len(settings.sites) >= settings.min_copies >= 2
    yield Check("copies", enough, "fail", f"{len(settings.sites)} sites, {settings.min_copies} wanted")
