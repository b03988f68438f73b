"""Places that are not what the settings take them for: another archive's, or one under two names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from batches import new_home
from processes_audits import at, checked
from recover_homes import lose_database, rebuilt, spoil_payload, typed
from test_processes_replicate import bring

from ingest.tools import Silent
from lantai.retiring import retire_site
from lantai.wiring import opened
from processes.custody.rotate import rotate
from processes.replicating.retire import CannotRetire
from storage.site_local import prepare


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_site(home: Path, name: str, path: Path) -> None:
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8") + f'\n[[sites]]\nname = "{name}"\npath = "{path}"\n')


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A site of another archive, to which this home's settings lead by mistake."""
    return at(new_home(tmp_path / "other", another=True), "site-b")


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


def with_third(home: Path) -> Path:
    (home / "sites/site-c").mkdir()
    prepare(home / "sites/site-c")
    with_site(home, "site-c", Path("sites/site-c"))
    with opened(home) as archive:
        assert bring(archive).whole
    return home / "sites/site-c"


def test_a_site_is_not_given_up_with_what_stands_nowhere_else(home: Path) -> None:
    third = with_third(home)
    (batch,) = third.joinpath("objects").iterdir()
    only = batch / "oonlyhere"
    only.write_bytes(b"of an entry that this database lost")
    with opened(home) as archive, pytest.raises(CannotRetire, match=r"objects/.*/oonlyhere"):
        retire_site(archive, "site-c", Silent())
    shutil.copy(only, at(home, "site-a") / "objects" / batch.name)
    with opened(home) as archive:
        assert retire_site(archive, "site-c", Silent())["objects"] == 4


def test_a_site_is_not_given_up_with_the_only_copy_of_a_lost_payload(lived: Path) -> None:
    third = with_third(lived)
    lose_database(lived)
    entry = next(n for n in range(20) if typed(at(lived, "site-a"), n) == "item.described")
    for site in ("site-a", "site-b", "site-c"):
        shutil.copytree(at(lived, site), lived / "kept" / site)
        spoil_payload(lived, site, entry)
    assert rebuilt(lived).ledger.lost
    shutil.rmtree(third / "ledger/payloads")
    shutil.copytree(lived / "kept/site-c/ledger/payloads", third / "ledger/payloads")
    with opened(lived) as archive, pytest.raises(CannotRetire, match=f"the payload of entry {entry}"):
        retire_site(archive, "site-c", Silent())
