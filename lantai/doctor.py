"""The doctor: what an operator should know about this installation before trusting it.

Looks and says; changes nothing. A check that cannot be made is not passed.
"""

from __future__ import annotations

import importlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive import working
from ingest.work import ProbePool
from lantai.settings import database_url, read
from lantai.wiring import KEK_FILE, SIGNING_FILE, Archive, opened
from policies.errors import LantaiError

ROOMS = ("archive", "ingest", "lantai", "policies", "processes", "search", "storage")


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `severity` says how bad it is where `ok` is false."""

    name: str
    ok: bool
    severity: Literal["fail", "warn"]
    text: str

    def as_json(self) -> dict[str, object]:
        """The check as `doctor --json` tells it."""
        return {"name": self.name, "ok": self.ok, "severity": self.severity, "text": self.text}


def examine(home: Path) -> list[Check]:
    """Every check, in order. A home that does not open ends the list with the reason."""
    checks = [_own_packages(), _confinement()]
    try:
        checks.append(_settings(home))
        with opened(home) as archive:
            checks += [check for look in LOOKS for check in _made(look, archive)]
    except LantaiError as fault:
        checks.append(Check("home", False, "fail", str(fault)))
    return checks


def _made(look: Callable[[Archive], Iterator[Check]], archive: Archive) -> list[Check]:
    """A check's results; a fault while checking is a failed check, not an end."""
    try:
        return list(look(archive))
    except Exception as fault:  # noqa: BLE001 - a doctor that dies of what it finds is no doctor
        return [Check(look.__name__.strip("_"), False, "fail", f"could not be checked: {fault}")]


def _own_packages() -> Check:
    """Our rooms have plain names: nothing else may stand in their place."""
    strangers = []
    for room in ROOMS:
        module = importlib.import_module(room)
        folder = Path(module.__file__ or "").resolve().parent.parent
        if not (folder / "lantai" / "doctor.py").is_file():
            strangers.append(f"{room} comes from {folder}")
    version = _version()
    text = "; ".join(strangers) or f"all seven rooms are those of lantai {version}"
    return Check("packages", not strangers, "fail", text)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lantai")
    except PackageNotFoundError:
        return "(not installed)"


def _confinement() -> Check:
    """Probes meet hostile files: how well this platform confines them."""
    with ProbePool(1) as pool:
        state = pool.sandbox_state()
    return Check("probe confinement", state.complete, "warn", state.text)


def _settings(home: Path) -> Check:
    settings = read(home)
    return Check("settings", True, "fail", f"rule set {settings.ruleset}, database {settings.database_url}")


def _modes(archive: Archive) -> Iterator[Check]:
    """Nobody but the owner reads the home, its keys, database and index."""
    private = (".", "keys", KEK_FILE, SIGNING_FILE, "index", "work")
    open_to_others = [name for name in private if stat.S_IMODE((archive.home / name).stat().st_mode) & 0o077]
    text = (
        ", ".join(open_to_others) + " can be read by others: chmod go= them" if open_to_others else "private"
    )
    yield Check("file modes", not open_to_others, "fail", text)


def _volume(archive: Archive) -> Iterator[Check]:
    """Database and index hold plaintext by decision: they belong on an encrypted volume."""
    device = archive.home.stat().st_dev
    mapped = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/dm/uuid")
    encrypted = mapped.is_file() and mapped.read_text().startswith("CRYPT-")
    text = (
        "on an encrypted volume"
        if encrypted
        else "database and index hold plaintext; no encrypted volume seen"
    )
    yield Check("volume", encrypted, "warn", text)


def _ledger(archive: Archive) -> Iterator[Check]:
    """The ledger's tree, entries and signed heads agree."""
    with archive.database.read() as conn:
        size = archive.ledger.size(conn)
        damaged = list(archive.ledger.damaged_entries(conn, 0, size))
        head = archive.ledger.newest_head(conn)
        agrees = head is not None and head.size <= size and archive.ledger.root(conn, head.size) == head.root
    yield Check("ledger entries", not damaged, "fail", f"{size} entries, {len(damaged)} damaged")
    yield Check("ledger head", agrees, "fail", f"signed at {head.size}" if head else "no head was signed")


def _sites(archive: Archive) -> Iterator[Check]:
    """Every site can be reached and has the ledger's head."""
    with archive.database.read() as conn:
        size, stands = archive.ledger.size(conn), working.published(conn)
    for name in archive.vault.sites:
        try:
            free = archive.vault.site(name).free_bytes()
        except LantaiError as fault:
            yield Check(f"site {name}", False, "fail", str(fault))
            continue
        behind = size - stands.get(name, 0)
        room = "room unknown" if free is None else f"{free >> 30} GiB free"
        yield Check(f"site {name}", behind == 0, "warn", f"{behind} entries behind, {room}")


def _distance(archive: Archive) -> Iterator[Check]:
    """One copy at least must be off-site; two folders of one machine are not."""
    placed = [site for site in archive.settings.sites if site.latitude is not None]
    devices = {(archive.home / site.path).stat().st_dev for site in archive.settings.sites}
    if len(placed) < 2:
        where = "one disk" if len(devices) == 1 else "one machine"
        text = f"the sites stand on {where}: no copy is off-site, a fire takes all of them"
        yield Check("off-site copy", False, "warn", text)
        return
    yield Check("off-site copy", True, "warn", f"{len(placed)} sites with a position")


def _copies(archive: Archive) -> Iterator[Check]:
    enough = len(archive.settings.sites) >= archive.settings.min_copies >= 2
    yield Check(
        "copies", enough, "fail", f"{len(archive.settings.sites)} sites, {archive.settings.min_copies} wanted"
    )


def _pending(archive: Archive) -> Iterator[Check]:
    """Batches begun and not finished; records not yet in the index."""
    with archive.database.read() as conn:
        begun = working.intents(conn)
        waiting = working.pending(conn, 1)
    yield Check("batches", not begun, "warn", f"{len(begun)} begun and not finished")
    yield Check("index", not waiting, "warn", "records wait to be indexed" if waiting else "up to date")


def _database(archive: Archive) -> Iterator[Check]:
    from sqlalchemy import text

    if archive.database.dialect != "sqlite":
        yield Check("database", True, "fail", "a server's; its own tools check it")
        return
    with archive.database.read() as conn:
        said = str(conn.execute(text("PRAGMA quick_check")).scalar())
    where = database_url(archive.settings, archive.home).removeprefix("sqlite:///")
    yield Check("database", said == "ok", "fail", f"{Path(where).name}: {said}")


def _ruleset(archive: Archive) -> Iterator[Check]:
    rules = archive.rules
    yield Check("rule set", True, "fail", f"{rules.name} {rules.version} ({rules.digest[:12]})")


LOOKS = (_modes, _volume, _database, _ledger, _ruleset, _copies, _sites, _distance, _pending)
