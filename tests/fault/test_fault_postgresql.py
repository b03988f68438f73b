"""Runs that die, and connections that a server cuts, with the database on PostgreSQL."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from batches import ROOT, codes, document, lantai, new_home, row, write_batch
from sampling import sampled
from test_fault_ingest_killed import killed, state_of
from test_fault_sites_and_database import changed

POINTS = [
    "ingest.register:catalogue.record",
    "ingest.pipeline:register",
    "archive.ledger:Ledger.sign_head",
    "processes.finding.index:working.settle:before",
]


def batch_in(folder: Path) -> Path:
    files = {f"{number}.pdf": document(number) for number in (1, 2, 3)}
    return write_batch(folder / "batch", files, [row(file, category="WS") for file in files])


@pytest.mark.parametrize("point", sampled(POINTS, 4))
def test_a_run_killed_anywhere_is_finished_by_the_next(point: str, postgresql: str, tmp_path: Path) -> None:
    home, batch = new_home(tmp_path, server=postgresql), batch_in(tmp_path)
    assert killed(point, home, batch) in (-9, 137), "the run ended before it reached the point"
    report = lantai(home, "ingest", batch, status=0).document
    assert [str(code)[-4:] for code in codes(report)] == ["0001", "0002", "0003"]
    state = state_of(home)
    assert state["whole"]
    assert len(state["kept"]) == 3
    assert state["batches"] == [("registered", 3, 0)]
    assert state["types"] == ["item.registered"] * 3


def test_a_connection_cut_in_the_middle_of_the_registration_leaves_nothing_half(
    postgresql: str, tmp_path: Path
) -> None:
    home, batch = new_home(tmp_path, server=postgresql), batch_in(tmp_path)
    script = (
        "import psycopg, ingest.register as r\n"
        "record = r.catalogue.record\n"
        "def cut(tx, *words):\n"
        "    record(tx, *words)\n"
        "    mine = tx.exec_driver_sql('SELECT pg_backend_pid()').scalar()\n"
        "    with tx.engine.connect() as other:\n"
        "        other.exec_driver_sql(f'SELECT pg_terminate_backend({mine})')\n"
        "r.catalogue.record = cut\n"
    )
    done = subprocess.run(changed(script, home, batch), cwd=ROOT, capture_output=True)
    assert done.returncode == 4
    assert b"database-broken" in done.stdout
    assert lantai(home, "search", "*", status=0).document["total"] == 0
    report = lantai(home, "ingest", batch, status=0).document
    assert [str(code)[-4:] for code in codes(report)] == ["0001", "0002", "0003"]
    lantai(home, "audit", status=0)
