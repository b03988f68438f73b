"""Which sites count: those that are there, and hold what was written and adopted. And tidying up."""

from __future__ import annotations

import shutil

import pytest
from storage_sites import KEY, MIB, NAME, FailingSite, content, damage, read_back, stored

from storage.copies import CopyState
from storage.durable import Draft
from storage.errors import SiteUnavailable, TooFewCopies
from storage.vault import Vault


def test_sites_that_are_gone_do_not_count_when_nothing_waits(vault: Vault, sites: list[FailingSite]) -> None:
    shutil.rmtree(sites[1].root)
    assert vault.settle() == ("a", "c")
    assert "not mounted" in vault.lost["b"]
    shutil.rmtree(sites[2].root)
    with pytest.raises(TooFewCopies) as told:
        vault.settle()
    assert set(told.value.reasons) == {"b", "c"}


@pytest.mark.parametrize("back", [False, True])
def test_a_site_that_went_away_after_it_settled_does_not_count_again(
    vault: Vault, sites: list[FailingSite], back: bool
) -> None:
    stored(vault, b"content")
    away = sites[0].root.rename(sites[0].root.with_name("away"))
    assert vault.settle() == ("b", "c")
    if back:
        away.rename(sites[0].root)
    assert vault.settle() == ("b", "c")
    with pytest.raises(SiteUnavailable):
        sites[0].create("objects/b1/o2", 1)


def test_another_folder_in_its_place_does_not_count(vault: Vault, sites: list[FailingSite]) -> None:
    """As when a disk is exchanged for its copy of yesterday while a batch is taken in."""
    stored(vault, b"content")
    sites[0].root.rename(sites[0].root.with_name("away"))
    shutil.copytree(sites[1].root, sites[0].root)
    (sites[0].root / NAME).unlink()
    assert vault.settle() == ("b", "c")


def test_an_adopted_copy_counts_after_it_was_settled(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, digest = stored(vault, content(100_000))
    later = Vault(sites, vault._custody, "archive-1", 2)
    assert later.adopt(NAME, sealed_bytes, digest) == ("a", "b", "c")
    assert later.settle() == ("a", "b", "c")


@pytest.mark.parametrize("size", [10, 3 * MIB + 1])
def test_a_site_that_lacks_what_is_adopted_gets_it(vault: Vault, sites: list[FailingSite], size: int) -> None:
    sealed_bytes, digest = stored(vault, content(size))
    damage(sites[0])
    shutil.rmtree((sites[1].root / NAME).parent)
    assert vault.adopt(NAME, sealed_bytes, digest) == ("a", "b", "c")
    assert vault.settle() == ("a", "b", "c")
    assert {vault.check(name, NAME, sealed_bytes, digest) for name in vault.sites} == {CopyState.WHOLE}
    assert read_back(vault, sealed_bytes) == content(size)


@pytest.mark.parametrize("at", ["create", "write", "commit"])
def test_a_site_that_cannot_take_what_is_adopted_does_not_count(
    vault: Vault, sites: list[FailingSite], at: str
) -> None:
    sealed_bytes, digest = stored(vault, content(100_000))
    damage(sites[1])
    sites[1].failing = frozenset({at})
    assert vault.adopt(NAME, sealed_bytes, digest) == ("a", "c")
    assert vault.settle() == ("a", "c"), "it lacks a copy of what was adopted"
    assert vault.lost == {"b": f"fails at {at}"}


def test_what_is_whole_nowhere_is_not_adopted(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, digest = stored(vault, content(100_000))
    damage(sites[0])
    damage(sites[1])
    (sites[2].root / NAME).unlink()
    assert vault.adopt(NAME, sealed_bytes, digest) == ()
    assert vault.settle() == ("a", "b", "c"), "nothing was adopted that they could lack"


def test_a_sweep_tidies_every_site_that_is_there(vault: Vault, sites: list[FailingSite]) -> None:
    for site in sites:
        for _ in range(2):
            Draft(site.root / ".incoming", 5)  # dropped at once, as by a run that was killed
        (site.root / "objects" / "b9").mkdir()
    stored(vault, b"content")
    shutil.rmtree(sites[0].root)
    assert vault.sweep() == 4
    assert vault.sweep() == 0
    assert [path.name for path in (sites[1].root / "objects").iterdir()] == ["b1"]


def test_a_worker_starts_afresh_with_new_sites_and_a_new_vault(
    vault: Vault, sites: list[FailingSite]
) -> None:
    away = sites[0].root.rename(sites[0].root.with_name("away"))
    vault.seal("b1", "o1", KEY, "main", 3, [b"abc"])
    assert vault.settle() == ("b", "c")
    away.rename(sites[0].root)
    anew = [FailingSite(site.name, site.root) for site in sites]
    again = Vault(anew, vault._custody, "archive-1", 2)
    again.seal("b1", "o2", KEY, "main", 3, [b"abc"])
    assert again.settle() == ("a", "b", "c")
