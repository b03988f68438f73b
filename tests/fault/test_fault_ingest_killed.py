"""The power is pulled at every stage boundary of an ingest; the next run ends as an undisturbed one does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import warm
from batches import ROOT, codes, lantai, mixed_batch, new_home, photograph, row, write_batch
from sampling import sampled

from lantai.batch_lists import list_batches
from lantai.wiring import opened
from processes.auditing.audit import Scope, audit
from processes.finding.find import Asked, search
from processes.finding.show import show

POINTS = [
    "ingest.pipeline:receive",
    "ingest.pipeline:publish:before",
    "ingest.intents:begin",
    "storage.vault:Vault.put_keyring",
    "storage.vault:Vault.seal:before:3",
    "storage.vault:Vault.seal:after:4",
    "storage.vault:Vault.settle:before:2",
    "ingest.intents:note:before",
    "ingest.intents:note:after",
    "ingest.pipeline:take_in",
    "ingest.pipeline:judge",
    "ingest.intents:last_keyring",
    "ingest.register:numbering.allocate",
    "ingest.register:catalogue.record",
    "ingest.register:working.enqueue",
    "ingest.pipeline:register",
    "ingest.intents:discard_rest",
    "archive.ledger:Ledger.sign_head",
    "ingest.publish:put:before:1",
    "ingest.publish:put:after:3",
    "ingest.publish:put:after:6",
    "ingest.publish:working.set_published:before",
    "ingest.pipeline:of_batch:before",
    "lantai.taking:feed:before",
    "search.generation:Generation.append",
    "search.generations:Generations.point:before:2",
    "search.generations:Generations.point:after:2",
    "processes.finding.index:working.settle:before",
    "processes.finding.texts:page_texts.put_texts:before",
    "processes.finding.texts:page_texts.put_texts",
    "processes.finding.texts:page_texts.set_looked_through:before",
]


def killed(point: str, home: Path, batch: Path, *words: str) -> int:
    """Run an ingest that dies at `point`; its exit status."""
    asked = [point, str(home), str(batch), *words]
    return warm.run(asked, os.environ, 120, ROOT / "tests/fault/killed_run.py").returncode


def state_of(home: Path) -> dict[str, Any]:
    """Everything that must be alike after any history: what is kept, coded, found and provable."""
    with opened(home) as archive:
        work = archive.tools().work
        found = search(
            archive.database, archive.index, work, Asked("*", limit=100, facets=True), archive.subject
        )
        items = [
            show(archive.database, archive.ledger, hit["code"], archive.subject) for hit in found["hits"]
        ]
        batches = [(b["state"], b["registered"], b["returned"]) for b in list_batches(archive)["batches"]]
        whole = audit(archive.tools(), Scope(), repair=False).whole
    kept = {
        item["code"]: [(part["file"], part["sha256"], part["bytes"]) for part in item["components"]]
        for item in items
    }
    types = sorted(event["type"] for item in items for event in item["history"])
    return {"kept": kept, "batches": batches, "types": types, "facets": found["facets"], "whole": whole}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    home = new_home(folder)
    lantai(home, "ingest", mixed_batch(folder), status=0)
    return state_of(home)


@pytest.mark.parametrize("point", sampled(POINTS, 2))
def test_a_run_killed_anywhere_is_finished_by_the_next(
    point: str, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    assert killed(point, home, batch) in (-9, 137), "the run ended before it reached the point"
    report = lantai(home, "ingest", batch, status=0).document
    assert report["state"] in ("registered", "secured")
    assert len(set(codes(report))) == 5
    assert None not in codes(report)
    state = state_of(home)
    assert state["whole"]
    assert state == undisturbed


@pytest.mark.long
def test_numbers_stay_gapless_however_often_runs_are_killed(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    for number, point in enumerate(POINTS[12:19]):
        name = f"p{number}.jpg"
        rows = [row(name, category="ZP")]
        batch = write_batch(tmp_path / f"batch-{number}", {name: photograph(number + 20)}, rows)
        assert killed(point, home, batch) in (-9, 137)
        lantai(home, "ingest", batch, status=0)
    found = lantai(home, "search", "*", "--limit", "100", status=0).document
    numbers = sorted(int(hit["code"].rpartition("-")[2]) for hit in found["hits"])
    assert numbers == list(range(1, 8))
