"""The way of a batch, on one screen.

    folder ─ receive ─ take in ─────────────── judge ─ register ─ publish ─ (read back, index)
              list      read once · identify            codes +    checkpoint,
              rows      inspect · seal → sites          ledger +   ledger → sites
              files                                     catalogue:
                                                        ONE transaction

Whatever stops it, a second run of the same batch goes on from what the last stage left:

| stage    | leaves behind                                          | after a crash here                 |
|----------|--------------------------------------------------------|------------------------------------|
| receive  | nothing                                                | starts anew                        |
| take in  | an intent, its keyring, sealed objects (orphans)       | sealed files are not sealed again  |
| judge    | nothing                                                | is judged again                    |
| register | codes, ledger entries, catalogue, outbox, all or none  | is found by its identity           |
| publish  | signed checkpoint and ledger at the sites              | is resumed at start-up             |

Nothing has a code before it is safe (register follows take in), and nothing is acknowledged before
it is published (the report follows publish).
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from ingest import intents
from ingest.batch import Received, Submission, Tools
from ingest.intake import read_digests, take_in
from ingest.identifiers import new_id
from ingest.judge import identity, judge
from ingest.locks import only_one
from ingest.publish import publish
from ingest.register import register
from ingest.report import Report, of_batch, of_trial, waiting
from ingest.space import check_space
from ingest.submission import receive
from storage.errors import TooFewCopies
from archive import catalogue


def ingest(submission: Submission, tools: Tools) -> Report:
    """Take one batch the whole way. The report is an acknowledgement: what it registers is safe.

    A bad file or row is a finding in the report. `TooFewCopies` becomes the state "waiting": the
    same command, given again when the sites are back, goes on. Broken machinery raises.
    """
    started = time.monotonic()
    received = receive(submission, tools.rules, tools.clock().date())
    if submission.dry_run:
        return of_trial(_verdict(received, tools), time.monotonic() - started)
    with only_one(tools.work / f"{received.list_digest}.lock"):
        try:
            batch, repeated = _enter(received, tools)
        except TooFewCopies as fault:
            return waiting(intents.waiting(received, tools), fault, time.monotonic() - started)
        with tools.database.read() as conn:
            return of_batch(conn, batch, repeated, time.monotonic() - started, tools.subject)


def _enter(received: Received, tools: Tools) -> tuple[str, bool]:
    publish(tools)
    known = _registered_before(received, tools)
    if known:
        return known, True
    check_space(received, tools.vault.sites)
    entered = register(_verdict(received, tools), tools)
    publish(tools)
    return entered.batch, entered.repeated
