"""Destruction killed at every step: whoever goes on comes to the same end, working state or none."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
import warm
from batches import ROOT, lantai, new_home
from canaries import Canary, heard, keys_in, note_sealed, taken_in
from sampling import sampled
from sqlalchemy import delete

from archive import catalogue, tables
from lantai.wiring import opened
from processes.auditing.audit import Scope, audit
from processes.destruction.destroy import destroy, go_on, unfinished

POINTS = [
    "archive.ledger:Ledger.destroy_payloads",  # inside the one transaction: nothing has happened
    "processes.destruction.destroy:order",
    "processes.destruction.destroy:publish",
    "processes.destruction.destroy_keys:write_keyring:before",
    "processes.destruction.destroy:drop_keys",
    "processes.custody.rotate:move_keyrings",
    "processes.destruction.destroy:rotate",
    "processes.destruction.destroy:keys_gone",
    "processes.destruction.destroy_sites:_objects",
    "processes.destruction.destroy_sites:put",
    "processes.destruction.destroy:clear:after:1",
    "search.generation:Generation.append:before",
    "search.living:Filling.finish:before",
    "search.generations:Generations.sweep:before:2",
    "processes.destruction.destroy:rewrite",
    "processes.destruction.destroy:compact",
    "processes.destruction.destroy:_confirm:before",
    "processes.destruction.destroy:publish:before:2",
]
UNDONE = POINTS[0]


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Canary]:
    folder = tmp_path_factory.mktemp("sung")
    home = new_home(folder)
    canary = taken_in(home, folder / "incoming")
    note_sealed(home, canary)
    return home, canary


def killed(home: Path, point: str, *words: str) -> None:
    asked = [point, str(home), *words]
    done = warm.run(asked, os.environ, program=ROOT / "tests" / "fault" / "killed_destroy.py")
    assert done.returncode == -signal.SIGKILL, f"{point}: {done.stdout}{done.stderr}"


def forget(home: Path) -> None:
    """Working state may be lost at any time."""
    with opened(home) as archive, archive.database.write() as tx:
        tx.execute(delete(tables.destruction))


@pytest.mark.parametrize(
    ("point", "forgotten"),
    sampled([*((point, False) for point in POINTS), *((point, True) for point in POINTS[1::5])], 4),
)
def test_whoever_goes_on_comes_to_the_same_end(
    sung: tuple[Path, Canary], tmp_path: Path, point: str, forgotten: bool
) -> None:
    home, canary = Path(shutil.copytree(sung[0], tmp_path / "home")), sung[1]
    killed(home, point, canary.code, "--reason", "期满")
    if forgotten:
        forget(home)
    words = [canary.code, "--reason", "期满"] if point == UNDONE else ["--continue"]
    with opened(home) as archive:
        if point == UNDONE:
            destroy(archive.tools(), archive.index, [canary.code], words[-1])
        else:
            go_on(archive.tools(), archive.index)
        assert not unfinished(archive.tools())
        assert audit(archive.tools(), Scope(), repair=False).whole
    assert not heard(canary, [home])
    for site in ("site-a", "site-b"):
        assert len(keys_in(home, canary.batch, site)) == 5  # the batch, two items, two objects
    with opened(home) as archive:
        with archive.database.read() as conn:
            before = catalogue.dump(conn)
        catalogue.rebuild(archive.database, archive.ledger)
        with archive.database.read() as conn:
            assert catalogue.dump(conn) == before


def test_a_site_that_was_away_confirms_when_it_is_back(sung: tuple[Path, Canary], tmp_path: Path) -> None:
    home, canary = Path(shutil.copytree(sung[0], tmp_path / "home")), sung[1]
    text = (home / "lantai.toml").read_text("utf-8")
    (home / "lantai.toml").write_text(text.replace("min_copies = 2", "min_copies = 1"), "utf-8")
    (home / "sites" / "site-b").rename(hidden := tmp_path / "site-b")
    paper = tmp_path / "c.json"
    done = lantai(home, "destroy", canary.code, "--reason", "期满", "--certificate", paper, status=4).document
    assert [left["name"] for left in done["destructions"][0]["pending"]] == ["site-b"]
    assert done["certificate"]["pending"] == done["destructions"][0]["pending"]
    assert not heard(canary, [home])
    assert heard(canary, [hidden])
    hidden.rename(home / "sites" / "site-b")
    listed = lantai(home, "destroy", "--list", status=4).document["destructions"]
    assert [left["name"] for left in listed[0]["pending"]] == ["site-b"]
    done = lantai(home, "destroy", "--continue", "--certificate", paper, status=0).document
    assert done["certificate"]["pending"] == []
    assert not heard(canary, [home])
    assert lantai(home, "audit", status=0).document["outcome"] == "whole"
