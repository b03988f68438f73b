"""What is asked of carriers: which set, how large, of what kind; and what one carrier of it will hold.

Items go on carriers in the order in which they were registered, and never in two halves: so what a carrier
may hold is known by two numbers, and a run that was killed goes on where the last carrier ended.
Not done here: the files themselves (`carrier_parts`), writing (`carriers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive import catalogue
from archive.catalogue import Record
from ingest.tools import Tools
from policies.access import EVERYTHING
from processes.errors import TooLarge, TooLargeForImage
from processes.packages.imaging import MOST_BYTES

PREFIXES = {"preservation": "PR", "off-site": "OS", "use": "US"}
"""What a carrier's number begins with. 封存保管, 异地保管, 提供利用."""

BLOCK = 2048
RESERVE_BYTES = 1 << 20
"""For what a carrier holds beside the items: its papers, and a disc's own tables."""

_EACH_FILE = 2 * BLOCK
_EACH_ITEM = 4 * BLOCK
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Order:
    """One run's wish. `size` is the most bytes of one carrier; `since` a time as the ledger writes it."""

    set: str
    size: int
    plain: bool
    image: bool = False
    since: str = ""
    fonds: tuple[str, ...] = ()
    restricted_too: bool = False
    with_keys: bool = False
    medium: str = ""
    kept_at: str = ""

    @property
    def kind(self) -> str:
        """`plain` or `sealed`."""
        return "plain" if self.plain else "sealed"

    @property
    def form(self) -> str:
        """`image` or `folder`."""
        return "image" if self.image else "folder"

    def admits(self, record: Record) -> bool:
        """Whether this set may hold the record. Sealed sets hold all; plain ones what is open, unless told
        otherwise; for use only what is open and not withdrawn, whatever was told.
        """
        if not self.plain:
            return True
        is_open = record.item.access == "open"
        if self.set == "use":
            return is_open and not record.withdrawn
        return is_open or self.restricted_too

    def cost(self, record: Record) -> int:
        """At most so many bytes a carrier needs for the record: whole blocks, names, lines in lists."""
        item = record.item
        sizes = [part.bytes if self.plain else part.sealed_bytes for part in item.components]
        files = sum(-(-size // BLOCK) * BLOCK + _EACH_FILE for size in sizes)
        if not self.plain:
            return files
        words = sum(len(str(value)) for value in item.fields.values()) + len(item.code) * len(sizes)
        return files + _EACH_ITEM + 12 * words  # in three lists, up to four bytes a sign


@dataclass(frozen=True, slots=True)
class Share:
    """What goes on one carrier: items registered by entries after `after` and up to `last`.

    `items` of `bytes` (their cost); `left_out` records in that range are not for this set.
    """

    after: int
    last: int
    items: int
    bytes: int
    left_out: int
    first_code: str = ""
    last_code: str = ""


def records(tools: Tools, order: Order, after: int, last: int) -> Iterator[Record]:
    """The records that `order` names, of entries after `after` and up to `last`, admitted or not."""
    while True:
        with tools.database.read() as conn:
            page = catalogue.items_after(conn, after, EVERYTHING, _PAGE, fonds=order.fonds, since=order.since)
        for record in page:
            if record.registered > last:
                return
            yield record
        if len(page) < _PAGE:
            return
        after = page[-1].registered


def shares(tools: Tools, order: Order, after: int, last: int, overhead: int) -> Iterator[Share]:
    """What goes on each carrier, in order, `overhead` bytes being taken on each. Raises `TooLarge` for an
    item that no carrier takes.
    """
    room = order.size - overhead
    begin = end = after
    items = cost = left_out = 0
    codes: tuple[str, str] | None = None
    for record in records(tools, order, after, last):
        if not order.admits(record):
            left_out, end = left_out + 1, record.registered
            continue
        needed = order.cost(record)
        check_item(order, record, needed, room)
        if items and cost + needed > room:
            yield Share(begin, end, items, cost, left_out, *(codes or ("", "")))
            begin, items, cost, left_out, codes = end, 0, 0, 0, None
        items, cost, end = items + 1, cost + needed, record.registered
        code = record.item.code
        codes = (min(codes[0], code), max(codes[1], code)) if codes else (code, code)
    if items or left_out:
        yield Share(begin, end, items, cost, left_out, *(codes or ("", "")))


def check_item(order: Order, record: Record, needed: int, room: int) -> None:
    """Raises `TooLarge` where no carrier of this size, `TooLargeForImage` where no image takes the item."""
    if needed > room:
        raise TooLarge(
            f"{record.item.code} needs {needed} bytes; a carrier of {order.size} has {max(room, 0)} for items"
        )
    for part in record.item.components if order.image else ():
        if max(part.bytes, part.sealed_bytes) > MOST_BYTES:
            raise TooLargeForImage(record.item.code, part.bytes)
