"""Places that are not what the settings take them for: another archive's, or one under two names."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import new_home
from processes_audits import at, checked
from test_processes_replicate import bring

from lantai.wiring import opened
from processes.rotate import rotate


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_site(home: Path, name: str, path: Path) -> None:
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + f'\n[[sites]]\nname = "{name}"\npath = "{path}"\n')


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A site of another archive, to which this home's settings lead by mistake."""
    return at(new_home(tmp_path / "other"), "site-b")


@pytest.mark.parametrize("act", ["replicate", "go-ahead", "audit", "repair", "rotate"])
def test_a_site_of_another_archive_is_left_as_it_is(home: Path, strange: Path, act: str) -> None:
    before = content_of(strange)
    with_site(home, "site-c", strange)
    with opened(home) as archive:
        if act == "replicate":
            found = bring(archive).sites[2].unreachable
        elif act == "go-ahead":
            found = bring(archive, site="site-c", go_ahead=True).sites[0].unreachable
        elif act == "rotate":
            found = rotate(archive.tools()).pending["site-c"]
        else:
            found = checked(archive, repair=act == "repair").sites[2].unreachable
    assert content_of(strange) == before
    assert "another archive" in found
