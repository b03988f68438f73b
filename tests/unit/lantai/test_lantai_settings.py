from __future__ import annotations

from pathlib import Path

import pytest

from lantai.settings import FILE_NAME, TEMPLATE, Settings, SettingsError, read, site_folder

HEAD = 'archive = "a1"\norigin = "lantai/a1"\nruleset = "shandong-2016"\naccount = "keeper"\n'
SITES = '[[sites]]\nname = "site-a"\npath = "sites/a"\n[[sites]]\nname = "site-b"\npath = "sites/b"\n'


def settings(home: Path, text: str) -> Settings:
    home.mkdir(exist_ok=True)
    (home / FILE_NAME).write_text(text, "utf-8")
    return read(home)


def sites(one: str, other: str) -> str:
    return HEAD + SITES.replace("sites/a", one).replace("sites/b", other)


def test_what_init_writes_is_accepted(tmp_path: Path) -> None:
    values = {"archive": "a1", "origin": "lantai/a1", "ruleset": "shandong-2016", "account": "keeper"}
    database = '"sqlite:///database.sqlite"'
    found = settings(tmp_path / "home", TEMPLATE.format(**values, database=database, suite="commercial"))
    assert found.suite == "commercial"
    assert [site.name for site in found.sites] == ["site-a", "site-b"]
    assert settings(tmp_path / "home", HEAD + SITES).min_copies == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sites/a", "sites/a"),
        ("sites/a", "sites/a/"),
        ("sites/a", "sites/x/../a"),
        ("sites/a", "sites/a/inner"),
        ("sites/a/objects", "sites/a"),
    ],
)
def test_two_sites_in_one_folder_are_one_copy_and_refused(tmp_path: Path, one: str, other: str) -> None:
    with pytest.raises(SettingsError, match=r"site-a and site-b"):
        settings(tmp_path / "home", sites(one, other))


def test_a_link_to_another_sites_folder_is_seen(tmp_path: Path) -> None:
    (tmp_path / "disk/objects").mkdir(parents=True)
    (tmp_path / "second").symlink_to(tmp_path / "disk")
    with pytest.raises(SettingsError, match="site-a and site-b"):
        settings(tmp_path / "home", sites(str(tmp_path / "disk"), str(tmp_path / "second")))
    with pytest.raises(SettingsError, match="site-a and site-b"):
        settings(tmp_path / "home", sites(str(tmp_path / "disk"), str(tmp_path / "second/inner")))


@pytest.mark.parametrize("area", ["objects", "keyrings", "ledger"])
def test_a_part_of_a_site_that_is_a_link_into_another_is_seen(tmp_path: Path, area: str) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / area).mkdir()
    (tmp_path / "other" / area).symlink_to(tmp_path / "one" / area)
    with pytest.raises(SettingsError, match="site-a and site-b"):
        settings(tmp_path / "home", sites(str(tmp_path / "one"), str(tmp_path / "other")))


@pytest.mark.parametrize("place", [".", "..", "sites/.."])
def test_a_site_never_holds_the_home_with_its_keys(tmp_path: Path, place: str) -> None:
    with pytest.raises(SettingsError, match="site-a holds the home itself"):
        settings(tmp_path / "home", sites(place, str(tmp_path.parent / "elsewhere")))


def test_links_that_lead_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(SettingsError):
        settings(tmp_path / "home", sites(str(tmp_path / "circle" / "a"), "sites/b"))


@pytest.mark.parametrize(
    "line",
    [
        "min_copies = 0",
        "min_copies = -1",
        "min_copies = 3",
        "min_copies = 1.5",
        'secured_by = ["site-a", "site-c"]',
        'secured_by = ["site-a"]',
        'secured_by = ["site-a", "site-a"]',
        "brake_percent = 0",
        "brake_percent = 100.5",
        'origin = ""',
        'archive = "a b"',
        'archive = "../x"',
        'account = ""',
        'account = "a\\nb"',
        'database_url = "a\\u0000b"',
        "inspection = { workers = -1 }",
        "inspection = { workers = 100000000000000000000 }",
        'inspection = { decode = "none" }',
        'colour = "red"',
        "min_copies = [[[",
        "x = " + "[" * 3000 + "]" * 3000,
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    key = line.split(" ")[0]
    head = "".join(f"{kept}\n" for kept in HEAD.splitlines() if not kept.startswith(f"{key} "))
    with pytest.raises(SettingsError, match="toml"):
        settings(tmp_path / "home", f"{head}{line}\n{SITES}")


@pytest.mark.parametrize("name", ["", "site-a", "SITE-A", "a b", "../b", "站点", "-b", "b\\n", "b" * 65])
def test_names_of_sites_are_plain_and_told_apart(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        settings(tmp_path / "home", HEAD + SITES.replace('"site-b"', f'"{name}"'))


@pytest.mark.parametrize("where", ["latitude = 36.6", "latitude = nan\nlongitude = 0.0", "longitude = 181.0"])
def test_half_a_position_or_none_on_earth_is_refused(tmp_path: Path, where: str) -> None:
    with pytest.raises(SettingsError):
        settings(tmp_path / "home", f"{HEAD}{SITES}{where}\n")


def test_an_archive_without_sites_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        settings(tmp_path / "home", HEAD + "sites = []\n")


def test_settings_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no archive"):
        read(tmp_path / "nowhere")
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError):
        read(tmp_path / "file")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FILE_NAME).write_bytes(b'archive = "\xff"')
    with pytest.raises(SettingsError):
        read(tmp_path / "home")


def test_the_folder_of_a_site_is_where_its_copies_really_stand(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "name").symlink_to(tmp_path / "disk")
    found = settings(tmp_path / "home", sites(str(tmp_path / "name"), "sites/b"))
    assert site_folder(found.sites[0], tmp_path / "home") == (tmp_path / "disk").resolve()
