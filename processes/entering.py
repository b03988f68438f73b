"""What requests and the register share: texts as they are kept, entries, and bringing them to the sites.

Not done here: who may enter what.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sqlalchemy import Connection

from archive import catalogue
from archive.events import Event
from ingest.publish import publish
from ingest.tools import Tools
from policies.folding import hidden_in, private_in
from policies.inspection import has_mark
from processes.errors import NotAllowedValue
from storage.errors import TooFewCopies

LINE, PARAGRAPH, PAPER = 200, 2_000, 100_000
"""The most characters of a line, of a paragraph and of a whole paper."""


def kept_text(tools: Tools, what: str, text: str, most: int = LINE, *, needed: bool = True) -> str:
    """A text as it is entered: in one normal form, without blanks around it. More than a line may have line
    breaks. Raises `NotAllowedValue` naming `what`: nothing there, too long, signs that cannot be seen, or
    a secrecy mark, which must never come into the ledger.
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    breaks = "\n\t" if most > LINE else ""
    if needed and not text:
        raise NotAllowedValue(f"{what} is needed")
    if len(text) > most:
        raise NotAllowedValue(f"{what} has at most {most} characters")
    unseen = (not sign.isprintable() and sign not in breaks for sign in text)
    if any(unseen) or hidden_in(text, breaks) or private_in(text):
        raise NotAllowedValue(f"{what} holds signs that cannot be seen")
    if has_mark(text, tools.rules):
        raise NotAllowedValue(f"{what} holds a secrecy mark; nothing was entered")
    return text


def enter(tools: Tools, tx: Connection, events: Sequence[Event]) -> str:
    """Enter `events` and project them; the time they bear."""
    now = tools.now()
    catalogue.record(tx, tools.ledger, events, now)
    return now


def published(tools: Tools) -> dict[str, str]:
    """Publish what was entered; `waiting` says why it is not at enough sites yet, if it is not."""
    try:
        publish(tools)
    except TooFewCopies as fault:
        return {"waiting": str(fault)}
    return {}
