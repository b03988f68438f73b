"""An operator's worst day: database gone, a site gone, the machine gone; and the days when it is tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from batches import ROOT, codes, document, lantai, mixed_batch, new_home, row, write_batch
from sqlalchemy import inspect, text

from archive import catalogue
from archive.database import connect
from lantai.settings import read
from lantai.wiring import opened


def dump(home: Path) -> bytes:
    with opened(home) as archive, archive.database.read() as conn:
        return catalogue.dump(conn)


def shown(home: Path) -> list[Any]:
    every = ("ZP·2016-Y-BGS-0001", "ZP·2016-Y-BGS-0002", "LY·2016-Y-BGS-0001", "WS·2016-Y-BGS-0002")
    return [lantai(home, "show", f"A014-{code}", status=0).document for code in every]


def test_database_and_one_site_deleted_are_had_back_with_one_command_each(home: Path) -> None:
    before = dump(home)
    for path in home.glob("database.sqlite*"):
        path.unlink()
    shutil.rmtree(home / "sites/site-a")
    told = lantai(
        home, "rebuild", "--from", "site-b", "--checkpoint", home.parent / "checkpoint", status=0
    ).document
    assert (told["head"], told["evidence"], told["missing"], told["lost"]) == ("proven", "checkpoint", [], [])
    assert {one["source"]: one["state"] for one in told["heads"]} == {
        "site-b": "same",
        "site-a": "away",
        "checkpoint": "same",
    }
    assert dump(home) == before
    filled = lantai(home, "replicate", "--site", "site-a", "--go-ahead", status=0).document
    assert {site["site"]: site["objects"] for site in filled["sites"]}["site-a"] == 6
    audited = lantai(home, "audit", status=0).document
    assert [(site["objects"], site["damaged"], site["missing"]) for site in audited["sites"]] == [
        (6, [], [])
    ] * 2
    assert lantai(home, "search", "报告", status=0).document["total"] == 4


def test_without_a_checkpoint_the_report_says_so_and_nothing_is_written_before_it_is_accepted(
    home: Path, tmp_path: Path
) -> None:
    for path in home.glob("database.sqlite*"):
        path.unlink()
    shutil.rmtree(home / "sites/site-a")
    told = lantai(home, "rebuild", "--from", "site-b", status=1).document
    assert (told["head"], told["evidence"]) == ("unproven", "")
    assert told["read_only"].startswith("head: unproven")
    code = "A014-WS·2016-Y-BGS-0001"
    refused = lantai(home, "withdraw", code, "--reason", "no", status=3)
    assert refused.document["error"]["code"] == "read-only"
    assert lantai(home, "get", code, "-o", tmp_path / "out", status=0).document["bytes"]
    accepted = lantai(home, "rebuild", "--from", "site-b", "--accept-head", str(told["size"])).document
    assert accepted["reopened"] and accepted["origin"] == f"{told['origin']}/2"
    assert "site-a" in accepted["pending"]
    lantai(home, "replicate", "--site", "site-a", "--go-ahead", status=0)
    lantai(home, "audit", status=0)
    lantai(home, "checkpoint", "--public-key", "-o", tmp_path / "key", status=0)
    lantai(home, "prove", code, "-o", tmp_path / "proof", status=0)
    assert lantai(home, "verify", tmp_path / "proof", "--key", tmp_path / "key", status=0).document["ok"]
    assert lantai(home, "doctor").document["checks"]
    identity = next(c for c in lantai(home, "doctor").document["checks"] if c["name"] == "identity")
    assert identity["ok"]


def test_words_say_head_unproven(home: Path) -> None:
    (home / "sites/site-a").rename(home / "away")
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), "rebuild", "--from", "site-b"]
    said = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "LANTAI_LANG": "en"},
        check=False,
    )
    assert said.returncode == 1
    assert said.stdout.startswith("head: unproven (")
    assert "--accept-head" in said.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--views", "--from", "site-a"],
        ["--views", "--accept-lost"],
        ["--from", "site-a", "--checkpoint", "nowhere"],
    ],
)
def test_words_that_do_not_fit_are_a_mistake_of_usage(home: Path, words: list[str]) -> None:
    assert lantai(home, "rebuild", *words, status=2).document["error"]["code"] == "usage"


def test_a_drill_opens_a_sample_from_one_site_and_leaves_nothing_behind(
    home: Path, kept: tuple[Path, str]
) -> None:
    files = {path for path in home.rglob("*") if "ledger" not in path.parts and path.suffix != ".lock"}
    first = lantai(home, "drill", "--sample", "3", status=0, LANTAI_RECOVERY_KEY=kept[1]).document
    assert (first["ok"], first["objects"], first["missing"], first["ahead"]) == (True, 3, [], 0)
    left = {path for path in home.rglob("*") if "ledger" not in path.parts and path.suffix != ".lock"}
    assert {path.name for path in left - files} <= {"database.sqlite-wal", "database.sqlite-shm"}
    second = lantai(home, "drill", status=0, LANTAI_RECOVERY_KEY=kept[1]).document
    assert {first["site"], second["site"]} == {"site-a", "site-b"}
    assert second["objects"] == 6
    past = lantai(home, "drill", "--history", status=0).document["drills"]
    assert [(one["site"], one["ok"], one["objects"]) for one in past] == [
        (second["site"], True, 6),
        (first["site"], True, 3),
    ]


def test_a_drill_at_a_damaged_site_says_what_did_not_open(home: Path, kept: tuple[Path, str]) -> None:
    victim = max((home / "sites/site-b/objects").rglob("o*"), key=lambda path: path.stat().st_size)
    victim.write_bytes(b"\0" * victim.stat().st_size)
    told = lantai(home, "drill", "--site", "site-b", status=1, LANTAI_RECOVERY_KEY=kept[1]).document
    assert [one["object"] for one in told["missing"]] == [victim.name]
    failed = [c for c in lantai(home, "doctor").document["checks"] if c["name"] == "drill result"]
    assert failed and not failed[0]["ok"]
    mistyped = lantai(home, "drill", status=2, LANTAI_RECOVERY_KEY="x" * 56).document
    assert mistyped["error"]["code"] == "recovery-key-mistyped"


def test_a_drill_whose_entry_waits_for_a_site_says_that_everything_opened(
    home: Path, kept: tuple[Path, str]
) -> None:
    (home / "sites/site-a").rename(home / "sites/away")
    told = lantai(home, "drill", "--site", "site-b", status=4, LANTAI_RECOVERY_KEY=kept[1]).document
    assert (told["ok"], told["objects"], told["missing"]) == (True, 6, [])
    assert "`lantai replicate --site site-a --go-ahead`" in told["pending"]


def test_a_servers_database_is_made_again_in_an_emptied_schema(postgresql: str, tmp_path: Path) -> None:
    home = new_home(tmp_path, server=postgresql)
    lantai(home, "ingest", mixed_batch(tmp_path), status=0)
    before = dump(home)
    told = lantai(home, "rebuild", "--from", "site-a", status=0).document
    assert (told["head"], told["set_aside"].split("_")[0]) == ("proven", "schema lantai")
    assert dump(home) == before
    database = connect(read(home).database_url)
    with database.write() as tx:
        aside = told["set_aside"].removeprefix("schema ")
        assert tx.execute(text(f'SELECT count(*) FROM "{aside}".entry')).scalar() == told["size"]
        for table in reversed(inspect(tx).get_table_names()):
            tx.execute(text(f'DROP TABLE "{table}" CASCADE'))
    database.close()
    again = lantai(home, "rebuild", "--from", "site-b", status=0).document
    assert (again["set_aside"], again["items"]) == (None, 5)
    assert dump(home) == before
    next_batch = write_batch(tmp_path / "next", {"z.pdf": document(9)}, [row("z.pdf", category="WS")])
    assert codes(lantai(home, "ingest", next_batch, status=0).document) == ["A014-WS·2016-Y-BGS-0003"]
