"""A blank machine, one site and the recovery key: the archive is had back."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from batches import ROOT, Answer, codes, lantai, row, write_batch
from media import pdf
from seaweed import Store

from archive import catalogue
from lantai.wiring import opened

PAGE = ROOT / "docs" / "restore.md"


def dump(home: Path) -> bytes:
    with opened(home) as archive, archive.database.read() as conn:
        return catalogue.dump(conn)


def shown(home: Path) -> list[Any]:
    every = ("ZP·2016-Y-BGS-0001", "ZP·2016-Y-BGS-0002", "LY·2016-Y-BGS-0001", "WS·2016-Y-BGS-0002")
    return [lantai(home, "show", f"A014-{code}", status=0).document for code in every]


def commands(page: Path) -> list[list[str]]:
    """The lines of shell on a page."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text("utf-8"), re.M | re.S)
    return [shlex.split(line) for block in blocks for line in block.strip().splitlines()]


def followed(words: list[str], values: dict[str, str], **environment: str) -> tuple[int, Any]:
    """Run one line of the page with its capitals filled in."""
    assert words[0] == "lantai"
    filled = [values.get(word, word) for word in words[1:]]
    done = subprocess.run(
        [sys.executable, "-m", "lantai.cli.main", *filled, "--json"],
        cwd=ROOT,
        env={**os.environ, "LANTAI_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def test_the_page_on_restoring_is_followed_line_by_line_on_a_blank_machine(
    home: Path, kept: tuple[Path, str], tmp_path: Path
) -> None:
    before, records = dump(home), shown(home)
    blank = tmp_path / "blank"
    blank.mkdir()
    shutil.move(home / "sites/site-b", blank / "disk")
    shutil.move(tmp_path / "checkpoint", blank / "checkpoint")
    shutil.rmtree(home)
    restore, accept, audit, doctor = commands(PAGE)
    made = blank / "home"
    values = {"SITE": str(blank / "disk"), "HOME": str(made), "CHECKPOINT": str(blank / "checkpoint")}
    status, told = followed(restore, values, LANTAI_RECOVERY_KEY=kept[1].lower().replace("-", " "))
    assert status == 0
    assert (told["head"], told["objects"], told["missing"], told["files"]) == ("proven", 6, [], [])
    assert told["bytes"] == sum(part["bytes"] for one in _parts(made) for part in one)
    assert dump(made) == before
    assert "--accept-head" in accept
    assert followed(audit, values)[0] == 0
    status, told = followed(doctor, values)
    assert [check for check in told["checks"] if not check["ok"] and check["severity"] == "fail"] == []
    again = shown(made)
    assert [strip(one) for one in again] == [strip(one) for one in records]
    assert not list(blank.glob(".*"))


def _parts(home: Path) -> list[list[dict[str, Any]]]:
    with opened(home) as archive, archive.database.read() as conn:
        return [[{"bytes": p.bytes} for p in r.item.components] for r in catalogue.all_items(conn)]


def strip(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "history"}


def restored(source: Path | str, target: Path, key: str, *words: str | Path) -> Answer:
    return lantai(target, "restore", "--from", str(source), "--to", target, *words, LANTAI_RECOVERY_KEY=key)


def test_one_site_alone_is_no_evidence_and_its_own_copy_does_not_become_one(
    home: Path, kept: tuple[Path, str], tmp_path: Path
) -> None:
    made = tmp_path / "made"
    told = restored(home / "sites/site-a", made, kept[1])
    assert (told.status, told.document["head"]) == (1, "unproven")
    again = lantai(made, "rebuild", "--from", "local", status=1).document
    assert (again["head"], again["read_only"] != "") == ("unproven", True)
    proven = lantai(made, "rebuild", "--from", "local", "--checkpoint", tmp_path / "checkpoint", status=0)
    assert proven.document["head"] == "proven"
    lantai(made, "audit", status=0)


@pytest.mark.parametrize(
    "key", ["nonsense", "K4FK-XDVT-QX9J-FS8G-RVDA-EX0M-2XFA-SE1Q-BP0T-GQCS-8PXE-5NTT-GCYB-AS1V"]
)
def test_another_recovery_key_restores_nothing(home: Path, tmp_path: Path, key: str) -> None:
    told = restored(home / "sites/site-a", tmp_path / "made", key)
    assert told.status in (2, 4)
    assert told.document["error"]["code"].startswith(("recovery-", "secret-", "usage"))
    assert not (tmp_path / "made").exists()


def test_what_the_source_does_not_hold_whole_is_named(
    home: Path, kept: tuple[Path, str], tmp_path: Path
) -> None:
    site = home / "sites/site-a"
    cut, gone, *_ = sorted(site.rglob("objects/*/*"), key=lambda path: path.stat().st_size)
    cut.write_bytes(cut.read_bytes()[:-1])
    gone.unlink()
    told = restored(site, tmp_path / "made", kept[1], "--checkpoint", tmp_path / "checkpoint")
    assert told.status == 1
    assert told.document["objects"] == 4
    assert {one["object"] for one in told.document["missing"]} == {cut.name, gone.name}
    assert all(one["code"] for one in told.document["missing"])


def test_a_restore_that_was_killed_goes_on_where_it_stood(
    home: Path, kept: tuple[Path, str], tmp_path: Path
) -> None:
    made, before = tmp_path / "made", dump(home)
    words = ["restore", "--from", str(home / "sites/site-a"), "--to", str(made)]
    words += ["--checkpoint", str(tmp_path / "checkpoint"), "--json"]
    environment = {**os.environ, "LANTAI_RECOVERY_KEY": kept[1]}
    for objects in range(1, 6, 2):
        run = subprocess.Popen(
            [sys.executable, "-m", "lantai.cli.main", *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        brought = tmp_path / ".made.restoring/sites/local"
        while run.poll() is None and len(list(brought.rglob("objects/*/*"))) < objects:
            time.sleep(0.002)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert not made.exists() or run.returncode == 0
    told = restored(home / "sites/site-a", made, kept[1], "--checkpoint", tmp_path / "checkpoint")
    if told.status == 2:  # the last of them had come to its end before it was killed
        assert told.document["error"]["code"] == "home-exists"
    else:
        assert (told.status, told.document["objects"]) == (0, 6)
    assert dump(made) == before
    lantai(made, "audit", status=0)


def test_an_archive_in_a_bucket_is_had_back_from_its_url(
    home: Path, kept: tuple[Path, str], tmp_path: Path, s3: Store
) -> None:
    before = dump(home)
    bucket = s3.bucket()
    access, secret = s3.users["keeper"]
    credentials = {"LANTAI_S3_ACCESS_KEY": access, "LANTAI_S3_SECRET_KEY": secret}
    with (home / "lantai.toml").open("a") as settings:
        place = {"endpoint": bucket.endpoint, "bucket": bucket.bucket, "prefix": bucket.prefix}
        lines = [f'{name} = "{value}"' for name, value in place.items()]
        settings.write("\n".join(["", "[[sites]]", 'name = "bucket"', 'kind = "s3"', *lines, ""]))
    lantai(home, "replicate", "--site", "bucket", status=0, **credentials)
    note = tmp_path / "newest"
    lantai(home, "checkpoint", "-o", note, status=0, **credentials)
    shutil.rmtree(home)
    made = tmp_path / "made"
    url = f"s3+{bucket.endpoint}/{bucket.bucket}/{bucket.prefix}"
    told = lantai(
        made, "restore", "--from", url, "--to", made, "--checkpoint", note,
        status=0, LANTAI_RECOVERY_KEY=kept[1], **credentials,
    ).document  # fmt: skip
    assert (told["head"], told["objects"], told["source"]) == ("proven", 6, url)
    assert dump(made) == before
    assert lantai(made, "audit", status=0, **credentials).document
    assert secret not in (made / "lantai.toml").read_text("utf-8")


@pytest.fixture
def first_release(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """The home that the first release left, and what was known of it."""
    with tarfile.open(ROOT / "tests/homes/0.1.0.tar.xz") as packed:
        packed.extractall(tmp_path / "first")  # ours; Debian's Python 3.11 knows no filter
    return tmp_path / "first/home", json.loads((tmp_path / "first/known.json").read_text("utf-8"))


def test_the_first_releases_site_gives_the_first_releases_archive(
    first_release: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home, known = first_release
    (tmp_path / "note").write_text(known["head"]["note"], "utf-8")
    made = tmp_path / "made"
    told = restored(home / "sites/site-b", made, known["recovery_key"], "--checkpoint", tmp_path / "note")
    assert (told.status, told.document["head"], told.document["objects"]) == (0, "proven", 3)
    assert told.document["root"] == known["head"]["root"]
    for code, was in known["show"].items():
        now = lantai(made, "show", code, status=0).document
        assert holds(now, was)
    audited = lantai(made, "audit", status=0).document
    assert [site["objects"] for site in audited["sites"]] == [3, 3]


def holds(now: Any, was: Any) -> bool:
    """Whether everything that was told then is told now; more may be."""
    if isinstance(was, dict):
        return all(holds(now[name], value) for name, value in was.items())
    if isinstance(was, list):
        return len(now) == len(was) and all(map(holds, now, was))
    return bool(now == was)


def test_the_first_releases_home_gets_its_database_back(first_release: tuple[Path, dict[str, Any]]) -> None:
    home, known = first_release
    told = lantai(home, "rebuild", "--from", "site-a", status=0).document
    assert (told["head"], told["items"], told["size"]) == ("proven", 3, known["head"]["size"])
    code = known["codes"][0]
    assert lantai(home, "show", code, status=0).document["title"] == known["show"][code]["title"]
    next_batch = write_batch(home.parent / "next", {"n.pdf": pdf(2)}, [row("n.pdf", category="WS")])
    assert codes(lantai(home, "ingest", next_batch, status=0).document) == ["A014-WS·2016-Y-BGS-0002"]
