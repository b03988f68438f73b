"""What a check is, and those that need no opened archive: the program itself, the home's files, its volume.

Not done here: putting the checks in order, surviving their faults (`doctor`).
"""

from __future__ import annotations

import importlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ingest.work import ProbePool
from lantai.keychains import KEYS_FOLDER
from lantai.settings import FILE_NAME, Settings, database_url

ROOMS = ("archive", "ingest", "lantai", "policies", "processes", "search", "storage")


Severity = Literal["fail", "warn"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `severity` says how bad it is where `ok` is false; `zh` is the text in Chinese where
    nobody can retell it.
    """

    name: str
    ok: bool
    severity: Severity
    text: str
    zh: str = ""

    def as_json(self) -> dict[str, object]:
        """The check as `doctor --json` tells it."""
        return {
            "name": self.name,
            "ok": self.ok,
            "severity": self.severity,
            "text": self.text,
            "zh": self.zh,
        }


def own_packages() -> Iterator[Check]:
    """Our rooms have plain names: nothing else may stand in their place."""
    strangers = []
    for room in ROOMS:
        module = importlib.import_module(room)
        folder = Path(module.__file__ or "").resolve().parent.parent
        if not (folder / "lantai" / "doctor.py").is_file():
            strangers.append(f"{room} comes from {folder}")
    text = "; ".join(strangers) or f"all seven rooms are those of lantai {_version()}"
    yield Check("packages", not strangers, "fail", text)


def _version() -> str:
    try:
        return version("lantai")
    except PackageNotFoundError:
        return "(not installed)"


def confinement() -> Iterator[Check]:
    """Probes meet hostile files: how well this platform confines them."""
    with ProbePool(1) as pool:
        state = pool.sandbox_state()
    yield Check("probe confinement", state.complete, "warn", state.text)


def told_settings(_home: Path, settings: Settings) -> Iterator[Check]:
    """The settings can be read; a database's user and password are never shown."""
    where = shown_address(settings.database_url)
    yield Check("settings", True, "fail", f"rule set {settings.ruleset}, database {where}")


def shown_address(address: str) -> str:
    """A database's address without user, password and options, which may hold a password too."""
    url = _parsed(address)
    if url is None:
        return "(malformed)"
    host = (url.host or "").rpartition("@")[2]  # a password with an "@" that was not escaped
    return f"{url.drivername}://{host}/{url.database or ''}"


def _parsed(address: str) -> URL | None:
    try:
        return make_url(address)
    except (ArgumentError, ValueError):
        return None


def modes(home: Path, settings: Settings) -> Iterator[Check]:
    """Nobody but the owner reads the home, its keys, settings, database and index.

    Settings that hold no password are no secret by themselves: open to others they only warn.
    """
    private = [home / name for name in ("", KEYS_FOLDER, "index", "work")]
    private += sorted((home / KEYS_FOLDER).glob("*"))
    exposed = [path for path in (*private, *_database_files(home, settings)) if _exposed(path)]
    file = home / FILE_NAME
    grave = bool(exposed) or "@" in settings.database_url or "password" in settings.database_url
    exposed += [file] if _exposed(file) else []
    named = ", ".join(os.path.relpath(path, home) for path in exposed)
    text = f"{named} can be read by others: chmod go= them" if exposed else "private"
    yield Check("file modes", not exposed, "fail" if grave or not exposed else "warn", text)


def _database_files(home: Path, settings: Settings) -> list[Path]:
    """An SQLite database with what it writes beside it; a server keeps its own."""
    prefix = "sqlite:///"
    address = database_url(settings, home)
    if not address.startswith(prefix):
        return []
    file = address.removeprefix(prefix).partition("?")[0]
    return [Path(file + end) for end in ("", "-wal", "-shm", "-journal")]


def _exposed(path: Path) -> bool:
    """Whether others than the owner may do anything with it; what is not there, nobody can."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except FileNotFoundError:
        return False


def volume(home: Path, _settings: Settings) -> Iterator[Check]:
    """Database and index hold plaintext by decision: they belong on an encrypted volume."""
    device = home.stat().st_dev
    mapped = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/dm/uuid")
    encrypted = mapped.is_file() and mapped.read_text().startswith("CRYPT-")
    text = (
        "on an encrypted volume"
        if encrypted
        else "database and index hold plaintext; no encrypted volume seen"
    )
    yield Check("volume", encrypted, "warn", text)
