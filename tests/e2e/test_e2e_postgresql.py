"""The central ways of an archive whose database is on a PostgreSQL server; elsewhere it is a file."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import postgres
import pytest
from batches import ROOT, codes, document, lantai, mixed_batch, new_home, row, write_batch
from sqlalchemy.engine import make_url

from archive import catalogue
from archive.database import open_database
from lantai import settings
from lantai.wiring import opened

REPORT, NOTICE = "A014-WS·2016-Y-BGS-0001", "A014-WS·2016-Y-BGS-0002"


def documents(folder: Path, name: str, count: int, pages: int = 1) -> Path:
    files = {f"{name}-{number}.pdf": document(number + pages) for number in range(count)}
    return write_batch(folder / name, files, [row(file, category="WS") for file in files])


def views(home: Path) -> bytes:
    with opened(home, stale_views=True) as archive, archive.database.read() as connection:
        return catalogue.dump(connection)


def test_a_batch_goes_the_whole_way(postgresql: str, tmp_path: Path) -> None:
    home, batch = new_home(tmp_path, server=postgresql), mixed_batch(tmp_path)
    assert not (home / "database.sqlite").exists()
    taken = lantai(home, "ingest", batch, "--wait", "secured", status=0).document
    assert (taken["state"], taken["counts"]["registered"]) == ("secured", 5)
    assert lantai(home, "ingest", batch, status=0).document["repeated"] is True
    lantai(home, "describe", REPORT, "keywords=防汛", "--reason", "index", status=0)
    lantai(home, "recode", REPORT, "A014-WS·2015-Y-BGS-0007", "--reason", "wrong year", status=0)
    lantai(home, "withdraw", NOTICE, "--reason", "sent by mistake", status=0)
    shown = lantai(home, "show", REPORT, status=0).document
    assert (shown["code"], shown["keywords"]) == ("A014-WS·2015-Y-BGS-0007", "防汛")
    assert [event["type"] for event in shown["history"]] == [
        "item.registered", "item.described", "item.recoded",
    ]  # fmt: skip
    found = lantai(home, "search", "*", "--facets", status=0).document
    assert found["total"] == 4
    before = views(home)
    lantai(home, "rebuild", "--views", status=0)
    assert views(home) == before
    assert lantai(home, "search", "*", "--facets", status=0).document == found
    lantai(home, "audit", status=0)
    assert lantai(home, "doctor", status=0).document["ok"]


def test_batches_at_once_share_a_series_without_gaps(postgresql: str, tmp_path: Path) -> None:
    home = new_home(tmp_path, server=postgresql)
    batches = [documents(tmp_path, "one", 3), documents(tmp_path, "two", 3, pages=4)]
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda b: lantai(home, "ingest", b, status=0).document, batches))
    assert sorted(str(code)[-4:] for report in reports for code in codes(report)) == [
        f"{number:04}" for number in range(1, 7)
    ]


@pytest.fixture
def guest(postgresql: str) -> Iterator[str]:
    """A database of one who must give a password; its address without one."""
    if os.environ.get(postgres.OVERRIDE):
        pytest.skip("the server is not ours: nobody there must give a password")
    made = make_url(postgres.make_database(postgresql, postgres.GUEST))
    yield made.set(username=postgres.GUEST).render_as_string(hide_password=False)


def test_a_password_in_the_address_is_kept_in_the_settings_alone(guest: str, tmp_path: Path) -> None:
    home, password = tmp_path / "home", quote(postgres.PASSWORD, safe="")
    made = lantai(home, "init", "--database", guest.replace("@", f":{password}@", 1), status=0)
    file = home / "lantai.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    holding = [path for path in home.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert holding == [file]
    told = lantai(home, "doctor", status=0)
    assert not [text for text in (str(made), str(told)) if password in text or postgres.PASSWORD in text]
    lantai(home, "ingest", documents(tmp_path, "batch", 1), status=0)


def test_a_password_file_is_used_as_postgresql_uses_it(guest: str, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "pgpass"
    escaped = postgres.PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"*:*:*:{postgres.GUEST}:{escaped}\n", "utf-8")
    file.chmod(0o600)
    lantai(home, "init", "--database", guest, PGPASSFILE=str(file), status=0)
    lantai(home, "batches", PGPASSFILE=str(file), status=0)
    refused = lantai(home, "batches", PGPASSFILE=str(tmp_path / "none"), status=4)
    assert refused.document["error"]["code"] == "database-broken"


def test_what_cannot_be_a_home_on_a_server_leaves_nothing(guest: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    wrong = lantai(home, "init", "--database", guest.replace("@", ":geheim@", 1), status=4)
    assert "geheim" not in str(wrong.document) + wrong.errors
    for address in ("nonsense", "sqlite:///x", "mysql://h/d", "postgresql://localhost"):
        assert lantai(home, "init", "--database", address).status in (2, 4)
    assert list(tmp_path.iterdir()) == []


def test_two_homes_never_share_a_database(postgresql: str, tmp_path: Path) -> None:
    first = new_home(tmp_path, "first", server=postgresql)
    address = settings.read(first).database_url
    said = lantai(tmp_path / "second", "init", "--database", address, status=2).document
    assert said["error"]["code"] == "database-exists"
    assert not (tmp_path / "second").exists()
    lantai(first, "audit", status=0)


@pytest.mark.parametrize("point", ["create_database", "_first_entry", "publish"])
def test_a_killed_init_leaves_nothing_that_the_next_one_minds(
    point: str, postgresql: str, tmp_path: Path
) -> None:
    with postgres.new_database(postgresql) as address:
        script = (
            "import os, signal, sys\n"
            "from lantai import home\n"
            "from lantai.cli.main import outcome\n"
            "real = home.POINT\n"
            "def dies(*words, **named):\n"
            "    real(*words, **named)\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
            "home.POINT = dies\n"
            "outcome(['--home', sys.argv[1], 'init', '--database', sys.argv[2]], True)\n"
        ).replace("POINT", point)
        command = [sys.executable, "-c", script, str(tmp_path / "home"), address]
        assert subprocess.run(command, cwd=ROOT).returncode == -signal.SIGKILL
        assert not (tmp_path / "home").exists()
        lantai(tmp_path / "home", "init", "--database", address, status=0)
        opened_again = open_database(address)
        with opened_again.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM entry").scalar() == 1
        opened_again.close()
        assert [path.name for path in tmp_path.iterdir()] == ["home"]
