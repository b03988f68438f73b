"""Proving an item to a stranger: each of its entries as a log proof, with what the entry commits to.

A proof file is JSON `{"format": "lantai-proof/1", "code", "proofs": [text, …]}`; each text is a
C2SP tlog-proof whose extra data discloses envelope, salt and payload of its entry. It says what the
item's entries say and nothing of any other record: the hashes on the way are of salted commitments.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from archive import catalogue
from archive.codes import canonical_text
from archive.entries import Entry
from archive.proofs import Proof, format_proof
from ingest.publish import publish
from ingest.tools import Tools
from policies.access import view_of
from policies.canonical import canonical
from processes.errors import NotFound
from processes.verify import FORMAT


@dataclass(frozen=True, slots=True)
class ItemProof:
    """The proof of an item's entries against a ledger of `size` entries."""

    code: str
    size: int
    entries: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """The proof file."""
        document = {"format": FORMAT, "code": self.code, "proofs": list(self.entries)}
        return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def prove(tools: Tools, code: str) -> ItemProof:
    """The proof of every entry of the item that `code` names. Raises `NotFound`."""
    head = publish(tools)
    with tools.database.read() as conn:
        record = catalogue.item_by_code(conn, canonical_text(code), view_of(tools.subject))
        if record is None:
            raise NotFound(f"item {code}")
        entries = tools.ledger.of_item(conn, record.item.id)
        proofs = tuple(
            format_proof(
                Proof(
                    entry.index,
                    tuple(tools.ledger.inclusion(conn, entry.index, head.size)),
                    head.note,
                    disclosure(entry),
                )
            )
            for entry in entries
            if entry.index < head.size
        )
    return ItemProof(record.item.code, head.size, proofs)


def disclosure(entry: Entry) -> bytes:
    """What a verifier needs to open the entry's commitment: envelope, salt and payload."""
    return canonical(
        {
            "envelope": base64.b64encode(entry.envelope).decode(),
            "salt": base64.b64encode(entry.salt or b"").decode(),
            "payload": base64.b64encode(entry.payload or b"").decode(),
        }
    )
