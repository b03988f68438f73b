"""Which suite of algorithms the archive works in, as its ledger tells it.

The setting says what new things get; that it was changed is part of the archive's history, so the first
publication after it is preceded by an entry. Old things keep their own tags and are read by them. Not done
here: the suites (`policies.suites`), the setting, wrapping keys anew (`processes.custody.rotate`).
"""

from __future__ import annotations

from sqlalchemy import Connection

from archive import catalogue
from archive.events import ArchiveCreated, SuiteChanged
from archive.ledger import Ledger
from ingest.tools import Tools


def entered_suite(ledger: Ledger, conn: Connection) -> str:
    """The suite that the archive was made in or changed to last; "" for an empty ledger."""
    suite = ""
    for entry in ledger.of_type(conn, ArchiveCreated.type, SuiteChanged.type):
        event = entry.event() if entry.payload is not None else None
        if isinstance(event, ArchiveCreated):
            suite = event.suite
        elif isinstance(event, SuiteChanged):
            suite = event.new
    return suite


def enter_suite(tools: Tools) -> None:
    """Enter that the archive works in another suite from here on, where the ledger does not say so yet.

    Never twice, also when several processes race; nothing in an archive that may not be written.
    """
    new = tools.vault.suite.name
    with tools.database.read() as conn:
        old = entered_suite(tools.ledger, conn)
    if old in ("", new) or tools.database.read_only:
        return
    with tools.database.write() as tx:
        if (old := entered_suite(tools.ledger, tx)) != new:
            changed = SuiteChanged(old, new, tools.subject.account, tools.os_user)
            catalogue.record(tx, tools.ledger, [changed], tools.now())
