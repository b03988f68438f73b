"""Use copies as they are kept: sealed under what comes from the object's key, whole or absent, bounded."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.suites import COBBLESTONE_256, COBBLESTONE_SM4
from storage import use_copies
from storage.errors import ObjectDamaged
from storage.sealing import Key
from storage.use_copies import FORM, Shown, UseCopies

SHOWN = Shown("archive", "b1", "o1", Key(COBBLESTONE_256, bytes(range(32))))
PICTURE = b"what is seen " * 5_000


@pytest.fixture
def copies(tmp_path: Path) -> UseCopies:
    return UseCopies(tmp_path / "use")


@pytest.mark.parametrize("cipher", [COBBLESTONE_256, COBBLESTONE_SM4])
def test_a_copy_is_read_again_and_nothing_of_it_is_on_disk(copies: UseCopies, cipher: str) -> None:
    shown = replace(SHOWN, key=Key(cipher, bytes(range(32))))
    copies.put(shown, "screen", PICTURE)
    assert copies.read(shown, "screen") == PICTURE
    with copies.opened(shown, "screen") as file:
        file.seek(13 * 3_000)
        assert file.read(13) == PICTURE[:13]
    written = [path for path in copies.folder.rglob("*") if path.is_file()]
    assert len(written) == 1
    assert b"what is seen" not in written[0].read_bytes()
    assert written[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "other",
    [
        replace(SHOWN, key=Key(COBBLESTONE_256, bytes(32))),
        replace(SHOWN, archive="another"),
    ],
)
def test_a_copy_opens_with_its_objects_key_in_its_archive_alone(copies: UseCopies, other: Shown) -> None:
    copies.put(SHOWN, "thumb", PICTURE)
    assert copies.read(other, "thumb") is None


def test_the_key_of_a_copy_is_another_for_each_kind_and_never_the_objects_own() -> None:
    keys = {SHOWN.key_of(kind).secret for kind in ("thumb", "screen", "tiles")}
    assert len(keys) == 3
    assert SHOWN.key.secret not in keys


def test_a_copy_under_another_kinds_or_objects_name_counts_as_missing(copies: UseCopies) -> None:
    copies.put(SHOWN, "thumb", PICTURE)
    place = copies.folder / "b1" / "o1"
    (place / f"thumb.{FORM}").rename(place / f"screen.{FORM}")
    assert copies.read(SHOWN, "screen") is None
    with pytest.raises(ObjectDamaged), copies.opened(SHOWN, "screen"):
        pass
    copies.put(SHOWN, "thumb", PICTURE)
    place.rename(place.with_name("o2"))
    assert copies.read(replace(SHOWN, object_id="o2"), "thumb") is None


@pytest.mark.parametrize("place", [0, 30, 100, 20_000, -1])
def test_a_damaged_copy_counts_as_missing_and_is_replaced(copies: UseCopies, place: int) -> None:
    copies.put(SHOWN, "thumb", PICTURE)
    path = copies.folder / "b1" / "o1" / f"thumb.{FORM}"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert copies.read(SHOWN, "thumb") is None
    path.write_bytes(content[: len(content) // 2])
    assert copies.read(SHOWN, "thumb") is None
    copies.put(SHOWN, "thumb", PICTURE)
    assert copies.read(SHOWN, "thumb") == PICTURE


def test_an_empty_copy_says_that_there_is_nothing_to_be_made(copies: UseCopies) -> None:
    assert copies.read(SHOWN, "thumb") is None
    copies.put(SHOWN, "thumb", b"")
    assert copies.read(SHOWN, "thumb") == b""


def test_forgetting_removes_all_kinds_of_an_object_and_no_others(copies: UseCopies) -> None:
    other = replace(SHOWN, object_id="o2")
    for shown in (SHOWN, other):
        for kind in ("thumb", "screen"):
            copies.put(shown, kind, PICTURE)
    copies.forget("b1", ["o1", "never-there"])
    assert not (copies.folder / "b1" / "o1").exists()
    assert copies.read(other, "thumb") == PICTURE
    copies.forget("b1", ["o2"])
    assert not (copies.folder / "b1").exists()


def test_the_copies_unused_for_longest_go_first(copies: UseCopies) -> None:
    shown = [replace(SHOWN, object_id=f"o{number}") for number in range(4)]
    for number, one in enumerate(shown):
        copies.put(one, "thumb", PICTURE)
        path = copies.folder / "b1" / one.object_id / f"thumb.{FORM}"
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
    assert copies.read(shown[0], "thumb") == PICTURE  # used now
    size = (copies.folder / "b1" / "o1" / f"thumb.{FORM}").stat().st_size
    assert copies.sweep(4 * size) == 0
    assert copies.sweep(2 * size) == 2
    assert [copies.has("b1", one.object_id, "thumb") for one in shown] == [True, False, False, True]


def test_what_a_crash_left_goes_when_it_is_old(copies: UseCopies) -> None:
    copies.put(SHOWN, "thumb", PICTURE)
    place = copies.folder / "b1" / "o1"
    for name in ("old", "young"):
        (place / f".draft-{name}").write_bytes(b"half")
    os.utime(place / ".draft-old", (1, 1))
    copies.sweep(1 << 30)
    assert sorted(path.name for path in place.iterdir()) == [".draft-young", f"thumb.{FORM}"]


def test_a_copy_of_another_form_is_not_there_and_goes(
    copies: UseCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.put(SHOWN, "thumb", PICTURE)
    monkeypatch.setattr(use_copies, "FORM", FORM + 1)
    monkeypatch.setattr(use_copies, "_SUFFIX", f".{FORM + 1}")
    assert not copies.has("b1", "o1", "thumb")
    assert copies.read(SHOWN, "thumb") is None
    copies.put(SHOWN, "screen", PICTURE)
    assert copies.sweep(1 << 30) == 1
    assert [path.name for path in (copies.folder / "b1" / "o1").iterdir()] == [f"screen.{FORM + 1}"]


def test_folders_of_which_nothing_is_left_go_too_and_come_again(copies: UseCopies) -> None:
    for number in range(3):
        copies.put(replace(SHOWN, object_id=f"o{number}"), "thumb", PICTURE)
    (copies.folder / ".mark").touch()
    assert copies.sweep(0) == 3
    assert [path.name for path in copies.folder.iterdir()] == [".mark"]
    copies.put(SHOWN, "thumb", PICTURE)
    assert copies.read(SHOWN, "thumb") == PICTURE


def test_a_folder_that_a_sweep_takes_while_a_copy_is_put_into_it_is_made_anew(
    copies: UseCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens, taken = os.open, list[str]()

    def swept_first(path: Any, *more: Any) -> int:
        if not taken:
            taken.append(str(path))
            copies.sweep(0)
        return opens(path, *more)

    monkeypatch.setattr(use_copies.os, "open", swept_first)
    copies.put(SHOWN, "thumb", PICTURE)
    assert taken
    assert copies.read(SHOWN, "thumb") == PICTURE
