"""A command that changes lantai.toml leaves everything else in it as its keeper wrote it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lantai.settings import FILE_NAME, SettingsError, read
from lantai.settings_edit import drop_site, mark_retiring

HEAD = 'archive = "a1"\norigin = "lantai/a1"\nruleset = "shandong-2016"\naccount = "keeper"\n'
SITE = '[[sites]]\nname = "site-{0}"   # 第{0}处\npath = "sites/{0}"\n'
AROUND = "\n# what stands here\n"


def home(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / FILE_NAME).write_text(text, "utf-8")
    return folder


def sites(*names: str) -> str:
    return AROUND.join(SITE.format(name) for name in names)


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_a_site_goes_and_every_other_line_stays(tmp_path: Path, name: str) -> None:
    text = f"{HEAD}{AROUND}{sites('a', 'b', 'c')}{AROUND}"
    folder = home(tmp_path, text)
    settings = drop_site(folder, f"site-{name}")
    assert [site.name for site in settings.sites] == [f"site-{n}" for n in "abc" if n != name]
    assert (folder / FILE_NAME).read_text("utf-8") == text.replace(SITE.format(name), "")
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert read(folder) == settings


def test_a_site_between_other_tables_goes_alone(tmp_path: Path) -> None:
    other = "[inspection]\nworkers = 3\n"
    text = HEAD + SITE.format("a") + SITE.format("b") + other + SITE.format("c")
    folder = home(tmp_path, text)
    assert drop_site(folder, "site-b").inspection.workers == 3
    assert (folder / FILE_NAME).read_text("utf-8") == text.replace(SITE.format("b"), "")


def test_a_heading_inside_a_text_is_no_heading(tmp_path: Path) -> None:
    odd = SITE.format("b") + 'medium = """\\\n[[sites]] \\\nname = x"""\n'
    text = HEAD + SITE.format("a") + odd + SITE.format("c")
    folder = home(tmp_path, text)
    assert [site.name for site in drop_site(folder, "site-b").sites] == ["site-a", "site-c"]


def test_a_site_being_given_up_is_marked_and_keeps_nothing(tmp_path: Path) -> None:
    text = HEAD + sites("a", "b", "c")
    folder = home(tmp_path, text)
    settings = mark_retiring(folder, "site-c", "2026-11-21T12:00:00Z")
    assert [site.name for site in settings.active] == ["site-a", "site-b"]
    now = (folder / FILE_NAME).read_text("utf-8")
    assert now.replace('retiring = "2026-11-21T12:00:00Z"\n', "") == text


@pytest.mark.parametrize("text", [HEAD + sites("a", "b"), 'secured_by = ["site-a", "site-c"]\n' + HEAD])
def test_what_the_rules_refuse_is_not_written(tmp_path: Path, text: str) -> None:
    text = text if "[[" in text else text + sites("a", "b", "c")
    folder = home(tmp_path, text)
    with pytest.raises(SettingsError):
        drop_site(folder, "site-a")
    with pytest.raises(SettingsError):
        mark_retiring(folder, "site-a", "2026-11-21T12:00:00Z")
    assert (folder / FILE_NAME).read_text("utf-8") == text


@pytest.mark.parametrize(
    "text",
    ["sites = [[[", HEAD, HEAD + 'sites = [{ name = "site-a", path = "a" }]\n', HEAD + sites("b", "c")],
)
def test_a_file_that_cannot_be_changed_so_is_left_alone(tmp_path: Path, text: str) -> None:
    folder = home(tmp_path, text)
    with pytest.raises(SettingsError):
        drop_site(folder, "site-a")
    assert (folder / FILE_NAME).read_text("utf-8") == text
