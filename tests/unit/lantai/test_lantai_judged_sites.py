"""Sites of a home judged by rule set and settings, and told in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lantai.judged_sites import as_json, judged, place, rules_of, sentence
from lantai.settings import Settings, SiteSettings
from policies.site_rules import CarrierChange, SiteRuleChanges
from policies.sites import Reason, Rule, SiteFinding

RULES: tuple[Rule, ...] = ("distance", "river-basin", "power-grid", "seismic-belt", "medium", "roles")
REASONS: dict[Rule, tuple[Reason, ...]] = {
    "medium": ("met", "missing", "unknown"),
    "roles": ("met", "missing"),
}
OF_PLACE: dict[Rule, tuple[Reason, ...]] = {
    "distance": ("met", "near", "together", "unknown", "alone"),
}
HAZARD: tuple[Reason, ...] = ("met", "same", "together", "unknown", "alone")
EVERY = [(rule, reason) for rule in RULES for reason in (REASONS | OF_PLACE).get(rule, HAZARD)]


def settings(*sites: SiteSettings, **fields: Any) -> Settings:
    return Settings(
        archive="a", origin="lantai/a", ruleset="shandong-2016", account="keeper", sites=sites, **fields
    )


def bucket(name: str, endpoint: str, **fields: Any) -> SiteSettings:
    return SiteSettings(name=name, kind="s3", endpoint=endpoint, bucket="lantai", **fields)


FAR = {"latitude": 26.65, "longitude": 106.63, "river_basin": "长江", "power_grid": "南方电网"}
HERE = {"latitude": 36.65, "longitude": 117.0, "river_basin": "黄河", "power_grid": "华北电网"}


@pytest.mark.parametrize(("rule", "reason"), EVERY)
@pytest.mark.parametrize("found", ["", "17"])
def test_whatever_a_rule_finds_is_told_in_both_languages(rule: Rule, reason: Reason, found: str) -> None:
    finding = SiteFinding(rule, reason, ("site-a", "site-b"), found, "300")
    english, chinese = sentence(finding, "en"), sentence(finding, "zh")
    assert english.isascii()
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert as_json(finding, "zh") | {"text": chinese, "texts": {"en": english, "zh": chinese}} == as_json(
        finding, "zh"
    )


def test_roles_are_told_in_the_readers_words() -> None:
    finding = SiteFinding("roles", "missing", (), "use", "preservation, backup, use")
    assert "没有角色为“利用”的存储点（要求：保存、备份、利用）" in sentence(finding, "zh")
    assert "no site has the role use (asked for: preservation, backup, use)" in sentence(finding, "en")


def test_two_folders_of_one_disk_are_one_place(tmp_path: Path) -> None:
    sites = [SiteSettings(name=name, path=name, **FAR) for name in ("x", "y")]
    for site in sites:
        (tmp_path / site.name).mkdir()
    found = {finding.rule: finding for finding in judged(tmp_path, settings(*sites))}
    assert found["distance"].reason == found["power-grid"].reason == "together"


def test_a_folder_that_is_away_has_no_known_place(tmp_path: Path) -> None:
    assert place(tmp_path, SiteSettings(name="x", path="nowhere")).where == ""


def test_buckets_of_one_host_are_one_place_whatever_the_port(tmp_path: Path) -> None:
    one, other = (place(tmp_path, bucket("x", f"https://s3.example:{port}")) for port in (443, 8443))
    assert one.where == other.where == "host s3.example"
    loops = {place(tmp_path, bucket("x", f"http://{host}:9000")).where for host in ("127.0.0.1", "localhost")}
    assert len(loops) == 1


def test_what_the_settings_say_of_a_site_is_what_is_judged(tmp_path: Path) -> None:
    sites = (
        bucket("far", "https://s3.far.example", role="backup", seismic_belt="x", medium="磁带", **FAR),
        bucket("here", "https://s3.here.example", seismic_belt="y", medium="光盘", **HERE),
        bucket("read", "https://s3.near.example", role="use", **HERE),
    )
    assert all(finding.ok for finding in judged(tmp_path, settings(*sites)))


def test_an_archive_may_decide_otherwise_than_its_rule_set(tmp_path: Path) -> None:
    sites = (
        bucket("far", "https://s3.far.example", **FAR),
        bucket("here", "https://s3.here.example", **HERE),
    )
    nothing = SiteRuleChanges(
        min_distance_km=0, other_river_basin=False, other_power_grid=False, other_seismic_belt=False,
        other_media=0, roles=(),
    )  # fmt: skip
    assert judged(tmp_path, settings(*sites, site_rules=nothing)) == ()
    farther = settings(*sites, site_rules=SiteRuleChanges(min_distance_km=2000))
    assert judged(tmp_path, farther)[0].reason == "near"
    tenth = SiteRuleChanges(carriers={"magnetic": CarrierChange(sample_percent=10)})
    assert rules_of(settings(*sites, site_rules=tenth)).sites.carrier("磁带").sample_percent == 10


def test_the_settings_file_takes_these_rules() -> None:
    text = b"min_distance_km = 500\nroles = []\n[carriers.clay]\nread_every_years = 50\n"
    read = msgspec.toml.decode(text, type=SiteRuleChanges)
    assert (read.min_distance_km, read.roles, read.other_media) == (500, (), None)
    assert read.carriers["clay"].read_every_years == 50


def test_kinds_of_medium_are_called_as_the_reader_calls_them() -> None:
    alike = SiteFinding("medium", "missing", (), "magnetic, optical", "2")
    assert "磁性载体、光盘" in sentence(alike, "zh")
    assert "magnetic, optical" in sentence(alike, "en")
