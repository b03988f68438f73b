"""Two hundred copies damaged in ten ways: the audit names exactly those, and mends every one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from media import wav

from lantai.wiring import opened

BATCHES, ITEMS = 4, 48
SITES = ("site-a", "site-b")
Found = set[tuple[str, str, str]]
"""Copies by site, what they are of, and the kind of damage."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of 192 recordings in four batches, no two alike, and what site-b had after the first batch."""
    folder = tmp_path_factory.mktemp("many")
    home = new_home(folder)
    for number in range(BATCHES):
        names = [f"{number}-{place}.wav" for place in range(ITEMS)]
        files = {name: wav(0.05 + (number * ITEMS + place) / 10_000) for place, name in enumerate(names)}
        rows = [row(name, category="LY", office=f"B{number}") for name in names]
        lantai(home, "ingest", write_batch(folder / str(number), files, rows), status=0)
        if number == 0:
            shutil.copytree(home / "sites/site-b", folder / "older")
    return home


def flip(path: Path) -> str:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(content)
    return "altered"


def zero_fill(path: Path) -> str:
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(len(content) - 100))
    return "altered"


def overwrite_start(path: Path) -> str:
    path.write_bytes(b"\xff" * 64 + path.read_bytes()[64:])
    return "altered"


def append(path: Path) -> str:
    path.write_bytes(path.read_bytes() + b"more")
    return "altered"


def truncate(path: Path) -> str:
    path.write_bytes(path.read_bytes()[:-1])
    return "truncated"


def empty(path: Path) -> str:
    path.write_bytes(b"")
    return "truncated"


def delete(path: Path) -> str:
    path.unlink()
    return "missing"


def swap_in(path: Path) -> str:
    """What stands there becomes the next object of the batch, whole."""
    others = sorted(
        path.parents[3].joinpath("site-a", *path.relative_to(path.parents[3]).parts[1:-1]).iterdir()
    )
    path.write_bytes(others[(others.index(_twin(path, "site-a")) + 1) % len(others)].read_bytes())
    return "swapped"


def _twin(path: Path, site: str) -> Path:
    parts = path.relative_to(path.parents[3]).parts
    return path.parents[3].joinpath(site, *parts[1:])


OF_OBJECTS: tuple[Callable[[Path], str], ...] = (
    flip, zero_fill, overwrite_start, append, truncate, empty, delete, swap_in,
)  # fmt: skip


def objects(home: Path) -> list[str]:
    root = home / "sites/site-a"
    return sorted(str(path.relative_to(root)) for path in root.joinpath("objects").rglob("o*"))


def damage_objects(home: Path) -> Iterator[tuple[str, str, str]]:
    """One copy of each object, at one site or the other, in eight ways; swaps first, for they read others."""
    names = objects(home)
    chosen = [
        (name, SITES[place % 3 == 0], way)
        for place, (name, way) in enumerate(zip(names, cycle(OF_OBJECTS), strict=False))
    ]
    for name, site, way in sorted(chosen, key=lambda one: one[2] is not swap_in):
        yield site, name.rpartition("/")[2], way(home / "sites" / site / name)


def damage_keys(home: Path) -> Iterator[tuple[str, str, str]]:
    """Keyrings: an older authentic revision, exchanged keys under a right seal, a cut, a missing one."""
    with opened(home) as archive:
        first, second, third = sorted(p.stem for p in home.glob("sites/site-a/keyrings/b*.json"))[:3]
        at = {site: home / "sites" / site / "keyrings" for site in SITES}
        older = (at["site-a"] / f"{first}.json").read_bytes()
        archive.vault.put_keyring(archive.vault.keyring(first).without(()))
        (at["site-a"] / f"{first}.json").write_bytes(older)
        keyring = archive.vault.keyring(second)
        one, other = [name for name in keyring._wrapped if name.startswith("o")][:2]
        wrapped = keyring._wrapped
        wrapped[one], wrapped[other] = wrapped[other], wrapped[one]
        (at["site-b"] / f"{second}.json").write_bytes(keyring.to_bytes())
    truncate(at["site-a"] / f"{third}.json")
    delete(at["site-b"] / "archive.json")
    yield "site-a", f"keyrings/{first}.json", "old"
    yield "site-b", f"keyrings/{second}.json", "swapped"
    yield "site-a", f"keyrings/{third}.json", "truncated"
    yield "site-b", "keyrings/archive.json", "missing"


def damage_ledger(home: Path) -> Iterator[tuple[str, str, str]]:
    """The published ledger: an older signed head, an older tile under the new name, turned bits."""
    older, a, b = home.parent / "older/ledger", home / "sites/site-a", home / "sites/site-b"
    shutil.copy(older / "checkpoint", b / "ledger/checkpoint")
    yield "site-b", "ledger/checkpoint", "old"
    newest = max(int(path.name) for path in a.glob("ledger/tile/0/000.p/*"))
    tile = f"ledger/tile/0/000.p/{newest}"
    shutil.copy(max(older.glob("tile/0/000.p/*"), key=lambda path: int(path.name)), a / tile)
    yield "site-a", tile, "old"
    bundle = f"ledger/tile/entries/000.p/{newest}"
    yield "site-b", bundle, flip(b / bundle)
    (payloads,) = (path for path in a.glob("ledger/payloads/000.p/*"))
    yield "site-a", str(payloads.relative_to(a)), flip(payloads)


def told(document: Any, *lists: str) -> Found:
    """What the audit says; nothing may stand there twice."""
    listed = [
        (site["site"], copy["object"], copy["kind"])
        for site in document["sites"]
        for name in lists
        for copy in site[name]
    ]
    assert len(listed) == len(set(listed))
    return set(listed)


def test_two_hundred_damaged_copies_are_named_and_mended_and_no_other(home: Path) -> None:
    damaged = {*damage_objects(home), *damage_keys(home), *damage_ledger(home)}
    assert len(damaged) == 200
    assert {site for site, _, _ in damaged} == set(SITES)
    same = Path(shutil.copytree(home, home.with_name("same")))
    found = lantai(same, "audit", status=1).document
    assert told(found, "damaged", "missing") == damaged
    assert not told(found, "repaired", "lost", "extra")
    mended = lantai(home, "audit", "--repair", status=1).document
    assert told(mended, "damaged", "missing") == told(mended, "repaired") == damaged
    assert (mended["outcome"], told(mended, "lost")) == ("repaired", set())
    whole = lantai(home, "audit", status=0).document
    assert whole["outcome"] == "whole"
    past = lantai(home, "audit", "--history", status=0).document["audits"]
    assert [each["outcome"] for each in past] == ["repaired", "whole"]
