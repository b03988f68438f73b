"""Files that name the sites of a new archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.errors import UsageMistake
from lantai.new_sites import keep, let_go, tables_of, take
from lantai.settings import FILE_NAME, HEAD, HomeExists, Settings, SettingsError, read
from storage.site import put
from storage.site_local import LocalSite

FOLDERS = '[[sites]]\nname = "a"\npath = "{0}/a"\n[[sites]]\nname = "b"\npath = "{0}/b"\n'


def settings(home: Path, tables: str) -> Settings:
    home.mkdir()
    values = {"archive": "a1", "origin": "o", "ruleset": "r", "account": "k", "suite": "international"}
    text = HEAD.format(**values, database='"sqlite:///database.sqlite"')
    (home / FILE_NAME).write_text(text + tables, "utf-8")
    return read(home)


def test_the_tables_of_a_file_are_those_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text("# two folders\n" + FOLDERS.format(tmp_path), "utf-8")
    found = settings(tmp_path / "home", tables_of(tmp_path / "sites.toml"))
    assert [site.name for site in found.sites] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sites = []",
        "x = 1",
        'archive = "a"',
        "[[sites]]",
        '[[sites]]\nname = "a"\ncolour = "red"',
        "[",
        "\x00",
    ],
)
def test_a_file_that_names_no_sites_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sites.toml").write_text(text, "utf-8")
    with pytest.raises(UsageMistake, match=r"sites\.toml"):
        tables_of(tmp_path / "sites.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UsageMistake, match="cannot be read"):
            tables_of(path)


def test_sites_that_overlap_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        settings(tmp_path / "home", FOLDERS.format(tmp_path).replace("/b", "/a/b"))
    assert not (tmp_path / "a").exists()


def test_a_site_that_holds_anything_is_not_taken_and_not_emptied(tmp_path: Path) -> None:
    found = settings(tmp_path / "home", FOLDERS.format(tmp_path))
    take(tmp_path / "home", found)
    keep(tmp_path / "home")
    other = LocalSite("other", tmp_path / "b")
    put(other, "keyrings/recovery.json", b"another archive")
    other.settle()
    with pytest.raises(HomeExists, match="may hold another archive"):
        take(tmp_path / "home", found)
    let_go(tmp_path / "home", found)
    assert other.read("keyrings/recovery.json") == b"another archive"


def test_sites_of_an_archive_that_was_not_made_are_empty_again(tmp_path: Path) -> None:
    found = settings(tmp_path / "home", FOLDERS.format(tmp_path))
    take(tmp_path / "home", found)
    site = LocalSite("a", tmp_path / "a")
    put(site, "keyrings/recovery.json", b"nobody can open this")
    site.settle()
    let_go(tmp_path / "home", found)
    assert list(LocalSite("a", tmp_path / "a").list()) == []
    take(tmp_path / "home", found)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    found = settings(tmp_path / "home", FOLDERS.format(tmp_path))
    (tmp_path / "a").write_bytes(b"a file")
    with pytest.raises(UsageMistake, match="cannot be made"):
        take(tmp_path / "home", found)
