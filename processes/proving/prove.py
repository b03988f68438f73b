"""Proving an item to a stranger: each of its entries as a log proof, with what the entry commits to.

A proof file is JSON `{"format": "lantai-proof/1", "code", "proofs": [text, …]}`; each text is a
C2SP tlog-proof whose extra data discloses envelope, salt and payload of its entry. It says what the
item's entries say and nothing of any other record: the hashes on the way are of salted commitments.
What it shows and what not: docs/proofs.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from archive import catalogue, working
from archive.codes import canonical_text
from archive.destructions import item_of_code
from archive.entries import Entry
from archive.errors import NoteInvalid
from archive.events import ItemDestroyed, SigningKeyChanged
from archive.ledger import Ledger
from archive.notes import Checkpoint
from archive.proofs import PROOF_BYTES, Proof, disclosure, format_proof
from ingest.publish import publish
from ingest.tools import Tools
from policies.access import handles, view_of
from processes.destruction.destroyed import stone_of
from processes.errors import NotFound
from processes.proving.verify_bundle import FORMAT, code_of
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class ItemProof:
    """The proof of an item's entries against a ledger of `size` entries, under the code it had then.

    `left_out` entries of the item are newer than the published head and wait for their sites.
    """

    code: str
    size: int
    entries: tuple[str, ...]
    left_out: int = 0
    signers: tuple[str, ...] = ()
    """How the signing key changed so far: whoever has an older key comes to the one of today."""

    def to_bytes(self) -> bytes:
        """The proof file. Raises `NoteInvalid` where it would be longer than `verify` reads."""
        document: dict[str, object] = {"format": FORMAT, "code": self.code, "proofs": list(self.entries)}
        if self.signers:
            document["signers"] = list(self.signers)
        data = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
        if len(data) > PROOF_BYTES:
            raise NoteInvalid(f"the proof of {self.code} would be longer than any reader takes")
        return data


def prove(tools: Tools, code: str) -> ItemProof:
    """The proof of the entries of the item that `code` names, against the published head.

    Only for who handles its fonds: a proof tells of the ledger's size and of all that ever stood of the item.
    Where publishing is impossible it is against the newest head that stands at enough sites already.
    Raises `NotFound`, and what publishing raises where not even the registration is under such a head.
    """
    with tools.database.read() as conn:
        record = catalogue.item_by_code(conn, canonical_text(code), view_of(tools.subject).handled)
        item, registered = (record.item.id, record.registered) if record else _destroyed(tools, conn, code)
    try:
        head = publish(tools)
    except StorageError:
        with tools.database.read() as conn:
            published = published_head(tools, conn)
        if published is None or published.size <= registered:
            raise
        head = published
    with tools.database.read() as conn:
        return item_proof(tools.ledger, conn, tools.ledger.of_item(conn, item), head)


def _destroyed(tools: Tools, conn: Connection, code: str) -> tuple[str, int]:
    """A destroyed item, and its tombstone's entry. Raises `NotFound`, also for whoever may not know of it."""
    item = item_of_code(conn, canonical_text(code))
    stone = stone_of(tools.ledger, conn, item) if item else None
    if stone is None or not handles(tools.subject, stone.event.fonds):
        raise NotFound(f"item {code}")
    return item, stone.entry


def published_head(tools: Tools, conn: Connection) -> Checkpoint | None:
    """The newest head that stands at `min_copies` sites or more, None before the first."""
    stands = working.published(conn)
    sizes = sorted((stands.get(name, 0) for name in tools.vault.sites), reverse=True)
    return tools.ledger.head_at(conn, sizes[tools.vault.min_copies - 1])


def item_proof(ledger: Ledger, conn: Connection, entries: Sequence[Entry], head: Checkpoint) -> ItemProof:
    """The proof of one item's `entries`, so far as they are under `head`, from its registration on.

    Raises ProofInvalid where they do not continue one another.
    """
    proved = [entry for entry in entries if entry.index < head.size]
    changes = [entry for entry in ledger.of_type(conn, SigningKeyChanged.type) if entry.index < head.size]
    texts, signers = (
        tuple(_text(ledger, conn, entry, head) for entry in chosen) for chosen in (proved, changes)
    )
    gone = next((entry.event() for entry in proved if entry.type == ItemDestroyed.type), None)
    told = gone.codes[0] if isinstance(gone, ItemDestroyed) else ""
    code = told or code_of(entry.event() for entry in proved)
    return ItemProof(code, head.size, texts, len(entries) - len(proved), signers)


def _text(ledger: Ledger, conn: Connection, entry: Entry, head: Checkpoint) -> str:
    """One entry's log proof against `head`, with what it commits to."""
    hashes = ledger.inclusion(conn, entry.index, head.size)
    return format_proof(Proof(entry.index, hashes, head.note, disclosure(entry)))
