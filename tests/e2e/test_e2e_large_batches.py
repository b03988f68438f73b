"""Large batches and long disturbance: minutes rather than seconds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from batches import ROOT, codes, document, kinds, lantai, new_home, photograph, row, write_batch

pytestmark = pytest.mark.long


def test_ten_thousand_rows_with_three_bad_ones(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    rows = [row(f"{n:05}.pdf", category="WS") for n in range(10_000)]
    rows[17]["date"] = "20161345"
    rows[5_000]["retention"] = "长期"
    rows[9_999]["title"] = ""
    batch = write_batch(tmp_path / "batch", {"00000.pdf": document(1)}, rows)
    for fields in rows[1:]:
        os.link(batch / "00000.pdf", batch / fields["file"])
    report = lantai(home, "ingest", batch, "--accept", "passing", status=1).document
    assert report["counts"]["registered"] == 9_997
    bad = [item for item in report["items"] if item["outcome"] == "returned"]
    assert [item["file"] for item in bad] == ["00017.pdf", "05000.pdf", "09999.pdf"]
    assert [kinds(item) for item in bad] == [{"date-implausible"}, {"retention-unknown"}, {"field-missing"}]
    numbers = [int(code[-5:].strip("-")) for code in codes(report) if code]
    assert numbers == list(range(1, 9_998))


def test_runs_killed_at_random_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(20161121)
    home = new_home(tmp_path)
    batches = []
    for number in range(4):
        files = {f"{number}-{n}.jpg": photograph(100 + number * 10 + n) for n in range(6)}
        rows = [row(name, category="ZP") for name in files]
        batches.append(write_batch(tmp_path / f"batch-{number}", files, rows))
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), "ingest"]
    for _ in range(24):
        running = [
            subprocess.Popen([*command, str(batch)], cwd=ROOT, stdout=subprocess.DEVNULL)
            for batch in chance.sample(batches, 2)
        ]
        time.sleep(chance.uniform(0.3, 1.6))
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
    reports = [lantai(home, "ingest", batch, status=0).document for batch in batches]
    given = Counter(code for report in reports for code in codes(report))
    assert sorted(int(str(code)[-4:]) for code in given) == list(range(1, 25))
    assert set(given.values()) == {1}
    states = Counter(entry["state"] for entry in lantai(home, "batches").document["batches"])
    assert states == {"registered": 4}
    assert lantai(home, "search", "*", "--limit", "100").document["total"] == 24
    assert lantai(home, "audit", status=0).status == 0
