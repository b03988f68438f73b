"""What of the catalogue a search index holds, read in large portions as fast as the disk gives it.

A million items are read in seconds: of each payload only the fields that are searched are decoded, and
former codes and page texts come with one query a portion. No view is asked: this is the archive's own work.
Not here: what an index makes of a line (`processes.finding`), any other reader (`archive.catalogue_read`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from archive import tables

_CHUNK = 500
TEXTS = ("read", "cut")
"""The states of a page file whose text is in `page_text`."""


class Described(msgspec.Struct, frozen=True, gc=False):
    """The fields of a description that are searched; "" where the list said nothing."""

    title: str = ""
    author: str = ""
    date: str = ""
    document_number: str = ""
    keywords: str = ""
    people: str = ""
    place: str = ""
    abstract: str = ""
    genre: str = ""
    notes: str = ""
    pages: str = ""
    box: str = ""
    shelf: str = ""


class IndexLine(msgspec.Struct, frozen=True, gc=False):
    """An item as an index holds it; a `withdrawn` one is to be found no more.

    `registered` is the index of its registration's entry: unique and rising. `former` are its former codes,
    oldest first; `text` is what was read out of its page files, in the order of its components.
    """

    id: str
    registered: int
    withdrawn: bool
    code: str
    fonds: str
    category: str
    year: str
    retention: str
    office: str
    access: str
    secrecy: str
    holder: str
    fields: Described
    former: tuple[str, ...] = ()
    text: str = ""


class _Held(msgspec.Struct, frozen=True, gc=False):
    """What of an item's payload is read; the rest is passed over undecoded."""

    office: str
    fields: Described


class _Part(msgspec.Struct, frozen=True, gc=False):
    object: str


class _Parts(msgspec.Struct, frozen=True, gc=False):
    components: tuple[_Part, ...]


_held = msgspec.json.Decoder(_Held)
_parts = msgspec.json.Decoder(_Parts)

_COLUMNS = ("id", "registered", "withdrawn", "code", "fonds", "category", "year", "retention", "access")


def indexed_after(connection: Connection, after: int, limit: int) -> list[IndexLine]:
    """The first `limit` items registered by an entry after index `after` (-1 for all), in that order;
    withdrawn ones are among them, so that whoever reads on knows how far that was.
    """
    column = tables.item.c
    query = _items().where(column.registered > after).order_by(column.registered).limit(limit)
    rows = connection.execute(query).all()
    if not rows:
        return []
    range_ = column.registered > after, column.registered <= rows[-1].registered
    joined = tables.code.join(tables.item, tables.code.c.item == column.id)
    codes = _formerly().select_from(joined).where(*range_)
    joined = tables.page_text.join(tables.item, tables.page_text.c.item == column.id)
    texts = _texts().select_from(joined).where(*range_)
    return list(_lines(rows, _grouped(connection.execute(codes)), _told(connection.execute(texts))))


def indexed(connection: Connection, ids: Collection[str]) -> list[IndexLine]:
    """Those of the items `ids` that there are, in the order of registration, withdrawn ones too."""
    wanted, found = sorted(set(ids)), list[IndexLine]()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        rows = connection.execute(_items().where(tables.item.c.id.in_(chunk))).all()
        codes = _grouped(connection.execute(_formerly().where(tables.code.c.item.in_(chunk))))
        texts = _told(connection.execute(_texts().where(tables.page_text.c.item.in_(chunk))))
        found += _lines(rows, codes, texts)
    return sorted(found, key=lambda line: line.registered)


def findable(connection: Connection) -> int:
    """How many items an index must hold: all but the withdrawn ones."""
    query = select(func.count()).select_from(tables.item).where(tables.item.c.withdrawn.is_(False))
    return int(connection.execute(query).scalar() or 0)


def newest_registered(connection: Connection) -> int:
    """The entry that registered the newest item; -1 where there is none."""
    newest = connection.execute(select(func.max(tables.item.c.registered))).scalar()
    return -1 if newest is None else int(newest)


def _items() -> Select[Any]:
    column = tables.item.c
    return select(*(column[name] for name in _COLUMNS), column.secrecy, column.holder, column.payload)


def _formerly() -> Select[Any]:
    column = tables.code.c
    query = select(column.item, column.code).where(column.current.is_(False))
    return query.order_by(column.given, column.code)


def _texts() -> Select[Any]:
    column = tables.page_text.c
    return select(column.item, column.object, column.text).where(column.state.in_(TEXTS), column.text != "")


def _grouped(rows: Iterable[Row[*tuple[Any, ...]]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for item, code in rows:
        found[item].append(code)
    return found


def _told(rows: Iterable[Row[*tuple[Any, ...]]]) -> Mapping[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for item, object_id, text in rows:
        found[item][object_id] = text
    return found


def _lines(
    rows: Iterable[Row[*tuple[Any, ...]]],
    former: Mapping[str, list[str]],
    texts: Mapping[str, Mapping[str, str]],
) -> Iterator[IndexLine]:
    decode = _held.decode
    for (
        id_,
        registered,
        withdrawn,
        code,
        fonds,
        category,
        year,
        retention,
        access,
        secrecy,
        holder,
        payload,
    ) in rows:
        held = decode(payload)
        yield IndexLine(
            id_,
            registered,
            bool(withdrawn),
            code,
            fonds,
            category,
            year,
            retention,
            held.office,
            access,
            secrecy,
            holder,
            held.fields,
            tuple(former[id_]) if id_ in former else (),
            _joined(payload, texts[id_]) if id_ in texts else "",
        )


def _joined(payload: str, texts: Mapping[str, str]) -> str:
    """The texts of one item's page files, in the order of its components."""
    parts = _parts.decode(payload).components
    return "\n".join(texts[part.object] for part in parts if part.object in texts)
