"""What an index reads in bulk is what the catalogue says of each item."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from archive_samples import SERIES, TIME, component, registered
from sqlalchemy import insert

from archive import catalogue, tables
from archive.catalogue_index import IndexLine, indexed, indexed_after
from archive.database import Database
from archive.events import Event, ItemAppraised, ItemDescribed, ItemDestroyed, ItemRecoded, ItemWithdrawn
from archive.ledger import Ledger
from policies.access import Standing

BY = ("because", "owner", "archivist")


def code(number: int) -> str:
    return f"{SERIES}-{number:04d}"


def events() -> list[Event]:
    pair = (component("o2"), component("o9"))
    return [
        registered(
            3, fields={"title": "题名", "secrecy": "内部", "box": "12", "shelf": "甲-3", "people": "张三"}
        ),
        registered(1),
        registered(2, components=pair),
        registered(4),
        ItemRecoded("i1", code(1), code(8), SERIES, 8, {"office": "RSC"}, *BY),
        ItemRecoded("i1", code(8), code(9), SERIES, 9, {}, *BY),
        ItemDescribed("i2", "title", "开馆仪式 2", "闭馆\u2028仪式", *BY),
        ItemAppraised("i2", "unreviewed", "open", "", "期满", "", "consent", *BY[1:]),
        ItemWithdrawn("i3", *BY),
        ItemDestroyed("i4", (code(4),), ((SERIES, 4),), *BY),
    ]


@pytest.fixture
def filled(database: Database, ledger: Ledger) -> Database:
    with database.write() as tx:
        catalogue.record(tx, ledger, events(), TIME)
        texts = (("o9", "i2", "read", "第二"), ("o2", "i2", "read", "第一"), ("o1", "i1", "none", ""))
        rows = [dict(zip(("object", "item", "state", "text"), row, strict=True)) for row in texts]
        tx.execute(insert(tables.page_text), rows)
    return database


def lines(database: Database, after: int = -1, limit: int = 10) -> Sequence[IndexLine]:
    with database.read() as conn:
        return indexed_after(conn, after, limit)


def test_every_line_says_what_the_catalogue_says(filled: Database) -> None:
    with filled.read() as conn:
        records = list(catalogue.all_items(conn))
        former = [catalogue.codes_of(conn, record.item.id)[1] for record in records]
    told = lines(filled)
    assert [line.former for line in told] == former
    assert former[1] == (code(1), code(8))
    for line, record in zip(told, records, strict=True):
        assert record.standing == Standing(
            line.id, line.fonds, line.access, line.secrecy, line.holder, line.withdrawn
        )
        item = record.item
        parts = (line.code, line.category, line.year, line.retention, line.office, line.registered)
        assert parts == (item.code, item.category, item.year, item.retention, item.office, record.registered)
        fields = {
            name: value for name in line.fields.__struct_fields__ if (value := getattr(line.fields, name))
        }
        assert fields == {name: value for name, value in item.fields.items() if name != "secrecy"}


def test_lines_come_in_the_order_of_registration_and_can_be_read_on(filled: Database) -> None:
    whole = lines(filled)
    assert [line.id for line in whole] == ["i3", "i1", "i2"]
    assert [line.withdrawn for line in whole] == [True, False, False]
    first = lines(filled, limit=2)
    assert [*first, *lines(filled, first[-1].registered)] == whole
    assert lines(filled, whole[-1].registered) == []
    with filled.read() as conn:
        assert indexed(conn, ["i2", "i3", "i4", "i3", "nobody"]) == [whole[0], whole[2]]
        assert indexed(conn, []) == []


def test_texts_stand_in_the_order_of_the_components(filled: Database) -> None:
    assert [line.text for line in lines(filled)] == ["", "", "第一\n第二"]
