"""The doctor: what an operator should know about this installation before trusting it.

Looks and says; changes nothing. A check that cannot be made is not passed, and none ends the others.
Not done here: the checks themselves (`doctor_*`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lantai import (
    doctor_archive,
    doctor_audits,
    doctor_carriers,
    doctor_database,
    doctor_index,
    doctor_keys,
    doctor_recovery,
    doctor_sites,
    doctor_suite,
    doctor_uses,
)
from lantai.doctor_checks import Check, confinement, modes, own_packages, told_settings, volume
from lantai.settings import Settings, read
from lantai.wiring import Archive, opened
from policies.errors import LantaiError

__all__ = ["Check", "document", "examine", "sound"]

ALONE: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
    ("packages", own_packages),
    ("probe confinement", confinement),
)
OF_HOME: tuple[tuple[str, Callable[[Path, Settings], Iterator[Check]]], ...] = (
    ("settings", told_settings),
    ("file modes", modes),
    ("volume", volume),
    ("copies", doctor_sites.copies),
    ("off-site copy", doctor_sites.off_site),
)
INSIDE: tuple[tuple[str, Callable[[Archive], Iterator[Check]]], ...] = (
    ("identity", doctor_archive.identity),
    ("suite", doctor_suite.suite),
    ("keys", doctor_archive.keys),
    ("key files", doctor_keys.key_files),
    ("database", doctor_archive.database),
    ("ledger entries", doctor_archive.ledger),
    ("set back", doctor_database.set_back),
    ("rule set", doctor_archive.rule_set),
    ("sites", doctor_sites.sites),
    ("batches", doctor_archive.batches),
    ("fonds register", doctor_archive.fonds_register),
    ("audit", doctor_audits.audits),
    ("use journal", doctor_uses.uses),
    ("drill", doctor_recovery.drills),
    ("losses", doctor_recovery.losses),
    ("old database", doctor_recovery.set_aside),
    ("index", doctor_index.index),
    ("index generations", doctor_index.generations),
    ("page texts", doctor_index.texts),
    ("carriers", doctor_carriers.carriers),
)


def examine(home: Path) -> list[Check]:
    """Every check that can be made, in order; what stops the rest is a failed check of its own."""
    checks: list[Check] = []
    for name, alone in ALONE:
        checks += _made(name, alone)
    try:
        settings = read(home)
    except Exception as fault:  # noqa: BLE001 - a doctor that dies of what it finds is no doctor
        return [*checks, Check("settings", False, "fail", _told(fault))]
    for name, of_home in OF_HOME:
        checks += _made(name, partial(of_home, home, settings))
    closed: Exception | None = None
    try:
        with opened(home) as archive:
            for name, inside in INSIDE:
                checks += _made(name, partial(inside, archive))
    except Exception as fault:  # noqa: BLE001 - a missing key or database is what the doctor is asked about
        checks.append(Check("home", False, "fail", f"does not open: {_told(fault)}"))
        closed = fault
    return [*checks, *doctor_database.way_back(checks, closed)]


def document(home: Path) -> dict[str, Any]:
    """The document that `doctor --json` prints."""
    checks = examine(home)
    return {"ok": sound(checks), "checks": [check.as_json() for check in checks]}


def sound(checks: Iterable[Check]) -> bool:
    """Whether no check failed that must not."""
    return all(check.ok or check.severity != "fail" for check in checks)


def _made(name: str, look: Callable[[], Iterator[Check]]) -> list[Check]:
    """A check's results; a fault while checking is one more, failed."""
    checks: list[Check] = []
    try:
        checks.extend(look())
    except Exception as fault:  # noqa: BLE001 - whatever stops one check must not stop the others
        checks.append(Check(name, False, "fail", f"could not be checked: {_told(fault)}"))
    return checks


def _told(fault: Exception) -> str:
    """What went wrong, for a person: never a traceback."""
    if isinstance(fault, LantaiError | OSError):
        return str(fault)
    return f"{type(fault).__name__}: {fault}"
