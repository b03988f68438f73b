"""A site that still has a head of a log that this archive reopened: is it part of what was accepted?

Where it is, the site is brought on from there. Where it is not, the site holds entries that nobody else has,
of a history that this archive gave up: it is left as it is until a person decides.
Not done here: reopening a log (`processes.recovery.recover`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection

from archive.errors import NoteInvalid
from archive.events import LogReopened
from archive.notes import Checkpoint, Verifier, parse_checkpoint
from archive.signers import former
from ingest.signers import changes
from ingest.tools import Tools
from storage.errors import SiteReadOnly


def reopenings(tools: Tools, conn: Connection) -> list[LogReopened]:
    """Every reopening of the log, oldest first."""
    events = (entry.event() for entry in tools.ledger.of_type(conn, LogReopened.type) if entry.payload)
    return [event for event in events if isinstance(event, LogReopened)]


def stands_in_former(tools: Tools, conn: Connection, site: str, note: str) -> int:
    """How many entries a site has by a head of a former log, 0 where the note is no such head.

    Raises `SiteReadOnly` where the site's ledger is not part of this one.
    """
    found = next(_heads(tools, conn, note), None)
    if found is None:
        return 0
    size = tools.ledger.size(conn)
    if found.size > size or tools.ledger.root(conn, found.size) != found.root:
        raise SiteReadOnly(
            site,
            f"it holds {found.size} entries of the log {found.origin}, which this archive gave up: keep them "
            "elsewhere, then empty the site",
        )
    return found.size


def _heads(tools: Tools, conn: Connection, note: str) -> Iterator[Checkpoint]:
    keys = [tools.signer.verifier, *(one.verifiers[0] for one in former(changes(tools, conn)))]
    for event in reopenings(tools, conn):
        for key in keys:
            verifier: Verifier = replace(key, name=event.former)
            with suppress(NoteInvalid):
                yield parse_checkpoint(note, [verifier], event.former)
