"""A use copy to take away: what `get --use copy` writes.

Who may have the original may have this; a grant for looking alone gives neither. Not done here: writing the
file (`processes.finding.deliver`), copies for looking at (the HTTP door).
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from ingest.tools import Tools
from processes.errors import NotFound
from processes.finding.deliver import ORIGINAL, Content, find_content
from processes.use_copies.behind import workshop
from processes.use_copies.kinds import SUFFIXES, mime_of, taken
from processes.use_copies.making import Wish, make, shown_by


def open_copy(tools: Tools, code: str, number: int) -> Content:
    """The copy that stands for component `number` of the item: what plays, or a picture; made where it is not
    there. Its bytes and digest are the copy's. Raises `NotFound`, `StorageError`, `ProbesUnavailable`.
    """
    found = find_content(tools.database, code, tools.subject, number, ORIGINAL)
    part, item = found.component, found.record.item
    kind = taken(part)
    if not kind:
        raise NotFound(f"use copy of {code}")
    key = tools.vault.keyring(item.batch).key(part.object_id)
    copy = tools.use_copies.read(shown_by(tools.vault, item.batch, part, key), kind)
    if copy is None:
        copy = make(workshop(tools), Wish(item.id, item.batch, part, kind), key).content
    if not copy:
        raise NotFound(f"use copy of {code}")
    told = replace(part, bytes=len(copy), sha256=sha256(copy).hexdigest(), sm3="")
    file = f"{found.neutral.rpartition('.')[0]}-{kind}.{SUFFIXES[mime_of(part, kind)]}"
    return Content(item.code, number, told, iter([copy]), file)
