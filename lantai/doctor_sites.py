"""The doctor's checks of the sites: that they can be reached, how far they are, and where they stand.

Not done here: reading copies (`processes.auditing.audit`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.doctor_checks import Check
from lantai.judged_sites import judged, sentence
from lantai.messages import catalogue
from lantai.settings import Settings
from lantai.wiring import Archive
from processes.replicating.standing import standing

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
    """Every site can be reached, has the ledger's head, and was seen to hold everything."""
    for one in standing(archive.tools()):
        if one.away:
            yield Check(f"site {one.site}", False, "fail", f"site {one.site}: {one.away}")
            continue
        room = "room unknown" if one.free_bytes is None else f"{one.free_bytes >> 30} GiB free"
        lag = f", {one.lag.items} items not read back" if one.lag.items else ""
        text = f"{one.entries} entries behind{lag}, {room}"
        yield Check(f"site {one.site}", not (one.entries or one.lag.batches), "warn", text)


def copies(_home: Path, settings: Settings) -> Iterator[Check]:
    """Two copies are the least."""
    enough = len(settings.sites) >= settings.min_copies >= 2
    yield Check("copies", enough, "fail", f"{len(settings.sites)} sites, {settings.min_copies} wanted")
