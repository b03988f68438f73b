"""Where an account is signed in: seen by itself alone, and ended but for the one that asks.

Not here: beginning a session and what its cookie holds (`archive.sessions`, the door).
"""

from __future__ import annotations

from typing import Any

from archive import sessions
from archive.database import Database

SHOWN = 12
"""So many signs of a session's digest tell it from the account's others."""


def listed(database: Database, account: str, current: str, now: str) -> list[dict[str, Any]]:
    """The account's sessions that have not ended by time, what was seen last first. `current` is the
    identifier of the one that asks.
    """
    with database.read() as conn:
        found = sessions.of_account(conn, account)
    return [
        {
            "id": one.id[:SHOWN],
            "current": one.id == current,
            "started": one.started,
            "seen": one.seen,
            "until": one.until,
            "address": str(one.detail.get("address", "")),
        }
        for one in found
        if one.until >= now
    ]


def end_others(database: Database, account: str, current: str) -> dict[str, Any]:
    """Sign the account out wherever else it is signed in; how many sessions that ended. Raises `ReadOnly`."""
    with database.write() as tx:
        others = [one for one in sessions.of_account(tx, account) if one.id != current]
        sessions.end_all(tx, account, current)
    return {"ended": len(others)}
