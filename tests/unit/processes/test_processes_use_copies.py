"""Use copies made behind a registration: once, again where they were removed, and within their bound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from batches import lantai, mixed_batch, new_home

from archive import catalogue
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING
from processes.use_copies import behind
from processes.use_copies.behind import make_behind, sweep
from processes.use_copies.making import Wish, make


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with five items that nobody has made copies of."""
    folder = tmp_path_factory.mktemp("use-copies")
    home = new_home(folder)
    lantai(home, "ingest", mixed_batch(folder), status=0)
    return home


def kept(archive: Archive) -> list[str]:
    folder = archive.use_copies.folder
    return sorted(path.stem for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


def test_small_pictures_and_peaks_are_made_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = archive.tools()
    done, more = make_behind(tools, 100)
    assert not more
    found = kept(archive)
    assert found.count("thumb") == found.count("screen") == done - found.count("peaks")
    assert {"thumb", "screen", "peaks"} == set(found)
    assert make_behind(tools, 100) == (0, False)
    (archive.use_copies.folder / behind._MARK).unlink()
    monkeypatch.setattr(behind, "make", None)
    assert make_behind(tools, 100) == (0, False), "they are there"


def test_a_folder_that_was_removed_is_filled_again(archive: Archive) -> None:
    tools = archive.tools()
    make_behind(tools, 100)
    before = kept(archive)
    archive.use_copies.sweep(0)
    assert kept(archive) == []
    (archive.use_copies.folder / behind._MARK).unlink()
    make_behind(tools, 100)
    assert kept(archive) == before


def test_a_round_makes_about_so_many_and_says_that_there_is_more(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "_LOOKED_AT_ONCE", 1)
    done, more = make_behind(archive.tools(), 1)
    assert (done, more) == (1, True)


def test_what_no_site_has_now_is_left_to_whoever_asks_for_it(archive: Archive) -> None:
    objects = [path for path in archive.home.glob("sites/*/objects/*/*") if path.is_file()]
    for path in objects:
        path.rename(path.with_name(path.name + ".away"))
    assert make_behind(archive.tools(), 100) == (0, False)
    assert kept(archive) == []


def test_the_folder_is_kept_within_its_bound_now_and_then(archive: Archive) -> None:
    tools = archive.tools()
    make_behind(tools, 100)
    count = len(kept(archive))
    assert sweep(tools, 1) == count
    make_behind(tools, 100)
    assert sweep(tools, 1) == 0, "it was looked at just now"


def test_a_copy_of_what_was_destroyed_meanwhile_is_not_kept(archive: Archive) -> None:
    tools = archive.tools()
    shop = replace(behind.workshop(tools), there=lambda _item: False)
    with archive.database.read() as conn:
        records = catalogue.items_after(conn, -1, EVERYTHING, 10)
    item = next(record.item for record in records if record.item.category == "ZP")
    part = item.components[0]
    key = tools.vault.keyring(item.batch).key(part.object_id)
    assert make(shop, Wish(item.id, item.batch, part, "thumb"), key).content
    assert kept(archive) == []


def test_the_worker_makes_them_unless_the_settings_say_otherwise(home: Path) -> None:
    settings = home / "lantai.toml"
    text = settings.read_text("utf-8")
    settings.write_text(f"{text}\n[use]\nbehind = false\n", "utf-8")
    assert lantai(home, "worker", "--once", status=0).document["copies"] == 0
    settings.write_text(f'{text}\n[use]\nfolder = "elsewhere/use"\n', "utf-8")
    assert lantai(home, "worker", "--once", status=0).document["copies"] > 0
    with opened(home) as archive:
        assert archive.use_copies.folder == home.resolve() / "elsewhere" / "use"
        assert kept(archive)
