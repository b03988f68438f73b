"""The sites of a home judged by its rules, and the sentences for it in both languages.

What is known beside the settings: which disk or host a site stands on. Not done here: the rules
(`policies.sites`), who shows the findings (`doctor_sites`, the command `sites`).
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from lantai.messages import Language, catalogue
from lantai.settings import Settings, SiteSettings, site_folder
from policies.ruleset import RuleSet, builtin
from policies.sites import Place, SiteFinding, judge

THIS_MACHINE = ("localhost", "127.", "[::1]", "::1")


def rules_of(settings: Settings) -> RuleSet:
    """The rule set that a home works by, with what its settings decide otherwise about sites."""
    rules = builtin(settings.ruleset)
    return msgspec.structs.replace(rules, sites=settings.site_rules.applied(rules.sites))


def judged(home: Path, settings: Settings) -> tuple[SiteFinding, ...]:
    """What the rules find of the home's sites, those being given up left out."""
    places = [place(home, site) for site in settings.active]
    return judge(places, rules_of(settings).sites)


def as_json(finding: SiteFinding, reader: Language) -> dict[str, object]:
    """A finding as a program is told it: its values, its sentence for the reader and in both languages."""
    texts = {"en": sentence(finding, "en"), "zh": sentence(finding, "zh")}
    return {
        "rule": finding.rule,
        "ok": finding.ok,
        "reason": finding.reason,
        "sites": list(finding.sites),
        "found": finding.found,
        "wanted": finding.wanted,
        "text": texts[reader],
        "texts": texts,
    }


def place(home: Path, site: SiteSettings) -> Place:
    """One site as the rules see it."""
    return Place(
        name=site.name,
        role=site.role,
        position=site.position,
        river_basin=site.river_basin,
        power_grid=site.power_grid,
        seismic_belt=site.seismic_belt,
        medium=site.medium,
        where=_where(home, site),
    )


def _where(home: Path, site: SiteSettings) -> str:
    """The disk or host of a site; "" for a folder that is away."""
    if site.kind == "local":
        try:
            return f"disk {site_folder(site, home).stat().st_dev}"
        except OSError:
            return ""
    host = site.host.rpartition(":")[0] or site.host
    return "host localhost" if host.startswith(THIS_MACHINE) else f"host {host}"


def sentence(finding: SiteFinding, language: Language) -> str:
    """What a rule found, for people."""
    one, other = (*finding.sites, "", "")[:2]
    reason = finding.reason
    if (finding.rule, reason) == ("distance", "together") and not finding.found:
        reason_key = "together-unplaced"
    else:
        reason_key = reason
    shared = finding.rule in ("river-basin", "power-grid", "seismic-belt")
    key = f"site-hazard-{reason_key}" if shared else f"site-{finding.rule}-{reason_key}"
    hazard = catalogue()[f"check-{finding.rule}"][language] if shared else ""
    joint = "、" if language == "zh" else ", "
    found, wanted = (_named(value, language) for value in (finding.found, finding.wanted))
    return catalogue()[key][language].format(
        one=one, other=other, hazard=hazard, found=found, wanted=wanted, sites=joint.join(finding.sites)
    )


def _named(value: str, language: Language) -> str:
    """A list of roles or kinds of medium in the reader's words; anything else as it is."""
    known = catalogue()
    told = [
        next((known[key][language] for key in (f"role-{word}", f"medium-{word}") if key in known), word)
        for word in value.split(", ")
    ]
    return ("、" if language == "zh" else ", ").join(told)
