"""The use journal (利用登记): noting uses, and sealing the oldest into the ledger.

A use is durable before anybody gets what was asked for; where it cannot be written, nothing is given. Every
thousand uses, and each day, the oldest become a segment, which is an entry of the ledger: sealed at the
sites, in the tree, audited and had back like every other. Until then they stand in the database alone, and
are lost with it. A read-only home notes nothing: it lets read, and `doctor` says so. Not here: what is a use
(`policies.uses`, the matrix), many at once (`processes.using`), reading (`processes.using.uses_read`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from archive import catalogue, uses
from archive.database import Database
from archive.errors import ArchiveError
from archive.events import UsesSealed
from archive.uses import Use
from ingest.tools import Tools
from policies.secrecy import Marks
from policies.uses import written
from processes.errors import JournalShut

SEGMENT = 1_000
LONGEST_WAIT = timedelta(days=1)
LARGEST = 1 << 20
"""About so many characters go into one segment, unless one use alone is longer."""


def use(when: str, account: str, kind: str, detail: Mapping[str, str], marks: Marks) -> Use:
    """A use as it is written: bounded, and without what bears a secrecy mark."""
    return Use(when, account, kind, written(detail, marks))


def note(database: Database, noted: Sequence[Use]) -> None:
    """Write uses, durably on return. Nothing is written in a read-only home. Raises `JournalShut`."""
    if database.read_only:
        return
    try:
        with database.write() as tx:
            uses.enter(tx, noted)
    except ArchiveError as fault:
        raise JournalShut(str(fault)) from fault


def seal(tools: Tools, *, everything: bool = False) -> int:
    """Make segments of what is due, or of all there is; how many uses went into them. Two who do it at once
    seal nothing twice. Publishing the entries is whoever calls's.
    """
    if tools.database.read_only:
        return 0
    done = 0
    while _due(tools, everything):
        with tools.database.write() as tx:
            count = _segment(tx, tools)
        done += count
        if not count:
            break
    return done


def _due(tools: Tools, everything: bool) -> bool:
    with tools.database.read() as conn:
        count, oldest = uses.waiting(conn)
    return bool(count) and (everything or count >= SEGMENT or is_late(oldest, tools.clock()))


def is_late(oldest: str, now: datetime, wait: timedelta = LONGEST_WAIT) -> bool:
    """Whether a use of the time `oldest` has waited for its segment for longer than `wait`."""
    return oldest < (now - wait).strftime("%Y-%m-%dT%H:%M:%SZ")


def _segment(tx: Connection, tools: Tools) -> int:
    """The oldest uses become one entry, and their rows go."""
    rows = _fitting(uses.unsealed(tx, SEGMENT))
    if not rows:
        return 0
    event = UsesSealed(
        first=uses.sealed(tx, tools.ledger),
        count=len(rows),
        since=min(one.time for _, one in rows),
        until=max(one.time for _, one in rows),
        uses=tuple(one.told() for _, one in rows),
        account=tools.subject.account,
        os_user=tools.os_user,
    )
    catalogue.record(tx, tools.ledger, [event], tools.now())
    uses.remove(tx, (seq for seq, _ in rows))
    return len(rows)


def _fitting(rows: list[tuple[int, Use]]) -> list[tuple[int, Use]]:
    """The first of them that fit into one segment; one at least."""
    size = 0
    for place, (_, one) in enumerate(rows):
        size += sum(map(len, one.told().values()))
        if place and size > LARGEST:
            return rows[:place]
    return rows
