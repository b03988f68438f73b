"""Changing the key that signs checkpoints: in the course of things, or because somebody else may have it.

    1  next      the new key stands in the home, durably
    2  recovery  every recovery file holds both
    3  entry     `signing-key.changed`, and the head over it signed by both keys, in one transaction
    4  switch    the new key is the current one; whoever publishes from here on signs with it
    5  publish   the head that both have signed goes to the sites
    6  recovery  every recovery file holds the new key alone
    7  erase     the old one is overwritten and gone

Killed anywhere, called again, it goes on; `publish` ends step 4 by itself where it finds the entry.

The entry holds a note that both keys have signed: it lets whoever trusts the old one come to trust the new.
Where the old key was compromised that way is shut: whoever has it could make such a note too, and readers
must be given the new key in another way.

Not done here: telling readers, who trusts which key (`archive.signers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archive import catalogue
from archive.events import SigningKeyChanged
from archive.notes import sign_note
from archive.signers import attestation
from archive.signing import LogSigner
from ingest.keyhold import keys_alone
from ingest.locks import only_one
from ingest.publish import publish
from ingest.signers import switch_if_entered, verifiers_text
from ingest.tools import Tools
from processes.custody.rotate_guard import need_current
from processes.custody.rotate_sites import Reach, write_recovery
from storage.errors import TooFewCopies
from storage.secret_files import tidy


@dataclass(frozen=True, slots=True)
class NewSigningKey:
    """What was done; keys are verification keys. `entry` is the index of the entry that says so."""

    old: str
    new: str
    entry: int
    compromised: bool
    untrusted_from: int
    pending: Mapping[str, str] = field(default_factory=dict)
    waiting: str = ""

    def as_json(self) -> dict[str, object]:
        """The change as `keys rotate --signing --json` tells it."""
        return {
            "old": self.old,
            "new": self.new,
            "entry": self.entry,
            "compromised": self.compromised,
            "untrusted_from": self.untrusted_from,
            "pending": dict(self.pending),
            "waiting": self.waiting,
        }


def rotate_signing(
    tools: Tools, reason: str, *, compromised: bool = False, untrusted_from: int | None = None
) -> NewSigningKey:
    """Change the signing key, or end a change that was interrupted (whose reason then stands).

    A compromised key is not trusted for heads of `untrusted_from` entries or more, by default for those after
    the last before the change. Raises like `rotate.rotate`.
    """
    keychain = tools.keychain
    with keys_alone(tools):
        tidy(keychain.folder)
        _ = keychain.part  # nothing is begun that could not be ended
        need_current(tools)
        reach = Reach(tools)
        if keychain.signing.next.exists() or not keychain.signing.previous.exists():
            keychain.begin_seed()
            write_recovery(reach)
            with only_one(tools.work / "publish.lock"):
                if not switch_if_entered(tools):
                    _enter(tools, reason, compromised=compromised, untrusted_from=untrusted_from)
                    switch_if_entered(tools)
        waiting = _published(tools)
        write_recovery(reach)
        keychain.signing.end()
    return replace(_done(tools), pending=dict(reach.pending), waiting=waiting)


def _enter(tools: Tools, reason: str, *, compromised: bool, untrusted_from: int | None) -> None:
    """The change as an entry, and the head over it signed by both keys: both or neither."""
    seed = tools.keychain.next_seed
    assert seed is not None  # made durable before
    old = tools.signer
    new = LogSigner(tools.ledger.origin, seed, tools.vault.suite)
    with tools.database.write() as tx:
        index = tools.ledger.size(tx)
        latest = index + 1 if compromised else index + 2
        limit = latest if untrusted_from is None else min(untrusted_from, latest)
        told = verifiers_text(old), verifiers_text(new)
        text = attestation(tools.ledger.origin, *told, compromised=compromised, untrusted_from=limit)
        event = SigningKeyChanged(
            *told,
            reason=reason,
            compromised=compromised,
            untrusted_from=limit,
            attested=sign_note(text, [old, new]),
            account=tools.subject.account,
            os_user=tools.os_user,
        )
        catalogue.record(tx, tools.ledger, [event], tools.now())
        tools.ledger.sign_head_within(tx, [old, new], tools.now())


def _published(tools: Tools) -> str:
    try:
        publish(tools)
    except TooFewCopies as fault:
        return str(fault)
    return ""


def _done(tools: Tools) -> NewSigningKey:
    """The newest change, as the ledger has it."""
    with tools.database.read() as conn:
        *_, entry = tools.ledger.of_type(conn, SigningKeyChanged.type)
    event = entry.event()
    assert isinstance(event, SigningKeyChanged)  # it was asked for by its type
    return NewSigningKey(event.old, event.new, entry.index, event.compromised, event.untrusted_from)
