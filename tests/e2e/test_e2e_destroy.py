"""Destroying as a person does it: nothing of the item is in any file, and everything else is as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from batches import lantai, new_home, recording, row, write_batch
from canaries import FILES, Canary, heard, note_sealed, taken_in
from sqlalchemy import select

from archive import catalogue, tables
from lantai.wiring import opened


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Canary]:
    folder = tmp_path_factory.mktemp("sung")
    home = new_home(folder)
    canary = taken_in(home, folder / "incoming")
    note_sealed(home, canary)
    return home, canary


@pytest.fixture
def home(sung: tuple[Path, Canary], tmp_path: Path) -> Path:
    return Path(shutil.copytree(sung[0], tmp_path / "home"))


@pytest.fixture
def canary(sung: tuple[Path, Canary]) -> Canary:
    return sung[1]


def dump(home: Path) -> bytes:
    with opened(home) as archive, archive.database.read() as conn:
        return catalogue.dump(conn)


def neighbours_are_whole(home: Path, canary: Canary, target: Path) -> None:
    for code, file in zip(canary.neighbours, ("photo.jpg", "report.pdf"), strict=True):
        lantai(home, "get", code, "-o", target / file, status=0)
        assert (target / file).read_bytes() == FILES[file]


def test_the_canary_sings_before_it_is_destroyed(home: Path, canary: Canary) -> None:
    found = heard(canary, [home])
    names = {name for some in found.values() for name in some}
    assert {"kanarientitel", "kanarienfrist", "kanarienberichtigung", "kanariendatei.wav"} <= names
    assert {"sealed at 0", "digest"} <= names


def test_nothing_of_a_destroyed_item_is_in_any_file(home: Path, canary: Canary, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    paper = tmp_path / "certificate.json"
    done = lantai(
        home,
        "destroy",
        canary.code,
        "--reason",
        "期满",
        "--certificate",
        paper,
        status=0,
        TMPDIR=str(scratch),
    ).document
    assert done["destructions"][0]["pending"] == []
    assert not heard(canary, [home, scratch])
    assert canary.code in paper.read_text("utf-8")
    neighbours_are_whole(home, canary, tmp_path)
    assert lantai(home, "audit", status=0).document["outcome"] == "whole"
    before = dump(home)
    lantai(home, "rebuild", "--views", status=0)
    assert dump(home) == before
    lantai(home, "get", canary.code, status=3)
    row = lantai(home, "batch", canary.batch, status=0).document["items"][1]
    assert (row["file"], row["code"], row["findings"]) == (None, canary.code, [])
    assert not heard(canary, [home, scratch])
    # What somebody types from here on is theirs, and stands in the use journal.
    assert lantai(home, "search", "kanarientitel", status=0).document["total"] == 0


def test_a_database_had_back_from_a_site_is_the_same_and_lacks_nothing(
    home: Path, canary: Canary, tmp_path: Path
) -> None:
    lantai(home, "destroy", canary.code, "--reason", "期满", status=0)
    before = dump(home)
    (home / "database.sqlite").rename(tmp_path / "lost.sqlite")
    for log in home.glob("database.sqlite-*"):
        log.unlink()
    lantai(home, "rebuild", "--from", "site-b", status=0)
    assert dump(home) == before
    assert not heard(canary, [home])


def test_a_code_of_a_destroyed_item_is_never_given_again(home: Path, canary: Canary, tmp_path: Path) -> None:
    lantai(home, "destroy", canary.code, "--reason", "期满", status=0)
    lantai(home, "destroy", canary.code, "--reason", "期满", status=3)
    batch = write_batch(tmp_path / "next", {"a.wav": recording(9)}, [row("a.wav", category="LY")])
    new = lantai(home, "ingest", batch, status=0).document["items"][0]["code"]
    assert new != canary.code
    assert new[-4:] == f"{int(canary.code[-4:]) + 1:04d}"


@pytest.mark.long
def test_on_a_server_no_row_tells_of_it_and_the_certificate_names_its_log(
    tmp_path: Path, postgresql: str
) -> None:
    home = new_home(tmp_path, server=postgresql)
    canary = taken_in(home, tmp_path / "incoming")
    note_sealed(home, canary)
    assert heard_in_rows(home, canary)
    paper = tmp_path / "certificate.json"
    words = [canary.code, "--reason", "期满", "--certificate", paper]
    done = lantai(home, "destroy", *words, status=0).document
    assert {"server-log", "server-backups"} <= set(done["certificate"]["defeats"])
    assert not heard(canary, [home])
    assert not heard_in_rows(home, canary)
    assert lantai(home, "audit", status=0).document["outcome"] == "whole"


def heard_in_rows(home: Path, canary: Canary) -> set[str]:
    """What of it stands in any row of any table."""
    rows: list[bytes] = []
    with opened(home) as archive, archive.database.read() as conn:
        for table in (*tables.stored.sorted_tables, *tables.projected.sorted_tables):
            for row in conn.execute(select(table)):
                rows += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    content = b"\n".join(rows)
    return {name for name, singing in canary.singing.items() if singing in content}


def test_the_worker_finishes_what_a_site_that_was_away_left(home: Path, canary: Canary) -> None:
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8").replace("min_copies = 2", "min_copies = 1"), "utf-8")
    (home / "sites" / "site-b").rename(hidden := home / "sites" / ".site-b")
    lantai(home, "destroy", canary.code, "--reason", "期满", status=4)
    hidden.rename(home / "sites" / "site-b")
    assert lantai(home, "worker", "--once", status=0).document["destroyed"]
    assert lantai(home, "destroy", "--list", status=0).document["destructions"] == []
    assert not heard(canary, [home])


def test_replicate_finishes_it_too(home: Path, canary: Canary) -> None:
    settings = home / "lantai.toml"
    settings.write_text(settings.read_text("utf-8").replace("min_copies = 2", "min_copies = 1"), "utf-8")
    (home / "sites" / "site-b").rename(hidden := home / "sites" / ".site-b")
    lantai(home, "destroy", canary.code, "--reason", "期满", status=4)
    hidden.rename(home / "sites" / "site-b")
    assert "destructions" not in lantai(home, "replicate", status=0).document
    assert lantai(home, "destroy", "--list", status=0).document["destructions"] == []
    assert not heard(canary, [home])
