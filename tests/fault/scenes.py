"""The commands that are cut short in these tests, each with a home in which it has much to do, and what an
operator runs afterwards.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from batches import document, photograph, recording, row, write_batch
from kept import SITES, Witness, database_file
from traced import Ended, ran

Words = tuple[str, ...]
AFTER: tuple[Words, ...] = (("worker", "--once"), ("audit", "--repair"), ("worker", "--once"))
FIRST = {"1.pdf": document(1), "2.pdf": document(2), "3.jpg": photograph(3)}
SECOND = {"4.pdf": document(4), "5.pdf": document(5), "6.wav": recording(6), "7.pdf": document(7)}
DOOMED = "A014-WS·2016-Y-BGS-0002"
WHY = ("--reason", "its time is over")
KINDS = {"pdf": "WS", "jpg": "ZP", "wav": "LY"}


@dataclass(frozen=True)
class Scene:
    """One command. `spoil` makes the home in which it has something to do from one with three items.

    `holds`: what the database says is held lies there when the command begins, and so it must ever be.
    `expected` items are there in the end; `opens` says whether the home can be worked in when it was cut
    short; `codes` are the exit codes that are no lie after a failed call.
    """

    name: str
    words: Words
    spoil: Callable[[Path], None] = lambda home: None
    after: tuple[Words, ...] = AFTER
    expected: int = len(FIRST)
    opens: bool = True
    holds: bool = True
    codes: frozenset[int] = frozenset({0, 1, 4})

    def told(self, folder: Path, words: Words) -> list[str]:
        """The words with the home before them and the batch filled in."""
        named = [word.replace("BATCH", str(folder / "second")) for word in words]
        return ["--home", str(folder / "home"), *named]


def make_home(folder: Path) -> Witness:
    """A home of three items, all read back, and the folder of a second batch."""
    ok(ran(folder, "--home", folder / "home", "init"))
    settings = folder / "home/lantai.toml"
    told = settings.read_text("utf-8").replace("background = true", "background = false")
    settings.write_text(told, "utf-8")
    for name, files in (("first", FIRST), ("second", SECOND)):
        rows = [row(file, category=KINDS[file.rpartition(".")[2]]) for file in files]
        write_batch(folder / name, files, rows)
    witness = Witness(folder / "home")
    done = ok(ran(folder, "--home", folder / "home", "ingest", folder / "first", "--wait", "secured"))
    witness.heard(done.document, FIRST)
    ok(ran(folder, "--home", folder / "home", "worker", "--once"))
    return witness


def ok(ended: Ended) -> Ended:
    """It went well."""
    assert ended.status == 0, ended.told
    return ended


def copy_of(made: Path, folder: Path) -> Path:
    """`made` again, in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(made, folder))


def _copies(home: Path, site: str) -> list[Path]:
    return sorted((home / "sites" / site / "objects").glob("*/o*"))


def _emptied(home: Path) -> None:
    """A site lost all but its folder."""
    for area in ("objects", "ledger", "keyrings"):
        shutil.rmtree(home / "sites/site-b" / area)
        (home / "sites/site-b" / area).mkdir(mode=0o700)


def _damaged(home: Path) -> None:
    """Objects missing and altered, a keyring cut, a payload bundle and a recovery file gone."""
    missing, altered, other = _copies(home, "site-a")
    missing.unlink()
    for spoilt in (altered, home / "sites/site-b" / other.relative_to(home / "sites/site-a")):
        spoilt.write_bytes(spoilt.read_bytes()[:-9] + b"123456789")
    ring = next(path for path in (home / "sites/site-b/keyrings").glob("b*.json"))
    ring.write_bytes(ring.read_bytes()[:-40])
    for path in (home / "sites/site-a/ledger").rglob("payload*/**/*"):
        if path.is_file():
            path.unlink()


def _without_database(home: Path) -> None:
    database_file(home).unlink()
    shutil.rmtree(home / "index")


SCENES = {
    scene.name: scene
    for scene in (
        Scene(
            "ingest",
            ("ingest", "BATCH", "--wait", "secured"),
            after=(("ingest", "BATCH"), *AFTER),
            expected=len(FIRST) + len(SECOND),
        ),
        Scene(
            "replicate",
            ("replicate", "--go-ahead"),
            _emptied,
            (("replicate", "--go-ahead"), *AFTER),
            holds=False,
        ),
        Scene("repair", ("audit", "--repair"), _damaged, (("audit", "--repair"), *AFTER), holds=False),
        Scene("rotate", ("keys", "rotate"), after=(("keys", "rotate"), *AFTER)),
        Scene(
            "rebuild",
            ("rebuild", "--from", "site-a"),
            _without_database,
            (("rebuild", "--from", "site-a"), *AFTER),
            opens=False,
        ),
        Scene(
            "destroy",
            ("destroy", DOOMED, *WHY),
            after=(("destroy", "--continue"), ("destroy", DOOMED, *WHY), ("destroy", "--continue"), *AFTER),
        ),
    )
}


def recover(scene: Scene, folder: Path, witness: Witness, said: str) -> None:
    """Run what an operator runs afterwards. Everything must end well by the last of it."""
    for number, words in enumerate(scene.after):
        done = ran(folder, *scene.told(folder, words))
        if words[:2] == ("destroy", DOOMED):
            assert done.status in (0, 3), f"{said}, then {words}: {done.told}"
            witness.destroyed.add(DOOMED)
            continue
        assert done.status in (0, 1), f"{said}, then {words}: {done.told}"
        assert "Traceback" not in done.errors
        if words[0] == "ingest":
            assert done.status == 0, f"{said}, then {words}: {done.told}"
            witness.heard(done.document, SECOND)
        elif number and words[0] == "worker":
            assert done.status == 0, f"{said}, then {words}: {done.told}"


def held_where_said(home: Path) -> None:
    """Whatever the database says a site holds lies there in full length."""
    with sqlite3.connect(database_file(home)) as connection:
        held = connection.execute("SELECT site, batch FROM held WHERE time != ''").fetchall()
        query = (
            "SELECT object, sealed_bytes FROM component JOIN item ON item.id = component.item WHERE batch = ?"
        )
        for site, batch in held:
            assert site in SITES
            for name, size in connection.execute(query, [batch]):
                path = home / "sites" / site / "objects" / batch / name
                assert path.stat().st_size == size, f"{site} does not hold {name}"
