from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import MalformedRuleSet
from policies.ruleset import builtin, builtin_names
from policies.site_rules import STRICTEST, CarrierChange, SiteRuleChanges, SiteRules, parse_keeping
from policies.sites import Place, distance_km, judge

JINAN, BEIJING, GUIYANG = (36.65, 117.0), (39.9, 116.4), (26.65, 106.63)
RULES = builtin("shandong-2016").sites

JINAN_PLACE = Place("a", "preservation", JINAN, "黄河", "华北", "郯庐", "hdd", "disk 1")
GUIYANG_PLACE = Place("b", "backup", GUIYANG, "长江", "南方", "川滇", "光盘", "disk 2")
READING_ROOM = Place("c", "use", JINAN, "黄河", "华北", "郯庐", "hdd", "disk 3")
GOOD = (JINAN_PLACE, GUIYANG_PLACE, READING_ROOM)

words = st.sampled_from(["", "黄河", "长江", " 黄河 ", "Yangtze", "YANGTZE", "ｈｄｄ", "hdd", "光盘"])
roles = st.sampled_from(["preservation", "backup", "use"])
positions = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
places = st.builds(
    Place, st.text("abcdefgh", min_size=1, max_size=3), roles, st.none() | positions, words, words, words,
    words, st.sampled_from(["", "disk 1", "disk 2", "host x"]),
)  # fmt: skip
rules = st.builds(
    SiteRules,
    min_distance_km=st.sampled_from([0.0, 300.0, 5000.0]),
    other_river_basin=st.booleans(),
    other_power_grid=st.booleans(),
    other_seismic_belt=st.booleans(),
    other_media=st.integers(0, 2),
    roles=st.lists(roles, unique=True).map(tuple),
    carriers=st.just(RULES.carriers),
)
several = st.lists(places, max_size=4, unique_by=lambda place: place.name)


def reasons(sites: tuple[Place, ...], asked: SiteRules = RULES) -> dict[str, str]:
    return {finding.rule: finding.reason for finding in judge(sites, asked)}


def unmet(sites: list[Place], asked: SiteRules) -> int:
    return sum(not finding.ok for finding in judge(sites, asked))


@pytest.mark.parametrize("name", builtin_names())
def test_each_rule_set_asks_for_a_copy_that_is_off_site(name: str) -> None:
    asked = builtin(name).sites
    assert asked.min_distance_km == 300
    assert (asked.other_river_basin, asked.other_power_grid, asked.other_seismic_belt) == (True,) * 3
    assert asked.other_media == 1
    assert asked.roles == ("preservation", "backup", "use")


def test_what_is_asked_of_sites_makes_no_batch_another_one() -> None:
    """The digests that the first release judged batches under: a batch handed in again stays the same."""
    assert builtin("shandong-2016").digest.startswith("bbef97544668")
    assert builtin("da-t-13-2022").digest.startswith("c370b06d335b")


def test_three_sets_of_which_one_is_far_away_meet_every_rule() -> None:
    assert set(reasons(GOOD).values()) == {"met"}
    far = judge(GOOD, RULES)[0]
    assert (far.rule, far.sites, far.wanted) == ("distance", ("a", "b"), "300")
    assert 1480 < float(far.found.replace(",", "")) < 1490


@pytest.mark.parametrize(
    ("change", "rule", "reason"),
    [
        ({"position": BEIJING}, "distance", "met"),
        ({"position": (36.7, 117.1)}, "distance", "near"),
        ({"position": None}, "distance", "unknown"),
        ({"river_basin": " 黄 河"}, "river-basin", "same"),
        ({"river_basin": ""}, "river-basin", "unknown"),
        ({"power_grid": "华北"}, "power-grid", "same"),
        ({"seismic_belt": "郯庐"}, "seismic-belt", "same"),
        ({"medium": "磁带"}, "medium", "missing"),
        ({"medium": ""}, "medium", "unknown"),
        ({"role": "use"}, "roles", "missing"),
        ({"where": "disk 1"}, "distance", "together"),
        ({"where": "disk 1"}, "power-grid", "together"),
        ({"where": ""}, "distance", "met"),
    ],
)
def test_each_rule_finds_what_it_asks_for(change: dict[str, object], rule: str, reason: str) -> None:
    other = replace(GUIYANG_PLACE, **change)  # type: ignore[arg-type]
    assert reasons((JINAN_PLACE, other, replace(READING_ROOM, where="disk 1")))[rule] == reason


def test_one_pair_must_meet_the_rules_of_place_together() -> None:
    """One copy far away in the same basin and one nearby in another do not make an off-site copy."""
    far = replace(GUIYANG_PLACE, river_basin="黄河")
    near = replace(READING_ROOM, river_basin="淮河", power_grid="南方", seismic_belt="x")
    found = reasons((JINAN_PLACE, far, near))
    assert sum(reason != "met" for reason in found.values()) == 1


def test_a_single_site_is_never_enough() -> None:
    assert reasons((JINAN_PLACE,))["distance"] == "alone"
    assert reasons(())["seismic-belt"] == "alone"


def test_a_rule_that_is_not_asked_finds_nothing() -> None:
    assert judge(GOOD, SiteRules()) == ()
    changed = SiteRuleChanges(min_distance_km=0, other_media=0, roles=()).applied(RULES)
    assert set(reasons(GOOD, changed)) == {"river-basin", "power-grid", "seismic-belt"}


@given(several, rules)
def test_the_order_of_sites_changes_nothing(sites: list[Place], asked: SiteRules) -> None:
    assert judge(sites, asked) == judge(sites[::-1], asked)


@given(several, places, rules)
def test_another_site_never_makes_more_rules_fail(sites: list[Place], more: Place, asked: SiteRules) -> None:
    assert unmet([*sites, replace(more, name="zzzz")], asked) <= unmet(sites, asked)


@given(several, rules)
def test_asking_less_never_finds_more(sites: list[Place], asked: SiteRules) -> None:
    for less in (
        SiteRuleChanges(min_distance_km=asked.min_distance_km / 2),
        SiteRuleChanges(other_river_basin=False),
        SiteRuleChanges(other_media=0),
        SiteRuleChanges(roles=asked.roles[:1]),
    ):
        assert unmet(sites, less.applied(asked)) <= unmet(sites, asked)


@given(several, rules)
def test_sites_of_one_disk_are_never_off_site(sites: list[Place], asked: SiteRules) -> None:
    of_place = {"distance", "river-basin", "power-grid", "seismic-belt"}
    found = judge([replace(site, where="disk 1") for site in sites], asked)
    assert not [finding for finding in found if finding.rule in of_place and finding.ok]


@given(positions, positions)
def test_a_distance_is_the_same_both_ways_and_none_to_itself(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    assert distance_km(one, other) == pytest.approx(distance_km(other, one))
    assert 0 <= distance_km(one, other) <= 20_016
    assert distance_km(one, one) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (JINAN, BEIJING, 365),
        (JINAN, GUIYANG, 1484),
        ((0.0, 179.9), (0.0, -179.9), 22),
        ((0.0, 0.0), (0.0, 180.0), 20015),
        ((90.0, 12.0), (90.0, -70.0), 0),
    ],
)
def test_distances_are_those_of_the_earth(
    one: tuple[float, float], other: tuple[float, float], km: float
) -> None:
    assert distance_km(one, other) == pytest.approx(km, abs=max(2, km / 200))


@pytest.mark.parametrize(
    ("word", "years"), [("magnetic", 2), ("磁带", 2), ("光盘", 4), ("CD", 4), ("U 盘", 1), ("film", 5)]
)
def test_carriers_are_read_again_as_often_as_their_kind_asks(word: str, years: float) -> None:
    rule = RULES.carrier(word)
    assert (rule.read_every_years, rule.sample_percent) == (years, 100)


def test_a_carrier_of_a_kind_that_nobody_knows_is_read_as_often_as_the_strictest() -> None:
    assert RULES.carrier("clay") == STRICTEST
    assert SiteRules().carrier("magnetic") == STRICTEST


def test_an_archive_can_decide_otherwise_for_a_kind_of_carrier() -> None:
    change = {"magnetic": CarrierChange(sample_percent=10), "clay": CarrierChange(read_every_years=50)}
    changed = SiteRuleChanges(carriers=change).applied(RULES)
    assert changed.carrier("磁带").sample_percent == 10
    assert changed.carrier("磁带").read_every_years == 2
    assert changed.carrier("clay").read_every_years == 50
    assert changed.carrier("光盘") == RULES.carrier("光盘")


def test_no_change_changes_nothing() -> None:
    assert SiteRuleChanges().applied(RULES) == RULES


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[sites", "file"),
        ("", "file"),
        ("[sites]\nmin_distance_km = -1", "sites.min_distance_km"),
        ('[sites]\nroles = ["museum"]', "sites.roles"),
        ("[sites]\nheight = 1", "sites"),
        ('[sites.carriers.x]\nzh = "x"\nen = "x"\nread_every_years = 0', "sites.carriers"),
        (
            '[sites.carriers.x]\nzh = "x"\nen = "x"\nread_every_years = 1\nsample_percent = 0',
            "sites.carriers",
        ),
    ],
)
def test_rules_of_a_wrong_shape_are_refused_with_their_place(text: str, place: str) -> None:
    with pytest.raises(MalformedRuleSet) as refused:
        parse_keeping(text, "trial")
    assert refused.value.place.startswith(place)


def test_what_an_archive_may_change_is_what_a_rule_set_may_ask() -> None:
    assert set(SiteRuleChanges.__struct_fields__) == set(SiteRules.__struct_fields__)
    assert msgspec.structs.fields(SiteRuleChanges)[0].default is None
