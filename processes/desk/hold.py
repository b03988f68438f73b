"""Holds: while an item is held nothing destroys it, whoever says so. Each is an entry with its reason.

Not done here: who may place and lift one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archive import catalogue
from archive.destructions import holds
from archive.events import Event, HoldLifted, HoldPlaced
from ingest.publish import publish
from ingest.tools import Tools
from processes.destruction.destroy_order import need_reason
from processes.errors import NothingChanges
from processes.finding.show import handled
from storage.errors import TooFewCopies


def hold(tools: Tools, codes: Sequence[str], reason: str, *, lift: bool = False) -> dict[str, Any]:
    """Hold items, or lift their holds: all or none. An item that is held is held for the newer reason.

    Raises `NotFound`; `NothingChanges` where one to be lifted is not held.
    """
    need_reason(tools, reason)
    with tools.database.write() as tx:
        records = _records(tools, tx, codes)
        held = holds(tx, [record.item.id for record in records])
        free = [record.item.code for record in records if record.item.id not in held]
        if lift and free:
            raise NothingChanges(f"{', '.join(free)} is not held")
        kind = HoldLifted if lift else HoldPlaced
        by = reason, tools.subject.account, tools.os_user
        events: list[Event] = [kind(record.item.id, *by) for record in records]
        catalogue.record(tx, tools.ledger, events, tools.now())
    answer = {"codes": [record.item.code for record in records], "held": not lift, "reason": reason}
    try:
        publish(tools)
    except TooFewCopies as fault:
        return answer | {"waiting": str(fault)}
    return answer


def _records(tools: Tools, tx: Any, codes: Sequence[str]) -> list[catalogue.Record]:
    found: dict[str, catalogue.Record] = {}
    for code in codes:
        record = handled(tx, code, tools.subject)
        found.setdefault(record.item.id, record)
    return list(found.values())
