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
| judge    | the keyring as it will stay                            | is judged again                    |
| register | codes, ledger entries, catalogue, outbox, all or none  | is found by its identity           |
| publish  | signed checkpoint and ledger at the sites              | is resumed at start-up             |

Nothing has a code before it is safe (register follows take in), and nothing is acknowledged before
it is published (the report follows publish).
"""

from __future__ import annotations

import time
from functools import partial

from archive import catalogue, numbering
from ingest import intents
from ingest.batch import Judged, Received, Submission, Taken
from ingest.identifiers import new_id
from ingest.intake import digests, inspect_only, take_in
from ingest.judge import identity, judge
from ingest.keyhold import keys_held
from ingest.locks import only_one
from ingest.publish import publish
from ingest.register import Entered, register
from ingest.report import Report, of_batch, of_trial, of_waiting
from ingest.space import check_copies, check_space
from ingest.submission import need_fonds, receive
from ingest.tools import Tools
from policies.access import view_of
from storage.errors import TooFewCopies


def ingest(submission: Submission, tools: Tools) -> Report:
    """Take one batch the whole way. The report is an acknowledgement: what it registers is safe.

    A bad file or row is a finding in the report. Too few reachable sites make the state "waiting":
    the same call, made again when they are back, goes on. Broken machinery raises.
    """
    started = time.monotonic()
    received = receive(submission, tools.rules, tools.clock().date())
    need_fonds(received, tools.subject)
    if submission.dry_run:
        taken = inspect_only(received, tools)
        trial = _judged(taken, tools)
        return of_trial(trial, time.monotonic() - started)
    with only_one(tools.work / f"{received.list_digest}.lock"), keys_held(tools):
        batch = ""
        try:
            publish(tools)
            entered = _repeated(received, tools) or _enter(received, tools)
            batch = entered.batch
            publish(tools)
        except TooFewCopies as fault:
            batch = batch or intents.wait(received, str(fault), tools)
            return of_waiting(batch, str(fault), time.monotonic() - started)
    with tools.database.read() as conn:
        seconds, least = time.monotonic() - started, tools.vault.min_copies
        return of_batch(conn, batch, least, entered.repeated, seconds, view_of(tools.subject))


def _enter(received: Received, tools: Tools) -> Entered:
    """Take in, judge, register: the stages between the list and the ledger."""
    begun = intents.begin(received, tools)
    check_space(received, begun.done, tools.vault)
    taken = take_in(received, begun, tools)
    judged = _judged(taken, tools)
    intents.last_keyring(begun, judged, tools)
    check_copies(judged, tools.vault)
    entered = register(judged, tools)
    intents.discard_rest(begun, judged, tools)
    return entered


def _repeated(received: Received, tools: Tools) -> Entered | None:
    """The batch that was registered from this very list and these very files, if one was."""
    with tools.database.read() as conn:
        before = catalogue.batches_of_list(conn, received.list_digest)
    if not before:
        return None
    same = identity(received.list_digest, digests(received))
    return next((Entered(batch.id, True) for batch in before if batch.identity == same), None)


def _judged(taken: Taken, tools: Tools) -> Judged:
    """The verdict, with what the archive knows: contents that the sender may see, numbers given."""
    found = [file.sha256 for file in taken.files.values() if file.sha256]
    with tools.database.read() as conn:
        known = catalogue.digests_known(conn, found, view_of(tools.subject))
        return judge(taken, tools.rules, known, new_id, partial(numbering.highest_of, conn))
