"""The power is pulled in the middle of an audit; the one that goes on tells what an undisturbed one tells."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import warm
from batches import ROOT, lantai, mixed_batch, new_home
from sampling import sampled

from archive.audit_runs import audit_run_detail, audit_runs
from ingest.locks import only_one
from lantai.wiring import opened
from processes.auditing import audit as audits
from processes.errors import NotFound
from storage.keyring import keyring_name

POINTS = [
    "processes.auditing.audit_visit:Visit._look:before:3",
    "processes.auditing.audit_run:Run.save:after:2",
    "processes.auditing.audit_run:Run.save:before:3",
    "processes.auditing.audit_mend:Mender.see_to:before:1",
    "storage.vault:Vault.repair:after:1",
    "processes.auditing.audit_mend:Mender.see_to:after:2",
    "processes.auditing.copies_keyring:replace_file:after:1",
    "processes.auditing.copies_ledger:replace_file:after:1",
    "processes.auditing.audit:_Way._end:after:1",
    "processes.auditing.audit:_Way._list_extra:after:1",
    "processes.auditing.audit:_enter:before",
]


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two batches of six objects; damage in both, in keyrings and in the ledger's files, at both sites."""
    folder = tmp_path_factory.mktemp("damaged")
    home = new_home(folder)
    for seed in (1, 11):
        batch = lantai(home, "ingest", mixed_batch(folder, str(seed), seed=seed), status=0).document["batch"]
        first, second, *_ = sorted((home / "sites/site-a/objects" / batch).iterdir())
        first.unlink()
        second.write_bytes(second.read_bytes()[:-9])
    (home / "sites/site-b" / keyring_name(batch)).unlink()
    for path in home.glob("sites/site-b/ledger/payloads/000.p/*"):
        path.write_bytes(path.read_bytes()[:-2] + b"no")
    for path in home.glob("sites/site-a/ledger/tile/0/000.p/*"):
        path.unlink()
    home.joinpath("sites/site-b/objects/stray").write_bytes(b"left behind")
    return home


def told(document: dict[str, Any]) -> dict[str, Any]:
    """All that must be alike: not when, how long and which run."""
    return {name: document[name] for name in ("sites", "scope", "outcome", "interrupted")}


def killed(point: str, home: Path, *words: str) -> int:
    environment = {**os.environ, "LANTAI_LANG": "en"}
    asked = [point, str(home), *words]
    return warm.run(asked, environment, 120, ROOT / "tests/fault/killed_audit.py").returncode


def resumed(home: Path) -> dict[str, Any]:
    with opened(home) as archive:
        return audits.resume(archive.tools()).as_json()


@pytest.fixture(scope="module")
def undisturbed(damaged: Path) -> dict[bool, dict[str, Any]]:
    found = {}
    for repair in (False, True):
        home = Path(shutil.copytree(damaged, damaged.with_name(f"undisturbed-{repair}")))
        with opened(home) as archive:
            found[repair] = audits.audit(archive.tools(), audits.Scope(), repair).as_json()
    return found


@pytest.mark.parametrize("point", sampled(POINTS))
def test_an_audit_that_goes_on_tells_what_an_undisturbed_one_tells(
    damaged: Path, undisturbed: dict[bool, dict[str, Any]], tmp_path: Path, point: str
) -> None:
    home = Path(shutil.copytree(damaged, tmp_path / "home"))
    assert killed(point, home, "--repair") == -signal.SIGKILL
    again = resumed(home)
    assert again["resumed"] == 1
    assert told(again) == told(undisturbed[True])
    with opened(home) as archive:
        assert audits.audit(archive.tools(), audits.Scope(), False).outcome == "whole"
        (first, last) = audits.history(archive.tools()).audits
        assert (first.event.resumed, first.outcome, last.outcome) == (1, "repaired", "whole")


def test_an_audit_may_be_killed_again_and_again(
    damaged: Path, undisturbed: dict[bool, dict[str, Any]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(damaged, tmp_path / "home"))
    assert killed("processes.auditing.audit_run:Run.save:after:2", home) == -signal.SIGKILL
    assert killed("processes.auditing.audit_run:Run.save:after:3", home, "--resume") == -signal.SIGKILL
    again = resumed(home)
    assert again["resumed"] == 2
    assert told(again) == told(undisturbed[False])


def test_a_plain_audit_says_that_an_interrupted_one_waits_and_leaves_it(
    damaged: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(damaged, tmp_path / "home"))
    killed("processes.auditing.audit_run:Run.save:after:2", home, "--sample", "50")
    found = lantai(home, "audit", status=1).document
    (beside,) = found["beside"]
    assert not beside["running"]
    assert [run["run"] for run in lantai(home, "audit", "--history").document["unfinished"]] == [
        beside["run"]
    ]
    with opened(home) as archive:
        sampled = audits.resume(archive.tools())
        assert (sampled.run, sampled.scope.percent, sampled.chosen) == (beside["run"], 50, 6)
        assert [site.objects for site in sampled.sites] == [6, 6]
        with pytest.raises(NotFound):
            audits.resume(archive.tools())
    refused = lantai(home, "audit", "--resume", status=3).document["error"]
    assert refused["code"] == "not-found"
    assert lantai(home, "audit", "--resume", "--repair", status=2).document["error"]["code"] == "usage"


def test_an_audit_that_is_stopped_says_so_and_can_go_on(damaged: Path, tmp_path: Path) -> None:
    """SIGTERM while it waits for the publishing lock: what was not reached was not checked."""
    home = Path(shutil.copytree(damaged, tmp_path / "home"))
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), "audit", "--json"]
    with only_one(home / "work/publish.lock"):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _at_the_end(home):
            time.sleep(0.05)
        process.terminate()
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert '"interrupted": true' in output
    assert '"outcome": "unchecked"' in output
    assert resumed(home)["resumed"] == 1


def _at_the_end(home: Path) -> bool:
    """Whether the audit has only the ledger's end before it."""
    with opened(home) as archive, archive.database.read() as conn:
        runs = audit_runs(conn)
        return bool(runs) and '"stage": "files"' in (audit_run_detail(conn, runs[0][0]) or "")
