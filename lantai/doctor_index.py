"""The doctor's checks of the index: it holds what it should, lags behind nothing, is for its owner alone.

Not done here: the volume that it stands on (`doctor_checks.volume`), making it anew (`processes.finding`).
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from archive import page_texts, working
from archive.catalogue_index import findable, newest_registered
from archive.page_texts import AWAY, FAILED, MARKED
from lantai.doctor_checks import Check, Severity
from lantai.messages import catalogue
from lantai.wiring import Archive


def index(archive: Archive) -> Iterator[Check]:
    """Every record that can be found is in the index, or waits to be: a lost index finds nothing."""
    with archive.database.read() as conn:
        waiting, wanted = working.waiting(conn), findable(conn)
    yield _check("index", not waiting, "warn", waiting=waiting)
    found = archive.index
    if found.wanting and wanted:
        told = {"held": 0, "wanted": wanted, "state": found.wanting}
        yield _check("index holdings", False, "fail", **told)
        return
    held = found.count()
    whole = abs(wanted - held) <= waiting
    yield _check("index holdings", whole, "fail", held=held, wanted=wanted, state="not whole")


def generations(archive: Archive) -> Iterator[Check]:
    """Nothing was begun and left, nothing is left over; and nobody but the owner can read it."""
    left = archive.index.leftovers
    begun = archive.index.unfinished
    yield _check("index generations", not (left or begun), "warn", left=", ".join(left) or "-")
    folder = archive.home / "index"
    exposed = [
        path.relative_to(archive.home).as_posix()
        for path in ([folder, *folder.rglob("*")] if folder.is_dir() else [])
        if _exposed(path)
    ]
    yield _check("index modes", not exposed, "fail", exposed=", ".join(exposed[:5]))


def _exposed(path: Path) -> bool:
    """Whether others could read something there, were the folder above open: the engine's locks are empty,
    and made by whoever reads; a file that goes meanwhile is nobody's.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    says = found.st_size > 0 or stat.S_ISDIR(found.st_mode)
    return says and bool(stat.S_IMODE(found.st_mode) & 0o077)


def texts(archive: Archive) -> Iterator[Check]:
    """What page files say is read, as far as it can be; one that holds a secrecy mark should not be here."""
    with archive.database.read() as conn:
        states, newest = page_texts.counted(conn), newest_registered(conn)
        behind = page_texts.looked_through(conn) < newest
    yield _check("page texts", not (behind or states.get(AWAY)), "warn", away=states.get(AWAY, 0))
    failed, marked = states.get(FAILED, 0), states.get(MARKED, 0)
    yield _check("unreadable texts", not failed, "warn", failed=failed)
    yield _check("marked texts", not marked, "fail", marked=marked)


def _check(name: str, ok: bool, severity: Severity, **values: object) -> Check:
    said = catalogue()[f"doctor-{name.replace(' ', '-')}-{'well' if ok else 'ill'}"]
    return Check(name, ok, severity, said["en"].format(**values), said["zh"].format(**values))
