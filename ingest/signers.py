"""The keys that sign for this archive's ledger: the one that does now, and those that the ledger remembers.

Not done here: changing the key (`processes.custody.rotate_signing`).
"""

from __future__ import annotations

from sqlalchemy import Connection

from archive.events import SigningKeyChanged
from archive.notes import Checkpoint
from archive.signers import Trusted, believed, former
from archive.signing import LogSigner, parse_verifiers, written
from ingest.tools import Tools


def verifiers_text(signer: LogSigner) -> str:
    """The public keys of a signer, a line each."""
    return written(signer.verifiers)


def changes(tools: Tools, conn: Connection) -> list[SigningKeyChanged]:
    """Every change of the signing key, oldest first."""
    events = (entry.event() for entry in tools.ledger.of_type(conn, SigningKeyChanged.type) if entry.payload)
    return [event for event in events if isinstance(event, SigningKeyChanged)]


def own_head(tools: Tools, conn: Connection, note: str) -> Checkpoint:
    """The checkpoint in `note`, by the archive's key or, up to its end, one that it had before. Raises
    NoteInvalid.
    """
    trusted = [Trusted((tools.signer.verifier,))]
    trusted += [Trusted(one.verifiers[:1], one.below) for one in former(changes(tools, conn))]
    return believed(note, trusted, tools.ledger.origin)


def switch_if_entered(tools: Tools) -> bool:
    """Where the ledger says that the next signing key is the current one, make it so; whether that was so.

    Hold the lock of publishing: an interrupted change is ended before anything else is signed.
    """
    seed = tools.keychain.next_seed
    if seed is None:
        return False
    coming = LogSigner(tools.ledger.origin, seed).verifier  # whatever suite the change was begun in
    with tools.database.read() as conn:
        known = changes(tools, conn)
    if not known or parse_verifiers(known[-1].new)[0] != coming:
        return False
    tools.keychain.signing.switch()
    return True
