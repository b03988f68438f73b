"""Copies that are damaged, missing or out of reach: read past, found, repaired."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from storage_sites import KEY, MIB, NAME, FailingSite, content, damage, read_back, stored

from storage.copies import CopyState
from storage.errors import (
    NoGoodCopy,
    SiteUnavailable,
)
from storage.vault import Vault


@pytest.mark.parametrize("places", [[0], [30], [60], [None], [-1]])
def test_a_damaged_copy_is_passed_over_without_the_reader_noticing(
    vault: Vault, sites: list[FailingSite], places: list[int | None]
) -> None:
    data = content(3 * MIB + 5)
    sealed_bytes, digest = stored(vault, data)
    damage(sites[0], place=places[0])
    assert read_back(vault, sealed_bytes) == data
    assert vault.opened_file("b1", "o1", KEY, "main", sealed_bytes).read() == data
    assert vault.check("a", NAME, sealed_bytes, digest) is CopyState.DAMAGED
    assert vault.check("b", NAME, sealed_bytes, digest) is CopyState.WHOLE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(bytes(path.stat().st_size)),
    ],
)
def test_a_spoilt_copy_is_found_and_repaired(
    vault: Vault, sites: list[FailingSite], spoil: Callable[[Path], Any]
) -> None:
    data = content(2 * MIB)
    sealed_bytes, digest = stored(vault, data)
    spoil(sites[0].root / NAME)
    damage(sites[1])
    assert vault.check("a", NAME, sealed_bytes, digest) is not CopyState.WHOLE
    assert read_back(vault, sealed_bytes) == data
    assert vault.repair(NAME, sealed_bytes, digest, "a") is True
    assert vault.check("a", NAME, sealed_bytes, digest) is CopyState.WHOLE
    assert vault.check("b", NAME, sealed_bytes, digest) is CopyState.DAMAGED


def test_a_repair_never_copies_damage(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, digest = stored(vault, content(2 * MIB))
    for site in sites:
        damage(site)
    (sites[2].root / NAME).unlink()
    before = (sites[0].root / NAME).read_bytes()
    assert vault.repair(NAME, sealed_bytes, digest, "a") is False
    assert (sites[0].root / NAME).read_bytes() == before
    with pytest.raises(NoGoodCopy) as told:
        read_back(vault, sealed_bytes)
    assert set(told.value.reasons) == {"a", "b", "c"}
    with pytest.raises(NoGoodCopy):
        vault.opened_file("b1", "o1", KEY, "main", sealed_bytes).read()


def test_a_repair_tells_when_the_site_to_be_repaired_fails(vault: Vault, sites: list[FailingSite]) -> None:
    sealed_bytes, digest = stored(vault, content(100))
    sites[0].failing = frozenset({"create"})
    with pytest.raises(SiteUnavailable):
        vault.repair(NAME, sealed_bytes, digest, "a")


def test_a_site_that_goes_away_in_the_middle_of_a_reading_is_replaced(
    vault: Vault, sites: list[FailingSite]
) -> None:
    data = content(5 * MIB + 7)
    sealed_bytes, _ = stored(vault, data)
    sites[0].failing, sites[0].after_bytes = frozenset({"stream"}), 2 * MIB
    sites[1].failing, sites[1].after_bytes = frozenset({"stream"}), 4 * MIB
    assert read_back(vault, sealed_bytes) == data


def test_a_file_to_seek_in_moves_to_the_next_site(vault: Vault, sites: list[FailingSite]) -> None:
    data = content(3 * MIB)
    sealed_bytes, _ = stored(vault, data)
    file = vault.opened_file("b1", "o1", KEY, "main", sealed_bytes)
    file.seek(MIB)
    assert file.read(10) == data[MIB : MIB + 10]
    sites[0].failing = frozenset({"read"})
    file.seek(-10, io.SEEK_END)
    assert file.read() == data[-10:]
