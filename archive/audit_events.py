"""Events about copies: an audit was gone through.

Not here: how copies are checked (`processes.auditing.audit`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from archive.event import Event, Upcaster
from archive.model import Payload


@dataclass(frozen=True, slots=True)
class AuditCompleted(Event):
    """Copies were checked: `sites` has one table of names and counts a site, objects apart from files.

    The scope: one `site` or "" for all, a share in `percent`, only what was registered `since` a time; so
    many `objects` were to be checked at each site, -1 where an older program did not say. The run was begun
    at `started`, worked for `seconds`, was interrupted and continued `resumed` times, and came to `outcome`
    (whole, repaired, damaged, lost, unchecked; "" by an older program).
    """

    type: ClassVar[str] = "audit.completed"
    version: ClassVar[int] = 2
    account: str
    os_user: str
    sites: tuple[Mapping[str, Any], ...]
    site: str = ""
    percent: str = "100"
    since: str = ""
    repair: bool = False
    run: str = ""
    started: str = ""
    seconds: int = 0
    objects: int = -1
    resumed: int = 0
    outcome: str = ""


def _with_a_run(payload: Payload) -> Payload:
    """Version 1 knew of no run: what it did not say stays unsaid."""
    return payload


UPCASTERS: dict[tuple[str, int], Upcaster] = {(AuditCompleted.type, 1): _with_a_run}
