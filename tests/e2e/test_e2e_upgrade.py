"""Homes of every earlier release, brought to this one: nothing lost or changed, every key still opens."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import postgres
import pytest
from batches import ROOT, codes, document, lantai, row, write_batch
from sampling import sampled

from archive.database import connect
from archive.errors import LedgerDamaged
from archive.tables import SCHEMA
from archive.upgrade import upgrade_database
from ingest.locks import only_one
from lantai.upgrading import upgrade_home
from lantai.using import in_use
from storage.recovery import RECOVERY_NAME, open_recovery, recovery_bytes

HOMES = sorted((ROOT / "tests" / "homes").glob("*.tar.xz"))


@pytest.fixture(params=HOMES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A home as an earlier release left it, and what is known of it."""
    with tarfile.open(request.param) as packed:
        packed.extractall(tmp_path)  # ours; Debian's Python 3.11 knows no filter
    home = tmp_path / "home"
    home.chmod(0o700)
    return home, json.loads((tmp_path / "known.json").read_text("utf-8"))


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The home of the first release."""
    with tarfile.open(HOMES[0]) as packed:
        packed.extractall(tmp_path)
    return tmp_path / "home"


def everything(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def sites(home: Path) -> dict[str, bytes]:
    return {name: content for name, content in everything(home).items() if name.startswith("sites/")}


def only_known(told: Any, known: Any) -> Any:
    """`told` without the fields that later releases added."""
    if isinstance(known, dict):
        return {name: only_known(told[name], value) for name, value in known.items()}
    if isinstance(known, list) and len(told) == len(known):
        return [only_known(one, other) for one, other in zip(told, known, strict=True)]
    return told


def version(home: Path) -> str:
    with sqlite3.connect(home / "database.sqlite") as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_older_home_is_whole_after_its_upgrade(old: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, known = old
    before = sites(home)
    done = lantai(home, "upgrade", status=0).document
    assert done["changed"]
    assert done["entries"] == known["head"]["size"]
    assert done["indexed"] == len(known["codes"])
    assert sites(home) == before
    for code in known["codes"]:
        shown = lantai(home, "show", code, status=0).document
        assert only_known(shown, known["show"][code]) == known["show"][code]
    assert lantai(home, "checkpoint", status=0).document["note"] == known["head"]["note"]
    assert lantai(home, "search", "*", status=0).document["total"] == len(known["codes"])
    assert lantai(home, "audit", status=0).document
    opened = open_recovery(
        recovery_bytes(known["recovery_key"]), (home / "sites/site-a" / RECOVERY_NAME).read_bytes()
    )
    assert opened.key_encryption_keys
    batch = write_batch(tmp_path / "batch", {"new.pdf": document(5)}, [row("new.pdf", category="WS")])
    new = codes(lantai(home, "ingest", batch, "--wait", "secured", status=0).document)
    assert new[0] not in known["codes"]
    again = lantai(home, "upgrade", status=0).document
    assert (again["changed"], again["entries"], again["indexed"]) == (False, 0, 0)


@pytest.mark.parametrize(
    "words", [["batches"], ["search", "*"], ["audit"], ["rebuild", "--views"], ["worker", "--once"]]
)
def test_every_other_command_says_that_an_older_home_is_to_be_upgraded(older: Path, words: list[str]) -> None:
    before = everything(older)
    said = lantai(older, *words, status=4)
    assert "lantai upgrade" in said.document["error"]["text"]
    assert {**everything(older), "database.sqlite": b""} == {**before, "database.sqlite": b""}


def test_the_doctor_says_so_too(older: Path) -> None:
    checks = {check["name"]: check for check in lantai(older, "doctor", status=1).document["checks"]}
    assert "run `lantai upgrade`" in checks["home"]["text"]


KILL = """
import os, signal, sys
import MODULE as module
real = module.NAME
def dies(*words, **named):
    BEFORE
    done = real(*words, **named)
    os.kill(os.getpid(), signal.SIGKILL)
module.NAME = dies
from lantai.cli.main import outcome
outcome(['--home', sys.argv[1], 'upgrade'], True)
"""


@pytest.mark.parametrize(
    ("module", "name", "where"),
    sampled(
        [
            ("archive.upgrade", "migrate_tables", "after"),
            ("archive.upgrade", "_bring_up", "after"),
            ("archive.upgrade.catalogue", "rebuild", "before"),
            ("archive.catalogue", "recreate_projections", "after"),
            ("archive.upgrade.catalogue", "rebuild", "after"),
            ("processes.recovery.upgrade", "refill", "before"),
            ("processes.finding.index.working", "settle", "before"),
        ]
    ),
)
def test_an_upgrade_killed_anywhere_is_finished_by_the_next(
    older: Path, module: str, name: str, where: str
) -> None:
    known = json.loads((older.parent / "known.json").read_text("utf-8"))
    die = "os.kill(os.getpid(), signal.SIGKILL)" if where == "before" else "pass"
    owner, _, attribute = module.rpartition(".")
    head = f"from {owner} import {attribute} as module"
    script = KILL.replace("import MODULE as module", head).replace("NAME", name).replace("BEFORE", die)
    assert subprocess.run([sys.executable, "-c", script, str(older)], cwd=ROOT).returncode == -signal.SIGKILL
    upgrade_home(older)
    assert version(older) == SCHEMA
    assert lantai(older, "search", "*", status=0).document["total"] == len(known["codes"])
    assert not upgrade_home(older).changed


def test_an_upgrade_leaves_a_home_alone_that_somebody_works_in(older: Path) -> None:
    before = everything(older)
    with in_use(older):
        assert lantai(older, "upgrade", status=4).document["error"]["code"] == "home-busy"
    with only_one(older / "work" / "worker.lock"):  # all that a program of the first release holds
        assert lantai(older, "upgrade", status=4).document["error"]["code"] == "home-busy"
    assert {**everything(older), "work/worker.lock": b""} == {**before, "work/worker.lock": b""}
    lantai(older, "upgrade", status=0)


def test_nobody_opens_a_home_while_it_is_upgraded(older: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from lantai import upgrading\n"
        "real = upgrading.upgrade_database\n"
        "def stops(*words):\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        "    return real(*words)\n"
        "upgrading.upgrade_database = stops\n"
        "from lantai.cli.main import outcome\n"
        "sys.exit(outcome(['--home', sys.argv[1], 'upgrade', '--json'], True))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script, str(older)], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        os.waitid(os.P_PID, run.pid, os.WSTOPPED | os.WNOWAIT)
        for word in ("batches", "upgrade"):
            assert lantai(older, word, status=4).document["error"]["code"] == "home-busy"
    finally:
        run.send_signal(signal.SIGCONT)
        assert run.wait(60) == 0
    lantai(older, "batches", status=0)


def test_an_altered_ledger_is_not_upgraded(older: Path) -> None:
    with sqlite3.connect(older / "database.sqlite") as database:
        database.execute("UPDATE entry SET payload = CAST('{}' AS BLOB) WHERE \"index\" = 5")
    with pytest.raises(LedgerDamaged, match="entry 5"):
        upgrade_home(older)
    assert version(older) == "0001"


def test_a_lost_or_spoilt_index_is_made_again(older: Path) -> None:
    upgrade_home(older)
    for spoil in ("gone", "rubbish"):
        if spoil == "gone":
            shutil.rmtree(older / "index")
        else:
            (spoilt,) = (older / "index").glob("*/meta.json")
            spoilt.write_text("{", "utf-8")
        assert upgrade_home(older).indexed == 3
        assert lantai(older, "search", "*", status=0).document["total"] == 3


def test_a_database_on_a_server_is_upgraded_too(postgresql: str, older: Path) -> None:
    """The first release's tables and rows, moved to a server as its own tools would have."""
    origin = json.loads((older.parent / "known.json").read_text("utf-8"))["head"]["origin"]
    with postgres.new_database(postgresql) as url:
        _as_first_release(url, older / "database.sqlite")
        done = upgrade_database(url, origin)
        assert (done.schema, done.entries) == (("0001", SCHEMA), 10)
        assert upgrade_database(url, origin).entries == 0


def _as_first_release(url: str, file: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import MetaData

    from archive.bulk import insert_rows

    server, stored = connect(url), connect(f"sqlite:///{file}")
    with server.write() as tx, stored.read() as source:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "archive" / "migrations"))
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        known = MetaData()
        known.reflect(tx)
        for name in ("entry", "tile", "checkpoint", "projection"):
            table = known.tables[name]
            insert_rows(tx, table, [tuple(line) for line in source.execute(table.select())])
    server.close()
    stored.close()
