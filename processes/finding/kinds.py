"""What kind of thing each of some items is, for lists that show pictures and marks beside their rows.

Told for those codes that the account may see, as `processes.finding.find` tells of them; of all others
nothing, absent and forbidden alike. Not here: the picture itself (use copies).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archive import catalogue
from archive.codes import canonical_text
from archive.database import Database
from archive.model import Item
from policies.access import Subject, view_of
from processes.use_copies.kinds import kinds_of

MOST = 100
_KINDS = {"image": "image", "audio": "sound", "video": "video"}


def kinds(database: Database, codes: Sequence[str], subject: Subject | None) -> dict[str, dict[str, Any]]:
    """By code, as it was asked: `kind` (`kind_of` its first component), whether there is a small `picture` of
    that, and how many `components` the item has.
    """
    view, wanted = view_of(subject), {code: canonical_text(code) for code in codes[:MOST]}
    with database.read() as conn:
        ids = catalogue.ids_of_codes(conn, list(wanted.values()), view)
        found = {record.item.id: record.item for record in catalogue.items(conn, list(ids.values()), view)}
    seen = {code: found.get(ids.get(canonical, "")) for code, canonical in wanted.items()}
    return {code: _told(item) for code, item in seen.items() if item is not None}


def kind_of(mime: str) -> str:
    """image, sound, video, page (a page file) or other, by the type that was found when it came in."""
    mime = mime.partition(",")[0].strip().lower()
    if mime == "application/pdf":
        return "page"
    if mime == "application/mp4":
        return "video"
    return _KINDS.get(mime.partition("/")[0], "other")


def _told(item: Item) -> dict[str, Any]:
    first = item.components[0] if item.components else None
    picture = first is not None and "thumb" in kinds_of(first)
    kind = kind_of(first.mime) if first else "other"
    return {"kind": kind, "picture": picture, "components": len(item.components)}
