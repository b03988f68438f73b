"""Batches for tests, and the command as a user runs it: a process of its own, JSON on its output."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import media
import warm
from postgres import make_database
from sqlalchemy.engine import make_url

ROOT = Path(__file__).resolve().parent.parent
FONDS = "A014"
_PREPARED = tempfile.TemporaryDirectory(prefix="lantai-homes-")
"""Goes with this process."""


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    document: Any
    errors: str


def lantai(home: Path, *words: str | Path, status: int | None = None, **environment: str) -> Answer:
    """Run `lantai --home HOME WORDS… --json`; checks the exit code where one is given."""
    command = ["--home", str(home), *map(str, words), "--json"]
    done = warm.run(command, {**os.environ, "LANTAI_LANG": "en", **environment})
    if status is not None:
        assert done.returncode == status, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    document = json.loads(done.stdout) if done.stdout else None
    return Answer(done.returncode, document, done.stderr)


def new_home(
    folder: Path,
    name: str = "home",
    *,
    background: bool = False,
    server: str = "",
    suite: str = "",
    another: bool = False,
) -> Path:
    """A new archive, without work in the background unless wanted; its database is a new one of `server`.

    It is a copy of one that `init` made for this process: keys and origin are those of every other home that
    this gives, but for one that is to be `another` archive.
    """
    home = folder / name
    if another:
        _made(home, server, suite)
    else:
        prepared = _prepared(server, suite)
        shutil.copytree(prepared, home)
        if server:
            _with_database_of_its_own(home, server)
    settings = home / "lantai.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("background = true", f"background = {str(background).lower()}"), "utf-8")
    return home


@cache
def _prepared(server: str, suite: str) -> Path:
    """An archive that nobody works in."""
    return _made(Path(_PREPARED.name) / f"{suite}{bool(server)}", server, suite)


def _made(home: Path, server: str, suite: str) -> Path:
    database = ["--database", make_database(server)] if server else []
    lantai(home, "init", *database, *(["--suite", suite] if suite else []), status=0)
    return home


def _with_database_of_its_own(home: Path, server: str) -> None:
    """The copied home has a copy of the database, too."""
    settings = home / "lantai.toml"
    text = settings.read_text("utf-8")
    (there,) = set(re.findall(r"lantai_test_[0-9a-f]{32}", text))
    made = str(make_url(make_database(server, template=there)).database)
    settings.write_text(text.replace(there, made), "utf-8")


@cache
def photograph(seed: int = 1) -> bytes:
    """A JPEG of 3.1 megapixels, no two seeds alike."""
    return media.jpeg(2048, 1536, seed, quality=60)


@cache
def recording(seed: int = 1) -> bytes:
    """A WAV of 44.1 kHz, no two seeds alike."""
    return media.wav(0.2 + seed / 100)


@cache
def document(pages: int = 2) -> bytes:
    """A PDF, no two page counts alike."""
    return media.pdf(pages)


def row(file: str, **fields: str) -> dict[str, str]:
    """A row with every required field filled."""
    return {
        "file": file,
        "title": f"关于{file}的报告",
        "author": "省水利厅办公室",
        "date": "20160615",
        "fonds": FONDS,
        "year": "2016",
        "retention": "Y",
        "office": "BGS",
    } | fields


def write_batch(folder: Path, files: Mapping[str, bytes], rows: Sequence[Mapping[str, str]]) -> Path:
    """A batch folder with its files and manifest.csv."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    headings = list(dict.fromkeys(name for fields in rows for name in fields))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def mixed_batch(folder: Path, name: str = "batch", *, seed: int = 1) -> Path:
    """Five good items of six files in two series: photographs, a recording, documents."""
    files = {
        "photo-1.jpg": photograph(seed),
        "photo-2.jpg": photograph(seed + 1),
        "sound/speech.wav": recording(seed),
        "report.pdf": document(seed + 1),
        "notice.pdf": document(seed + 2),
        "notice-annex.pdf": document(seed + 3),
    }
    rows = [
        row("photo-1.jpg", category="ZP"),
        row("photo-2.jpg", category="ZP"),
        row("sound/speech.wav", category="LY"),
        row("report.pdf", category="WS"),
        row("notice.pdf|notice-annex.pdf", role="main|attachment", category="WS"),
    ]
    return write_batch(folder / name, files, rows)


def codes(document: Mapping[str, Any]) -> list[str | None]:
    """The codes of a report's items in row order."""
    return [item["code"] for item in document["items"]]


def kinds(item: Mapping[str, Any], severity: str = "fail") -> set[str]:
    """The kinds of an item's findings of one severity."""
    return {note["kind"] for note in item["findings"] if note["severity"] == severity}
