"""Which batches there are for an account, with their states: those in hand first, then the newest.

A batch in hand is for whoever handed it in, and for whoever handles every fonds. Not here: their reports and
giving one up (`lantai.taking`), which entered ones there are (`archive.batch_list`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from archive import batch_list, working
from archive.batch_list import Chosen
from archive.catalogue import BatchRecord
from ingest.intents import detail_of
from lantai.wiring import Archive
from processes.errors import NotFound
from search.errors import CursorMistake

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ones: in a `state`, with `name` in what they are called; `limit` of them behind the `cursor`, all
    where there is none.
    """

    state: str = ""
    name: str = ""
    limit: int | None = None
    cursor: str = ""


def list_batches(archive: Archive, asked: Asked = Asked()) -> dict[str, Any]:
    """`batches`, each with its state, how many there are in all (`total`), and the `cursor` where the rest
    begins, None where there is none. Raises `CursorMistake`.
    """
    with archive.database.read() as conn:
        chosen = _chosen(archive, conn, asked)
        begun = _begun(archive, conn, asked)
        total = len(begun) + batch_list.counted(conn, chosen)
        before = None
        if asked.cursor:
            begun, before = _behind(archive, conn, asked.cursor, begun)
        most = None if asked.limit is None else asked.limit + 1 - min(len(begun), asked.limit)
        entered = batch_list.listed(conn, chosen, before, most)
    lines = [*begun, *map(_of_record, entered)]
    shown = lines[: asked.limit]
    return {
        "batches": shown,
        "total": total,
        "cursor": shown[-1]["batch"] if len(lines) > len(shown) else None,
    }


def line_of(archive: Archive, batch: str) -> Line:
    """One batch as the list tells it. Raises `NotFound`: absent, or not for the account."""
    with archive.database.read() as conn:
        found = _entered(archive, conn, batch)
        return _of_record(found) if found else _of_intent(in_hand(archive, conn, batch))


def is_entered(archive: Archive, conn: Connection, batch: str) -> bool:
    """Whether the ledger holds such a batch that is for the account."""
    return _entered(archive, conn, batch) is not None


def in_hand(archive: Archive, conn: Connection, batch: str) -> working.Intent:
    """A batch in hand that is for the account. Raises `NotFound`."""
    intent = working.intent(conn, batch)
    if intent is None or not _handed_in(archive, intent):
        raise NotFound(f"batch {batch}")
    return intent


def _chosen(archive: Archive, conn: Connection, asked: Asked, batch: str = "") -> Chosen:
    subject, least = archive.subject, archive.vault.min_copies
    published = working.published_at(conn, least)
    return Chosen(subject.account, subject.handles, published, batch, asked.state, asked.name)


def _entered(archive: Archive, conn: Connection, batch: str) -> BatchRecord | None:
    found = batch_list.listed(conn, _chosen(archive, conn, Asked(), batch))
    return found[0] if found else None


def _begun(archive: Archive, conn: Connection, asked: Asked) -> list[Line]:
    lines = [_of_intent(one) for one in reversed(working.intents(conn)) if _handed_in(archive, one)]
    return [one for one in lines if asked.state in ("", one["state"]) and _named(one, asked.name)]


def _handed_in(archive: Archive, intent: working.Intent) -> bool:
    """Whether a batch in hand is for the account: its own, or anybody's where it handles every fonds."""
    return archive.subject.handles is None or detail_of(intent).get("account") == archive.subject.account


def _named(line: Line, name: str) -> bool:
    return name.casefold() in line["source"].casefold() or name in line["batch"]


def _behind(
    archive: Archive, conn: Connection, cursor: str, begun: list[Line]
) -> tuple[list[Line], int | None]:
    """What of those in hand stands behind the batch that a cursor names, and the entry before which the
    entered ones stand. Raises `CursorMistake`: there is no such batch for the account any more.
    """
    names = [one["batch"] for one in begun]
    if cursor in names:
        return begun[names.index(cursor) + 1 :], None
    found = _entered(archive, conn, cursor)
    if found is None:
        raise CursorMistake
    return [], found.received


def _of_intent(intent: working.Intent) -> Line:
    return _line(intent.batch, intent.state, intent.started, intent.source, 0, 0)


def _of_record(one: BatchRecord) -> Line:
    return _line(one.id, one.state, one.time, one.source, one.registered, one.returned)


def _line(batch: str, state: str, time: str, source: str, registered: int, returned: int) -> Line:
    return {
        "batch": batch,
        "state": state,
        "time": time,
        "source": source,
        "registered": registered,
        "returned": returned,
    }
