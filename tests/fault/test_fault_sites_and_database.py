"""Sites exchanged, databases set back or altered, batches given up: nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batches import ROOT, codes, document, lantai, mixed_batch, new_home, photograph, row, write_batch
from test_fault_ingest_killed import killed

from ingest.locks import only_one

REPORT = "A014-WS·2016-Y-BGS-0001"


BEFORE = """
import os, shutil, signal, sqlite3, sys
from pathlib import Path
import ingest.pipeline as p
from lantai.cli.main import outcome
home, batch = sys.argv[1:]
"""
AFTER = "sys.exit(outcome(['--home', home, 'ingest', batch, '--json'], True))\n"


def changed(script: str, home: Path, batch: Path) -> list[str]:
    """An `ingest` in a process of its own, with one of its stages changed by `script`."""
    return [sys.executable, "-c", BEFORE + script + AFTER, str(home), str(batch)]


def copies(home: Path, site: str) -> list[Path]:
    return sorted((home / "sites" / site / "objects").rglob("o*"))


def one_photograph(folder: Path, name: str, seed: int) -> Path:
    return write_batch(folder / name, {f"{name}.jpg": photograph(seed)}, [row(f"{name}.jpg", category="ZP")])


def test_what_an_interrupted_run_sealed_is_sealed_again_where_a_site_lost_it(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    killed("ingest.pipeline:take_in", home, batch)
    before = copies(home, "site-b")
    assert before
    shutil.rmtree(before[0].parent)
    lantai(home, "ingest", batch, status=0)
    assert len(copies(home, "site-a")) == len(copies(home, "site-b")) == 6
    assert lantai(home, "audit", status=0).status == 0


def test_a_disk_exchanged_under_a_running_batch_is_seen_before_anything_gets_a_code(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    script = (
        "last = p.intents.last_keyring\n"
        "def exchanged(*a):\n"
        "    last(*a)\n"
        "    objects = Path(home) / 'sites/site-b/objects'\n"
        "    shutil.rmtree(objects); objects.mkdir()\n"
        "p.intents.last_keyring = exchanged\n"
    )
    done = subprocess.run(changed(script, home, batch), cwd=ROOT, capture_output=True)
    assert done.returncode == 4
    assert lantai(home, "search", "*").document["total"] == 0
    assert codes(lantai(home, "ingest", batch, status=0).document)[0] == "A014-ZP·2016-Y-BGS-0001"
    lantai(home, "audit", status=0)


def test_a_batch_that_is_being_taken_in_cannot_be_given_up(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    script = (
        "judge = p.judge\n"
        "def slow(*a, **k):\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        "    return judge(*a, **k)\n"
        "p.judge = slow\n"
    )
    run = subprocess.Popen(changed(script, home, batch), cwd=ROOT, stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, run.pid, os.WSTOPPED | os.WNOWAIT)
    in_hand = lantai(home, "batches").document["batches"][0]
    assert in_hand["state"] == "working"
    refused = lantai(home, "batch", in_hand["batch"], "--cancel", status=3).document
    assert refused["error"]["code"] == "not-allowed"
    run.send_signal(signal.SIGCONT)
    assert run.wait(60) == 0
    lantai(home, "batch", in_hand["batch"], "--cancel", status=2)
    lantai(home, "audit", status=0)


def test_a_batch_without_its_intent_registers_nothing(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    script = (
        "judge = p.judge\n"
        "def given_up(*a, **k):\n"
        "    with sqlite3.connect(home + '/database.sqlite') as db: db.execute('DELETE FROM intent')\n"
        "    return judge(*a, **k)\n"
        "p.judge = given_up\n"
    )
    done = subprocess.run(changed(script, home, batch), cwd=ROOT, capture_output=True)
    assert done.returncode == 4
    assert b"given-up" in done.stdout
    assert lantai(home, "search", "*").document["total"] == 0


def test_a_database_that_was_set_back_enters_nothing(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0)
    shutil.copy(home / "database.sqlite", tmp_path / "backup")
    lantai(home, "ingest", one_photograph(tmp_path, "second", 2), status=0)
    before = {p: p.read_bytes() for p in (home / "sites").rglob("*") if p.is_file()}
    for leftover in home.glob("database.sqlite*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup", home / "database.sqlite")
    said = lantai(home, "ingest", one_photograph(tmp_path, "third", 3), status=4).document
    assert said["error"]["code"] == "ledger-set-back"
    assert lantai(home, "describe", "A014-ZP·2016-Y-BGS-0001", "keywords=x", "--reason", "trial").status == 4
    assert {p: p.read_bytes() for p in (home / "sites").rglob("*") if p.is_file()} == before


def test_a_site_that_lost_its_ledger_gets_all_of_it(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    files = {f"{n}.pdf": document(n % 7 + 1) for n in range(300)}
    rows = [row(name, category="WS") for name in files]
    lantai(home, "ingest", write_batch(tmp_path / "many", files, rows), status=0)
    ledger = home / "sites/site-b/ledger"
    wanted = {p.relative_to(ledger) for p in ledger.rglob("*") if p.is_file()}
    shutil.rmtree(ledger)
    ledger.mkdir()
    lantai(home, "ingest", one_photograph(tmp_path, "next", 1), status=0)
    found = {p.relative_to(ledger) for p in ledger.rglob("*") if p.is_file()}
    assert Path("tile/entries/000") in found
    assert {p for p in wanted if ".p" not in str(p)} <= found
    lantai(home, "audit", status=0)


@pytest.mark.parametrize("column", ["payload", "envelope"])
def test_an_altered_entry_goes_to_no_site_and_into_no_view(tmp_path: Path, column: str) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0)
    with sqlite3.connect(home / "database.sqlite") as database:
        old = b"first.jpg" if column == "payload" else b"item.registered"
        new = b"forst.jpg" if column == "payload" else b"item.registerad"
        query = f'SELECT "index", {column} FROM entry WHERE type = ?'
        place, content = database.execute(query, ("item.registered",)).fetchone()
        assert old in content
        database.execute(
            f'UPDATE entry SET {column} = ? WHERE "index" = ?', (content.replace(old, new), place)
        )
    before = {p: p.read_bytes() for p in (home / "sites").rglob("*") if p.is_file() and "ledger" in str(p)}
    assert lantai(home, "ingest", one_photograph(tmp_path, "next", 2)).status == 4
    assert lantai(home, "audit", "--repair", status=4).document["error"]["code"] == "ledger-damaged"
    after = {p: p.read_bytes() for p in before}
    assert after == before
    assert lantai(home, "rebuild", "--views", status=4).document["error"]["code"] == "ledger-damaged"


def test_one_lost_keyring_does_not_stop_everybody_else(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lost = lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0).document["batch"]
    for site in ("site-a", "site-b"):
        (home / "sites" / site / "keyrings" / f"{lost}.json").unlink()
    lantai(home, "ingest", one_photograph(tmp_path, "next", 2), status=0)
    audit = lantai(home, "audit", status=1).document["sites"]
    assert any(lost in copy["object"] for copy in audit[0]["missing"])


def test_a_registered_batch_whose_ledger_waits_keeps_its_identifier(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    script = (
        "register = p.register\n"
        "def then_lose_a_site(*a):\n"
        "    entered = register(*a)\n"
        "    (Path(home) / 'sites/site-b').rename(Path(home) / 'sites/away')\n"
        "    return entered\n"
        "p.register = then_lose_a_site\n"
    )
    done = subprocess.run(changed(script, home, batch), cwd=ROOT, capture_output=True)
    assert done.returncode == 4
    listed = lantai(home, "batches").document["batches"]
    assert [entry["state"] for entry in listed] == ["waiting"]
    (home / "sites/away").rename(home / "sites/site-b")
    report = lantai(home, "ingest", batch, status=0).document
    assert (report["batch"], report["repeated"]) == (listed[0]["batch"], True)
    assert [entry["state"] for entry in lantai(home, "batches").document["batches"]] == ["registered"]


def test_a_correction_that_waits_for_a_site_is_entered_and_found(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    lantai(home, "ingest", batch, status=0)
    (home / "sites/site-b").rename(home / "sites/away")
    said = lantai(home, "describe", REPORT, "keywords=防汛", "--reason", "index", status=4).document
    assert "site-b" in said["waiting"]
    assert lantai(home, "search", "防汛").document["total"] == 1
    (home / "sites/away").rename(home / "sites/site-b")
    lantai(home, "describe", REPORT, "keywords=防汛", "--reason", "index", status=2)
    lantai(home, "audit", status=0)


def test_an_edited_list_clears_what_an_interrupted_run_left(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    killed("ingest.pipeline:take_in", home, batch)
    left = copies(home, "site-a")[0].parent.name
    listing = (batch / "manifest.csv").read_text("utf-8")
    (batch / "manifest.csv").write_text(listing.replace("省水利厅办公室", "省水利厅"), "utf-8")
    lantai(home, "ingest", batch, status=0)
    assert [b["state"] for b in lantai(home, "batches").document["batches"]] == ["registered"]
    assert not [path for path in (home / "sites").rglob(f"*{left}*") if path.is_file()]
    assert len(copies(home, "site-a")) == 6


def test_a_lost_index_is_said_and_made_again(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0)
    shutil.rmtree(home / "index")
    (home / "index").mkdir(mode=0o700)
    assert lantai(home, "search", "*", status=4).document["error"]["code"] == "index-lost"
    lantai(home, "rebuild", "--views", status=0)
    assert lantai(home, "search", "*", status=0).document["total"] == 1


def test_a_damaged_index_is_said_and_made_again(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0)
    (meta,) = (home / "index").glob("*/meta.json")
    meta.write_text("{", "utf-8")
    assert lantai(home, "search", "*", status=4).document["error"]["code"] == "index-damaged"
    lantai(home, "rebuild", "--views", status=0)
    assert lantai(home, "search", "*", status=0).document["total"] == 1


def test_a_rebuild_that_is_killed_leaves_the_former_index_and_the_worker_finishes_it(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    lantai(home, "ingest", batch, status=0)
    script = (
        "import os, signal, sys\n"
        "from search.generation import Generation\n"
        "from lantai.cli.main import outcome\n"
        "append = Generation.append\n"
        "def dies(self, documents):\n"
        "    append(self, documents)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "Generation.append = dies\n"
        "sys.exit(outcome(['--home', sys.argv[1], 'rebuild', '--views', '--json'], True))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(home)], cwd=ROOT).returncode == -9
    assert lantai(home, "search", "*", status=0).document["total"] == 5
    lantai(home, "worker", "--once", status=0)
    assert lantai(home, "search", "*", status=0).document["total"] == 5
    assert [path.name for path in (home / "index").iterdir() if path.is_dir()] == ["2"]


def test_a_search_does_not_wait_for_whoever_is_feeding_the_index(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0)
    with sqlite3.connect(home / "database.sqlite") as database:
        database.execute("INSERT INTO outbox (item) SELECT id FROM item")
    with only_one(home / "work/index.lock"):
        assert lantai(home, "search", "*", status=0).document["total"] == 1
        with sqlite3.connect(home / "database.sqlite") as database:
            assert database.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


def test_read_back_that_finds_damage_is_said(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    batch = one_photograph(tmp_path, "first", 1)
    lantai(home, "ingest", batch, status=0)
    victim = copies(home, "site-a")[0]
    victim.write_bytes(victim.read_bytes()[:-1])
    report = lantai(home, "ingest", batch, "--wait", "secured", status=1).document
    assert report["state"] == "registered"
    assert report["faulty"] == [{"site": "site-a", "object": victim.name, "state": "damaged"}]
    lantai(home, "audit", "--repair", status=1)
    assert lantai(home, "ingest", batch, "--wait", "secured", status=0).document["state"] == "secured"


def test_the_work_behind_secures_a_batch_by_itself(tmp_path: Path) -> None:
    home = new_home(tmp_path, background=True)
    batch = lantai(home, "ingest", one_photograph(tmp_path, "first", 1), status=0).document["batch"]
    until = time.monotonic() + 60
    while lantai(home, "batch", batch).document["state"] != "secured":
        assert time.monotonic() < until, "the batch was not read back"
        time.sleep(0.3)
