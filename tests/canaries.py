"""A batch with an item that sings: strings and bytes that must be in no file once it is destroyed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from batches import document, lantai, photograph, recording, row, write_batch

from archive import catalogue
from archive.events import Event, HoldLifted, HoldPlaced
from ingest.publish import publish
from lantai.wiring import opened
from policies.access import EVERYTHING

WORDS = {
    "title": "kanarientitel 金丝雀题名",
    "author": "kanarienautor",
    "keywords": "kanarienwort",
    "people": "kanarienperson",
    "abstract": "kanarienauszug 金丝雀摘要",
}
FILE = "kanariendatei.wav"
WRONG = "kanarienfrist"
CORRECTED = "kanarienberichtigung"
HELD = "kanariengrund"
FORMER = "kanarienvorgang"


@dataclass
class Canary:
    """The code of the item that is to go, those of its neighbours, and what nobody may find of it."""

    code: str
    batch: str
    neighbours: list[str]
    singing: dict[str, bytes] = field(default_factory=dict)


def rows(**changes: str) -> list[dict[str, str]]:
    return [
        row("photo.jpg", category="ZP"),
        row(FILE, category="LY", **WORDS | changes),
        row("report.pdf", category="WS"),
    ]


FILES = {"photo.jpg": photograph(5), FILE: recording(7), "report.pdf": document(4)}


def taken_in(home: Path, folder: Path) -> Canary:
    """Hand the batch in wrongly, then rightly; correct and hold the item; everything that tells of it."""
    lantai(home, "ingest", write_batch(folder / "batch", FILES, rows(retention=WRONG)), status=1)
    again = write_batch(folder / "again" / "batch", FILES, rows())
    report = lantai(home, "ingest", again, status=0).document
    codes = [item["code"] for item in report["items"]]
    code = codes.pop(1)
    lantai(home, "describe", code, f"notes={CORRECTED}", "--reason", FORMER, status=0)
    lantai(home, "hold", code, "--reason", HELD, status=0)
    lantai(home, "hold", code, "--lift", "--reason", HELD, status=0)
    fill_a_bundle(home, codes[0])
    canary = Canary(code, report["batch"], codes)
    words = [*WORDS.values(), *(" ".join(WORDS.values()).split()), FILE, WRONG, CORRECTED, HELD, FORMER]
    canary.singing = {word: word.encode() for word in words}
    canary.singing |= {f"{word} in UTF-16": word.encode("utf-16-le") for word in words}
    content = FILES[FILE]
    canary.singing |= {
        f"content at {at}": content[at : at + 24] for at in range(2000, len(content) - 24, 4001)
    }
    shown = lantai(home, "show", code, status=0).document["components"][0]
    canary.singing["digest"] = shown["sha256"].encode()
    return canary


def fill_a_bundle(home: Path, code: str) -> None:
    """So many entries that the first bundle, with everything of the canary, is full and published as such."""
    with opened(home) as archive:
        tools = archive.tools()
        with archive.database.write() as tx:
            record = catalogue.item_by_code(tx, code, EVERYTHING)
            assert record is not None
            events: list[Event] = [HoldPlaced(record.item.id, "full", "keeper", "root")] * 256
            catalogue.record(tx, tools.ledger, events, tools.now())
            catalogue.record(
                tx, tools.ledger, [HoldLifted(record.item.id, "full", "keeper", "root")], tools.now()
            )
        publish(tools)


def note_sealed(home: Path, canary: Canary, site: str = "site-a") -> None:
    """The sealed bytes too: of the one object that no neighbour has."""
    folder = home / "sites" / site / "objects" / canary.batch
    for path in folder.iterdir():
        sealed = path.read_bytes()
        if len(sealed) > len(FILES[FILE]) and len(sealed) - len(FILES[FILE]) < 2000:
            canary.singing |= {
                f"sealed at {at}": sealed[at : at + 24] for at in range(0, len(sealed) - 24, 4001)
            }
            return
    raise AssertionError("the sealed object was not found")


def pieces(name: str, content: bytes, start: int) -> dict[str, bytes]:
    """Some of a file's bytes from `start` on, long enough to stand nowhere else."""
    return {f"{name} at {at}": content[at : at + 24] for at in range(start, len(content) - 24, 4001)}


def heard(canary: Canary, folders: Iterable[Path]) -> dict[str, list[str]]:
    """Which of it stands in which files, in contents or names."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            content = path.name.encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
            for name, singing in canary.singing.items():
                if singing in content:
                    found.setdefault(str(path.relative_to(folder)), []).append(name)
    return found


def keys_in(home: Path, batch: str, site: str) -> set[str]:
    """What has a key in a batch's keyring at a site."""
    return set(json.loads((home / "sites" / site / "keyrings" / f"{batch}.json").read_bytes())["keys"])
