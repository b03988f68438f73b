"""The doctor's checks of a database that is not the newest: damaged, lost, or an older one put back.

Not done here: making it again (`rebuild --from`), a server's own faults: its own tools mend those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.errors import DatabaseBroken, DatabaseMissing, LedgerDamaged, LedgerSetBack, SchemaOutdated
from ingest.publish import continued
from lantai.doctor_checks import Check
from lantai.messages import catalogue
from lantai.wiring import Archive
from storage.errors import SiteError

OF_THE_DATABASE = ("database", "ledger entries", "ledger head", "set back")
_DAMAGE = ("malformed", "not a database", "corrupt", "invalid page", "disk image")
"""What the engines say of a database that is damaged, and of nothing else."""


def set_back(archive: Archive) -> Iterator[Check]:
    """No reachable site has a newer or another ledger than the database: else an older one was put back."""
    tools = archive.tools()
    checked = 0
    with archive.database.read() as conn:
        for name in archive.vault.sites:
            try:
                continued(tools, conn, name)
                checked += 1
            except LedgerSetBack as fault:
                yield Check("set back", False, "fail", str(fault))
                return
            except SiteError:
                continue  # the check of the sites says so
    yield Check("set back", bool(checked), "warn", f"{checked} sites have no newer ledger")


def way_back(checks: Sequence[Check], fault: Exception | None) -> Iterator[Check]:
    """What to do where the database is the trouble; `fault` is why the home did not open."""
    failed = any(
        check.name in OF_THE_DATABASE and not check.ok and check.severity == "fail" for check in checks
    )
    if failed or _is_gone(fault):
        told = catalogue()["doctor-way-back"]
        yield Check("way back", False, "warn", told["en"], told["zh"])


def _is_gone(fault: Exception | None) -> bool:
    """Whether this is an error of a database that is damaged, empty or not there."""
    if isinstance(fault, DatabaseBroken):
        return any(word in str(fault) for word in _DAMAGE)
    if isinstance(fault, SchemaOutdated):
        return not fault.found
    if isinstance(fault, DatabaseMissing):
        return str(fault).startswith("no database at")
    return isinstance(fault, LedgerDamaged)
