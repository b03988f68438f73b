"""How the sites stand: what each has, what it is behind, and what its last audit found. Figures for people.

Counted in the database, but for room and presence, which the site is asked. Not done here: looking at copies
(`audit`, `replicate`), judging where sites stand (`policies.sites`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from archive import lag, working
from archive.events import AuditCompleted
from archive.lag import Lag
from archive.ledger import Ledger
from ingest.publish import continued
from ingest.tools import Tools
from processes.replicating.replicate_site import keys_in_step
from storage.errors import SiteError

FINDS = ("damaged", "missing", "lost")


@dataclass(frozen=True, slots=True)
class LastAudit:
    """A site's newest audit: its entry's time, how many copies it checked, what it found, and how many of
    these it mended.
    """

    time: str
    checked: int
    found: Mapping[str, int]
    unreachable: str
    repaired: int = 0

    @property
    def whole(self) -> bool:
        """Whether the site was read to the end and everything was whole."""
        return not (self.unreachable or any(self.found.values()))

    def as_json(self) -> dict[str, object]:
        """The audit as `sites --json` tells it."""
        told = {"time": self.time, "whole": self.whole, "checked": self.checked, **self.found}
        told["repaired"] = self.repaired
        return {**told, "unreachable": self.unreachable} if self.unreachable else told


@dataclass(frozen=True, slots=True)
class Standing:
    """One site. `away` says why it cannot be reached, or nothing. `held` batches were read back whole there.

    Behind: what `lag` counts, `entries` of the ledger, `keyrings` not known to be the newest, and whether
    the `recovery` file is another one (None: the site is away). `seconds` is the age of the oldest batch
    that is behind.
    """

    site: str
    away: str
    free_bytes: int | None
    held: int
    lag: Lag
    seconds: int
    entries: int
    keyrings: int
    recovery: bool | None
    audit: LastAudit | None

    @property
    def in_step(self) -> bool:
        """Whether nothing is behind."""
        return not (self.lag.batches or self.entries or self.keyrings or self.recovery)

    def as_json(self) -> dict[str, Any]:
        """The site as `sites --json` tells it."""
        return {
            "reachable": not self.away,
            **({"reason": self.away} if self.away else {}),
            "free_bytes": self.free_bytes,
            "held": self.held,
            "behind": {
                "batches": self.lag.batches,
                "items": self.lag.items,
                "bytes": self.lag.bytes,
                "oldest": self.lag.oldest or None,
                "seconds": self.seconds,
                "entries": self.entries,
                "keyrings": self.keyrings,
                "recovery": self.recovery,
            },
            "audit": self.audit.as_json() if self.audit else None,
        }


def standing(tools: Tools) -> list[Standing]:
    """Every site of the archive, in the settings' order. Raises `LedgerSetBack`."""
    with tools.database.read() as conn:
        audits = _last_audits(conn, tools.ledger)
    return [_of(tools, name, audits.get(name)) for name in tools.vault.sites]


def _of(tools: Tools, name: str, audit: LastAudit | None) -> Standing:
    away, free, outdated = "", None, None
    with tools.database.read() as conn:
        try:
            free = tools.vault.site(name).free_bytes()
            stands = continued(tools, conn, name)
            outdated = not keys_in_step(tools, name)
        except SiteError as fault:
            away, stands = fault.reason, working.published(conn).get(name, 0)
        behind = lag.lag(conn, name)
        entered = lag.entered_batches(conn)
        size = tools.ledger.size(conn)
    return Standing(
        site=name,
        away=away,
        free_bytes=free,
        held=len(entered) - behind.batches,
        lag=behind,
        seconds=_age(tools, behind.oldest),
        entries=size - stands,
        keyrings=len(entered) + 1 if outdated else behind.batches,
        recovery=outdated,
        audit=audit,
    )


def _age(tools: Tools, time: str) -> int:
    """How many seconds ago a time of the ledger was."""
    return max(int((tools.clock() - datetime.fromisoformat(time)).total_seconds()), 0) if time else 0


def _last_audits(conn: Connection, ledger: Ledger) -> dict[str, LastAudit]:
    """Each site's newest audit, by the ledger."""
    found: dict[str, LastAudit] = {}
    for entry in ledger.of_type(conn, AuditCompleted.type):
        event = entry.event() if entry.payload is not None else None
        for site in event.sites if isinstance(event, AuditCompleted) else ():
            counts = {kind: int(site.get(kind, 0)) for kind in FINDS}
            checked, away = int(site.get("checked", 0)), str(site.get("unreachable", ""))
            found[str(site["site"])] = LastAudit(
                entry.time, checked, counts, away, int(site.get("repaired", 0))
            )
    return found
