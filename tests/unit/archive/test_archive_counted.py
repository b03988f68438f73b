"""What is counted while it happens equals what a recount of the items finds, whatever happened to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import lantai, mixed_batch, new_home
from sqlalchemy import delete, insert, select

from archive import catalogue, counted, tables
from archive.counted_read import held_by, used_items, uses_by, volumes_received
from archive.events import UsesSealed
from archive.tables_counted import HELD, holding
from archive.uses import Use, enter
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING, Clause, View

OPEN = View((Clause(access=frozenset({"open"}), secrecy=frozenset({""}), withdrawn=False, full=False),))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = new_home(tmp_path)
    lantai(home, "ingest", mixed_batch(tmp_path), status=0)
    return home


def rows(archive: Archive) -> list[tuple[object, ...]]:
    with archive.database.read() as conn:
        return sorted(tuple(row) for row in conn.execute(select(holding)))


def recounted(archive: Archive) -> list[tuple[object, ...]]:
    """The rows as they are when every item is counted anew."""
    with archive.database.write() as tx:
        tx.execute(delete(holding))
        counted.count_items(tx, [tuple(row) for row in tx.execute(select(tables.item))])
    return rows(archive)


def test_whatever_happens_to_items_the_counts_follow(home: Path) -> None:
    code, other = "A014-ZP·2016-Y-BGS-0001", "A014-WS·2016-Y-BGS-0001"
    lantai(home, "appraise", code, "--status", "open", "--reason", "25 years", status=0)
    lantai(home, "describe", other, "pages=12", "--reason", "counted", status=0)
    lantai(home, "withdraw", "A014-ZP·2016-Y-BGS-0002", "--reason", "a mistake", status=0)
    lantai(home, "recode", other, "A014-WS·2017-Y-BGS-0001", "--reason", "the year", status=0)
    with opened(home) as archive:
        there = rows(archive)
        assert there == recounted(archive)
        with archive.database.read() as conn:
            (whole,) = held_by(conn, EVERYTHING, ())
            assert whole.items == 4  # the withdrawn one is not counted
            assert [(one.values, one.items) for one in held_by(conn, EVERYTHING, ["year"])] == [
                (("2016",), 3),
                (("2017",), 1),
            ]
            assert sum(one.pages for one in held_by(conn, EVERYTHING, ["year"], {"year": ["2017"]})) == 12


def test_what_somebody_may_not_see_is_not_counted_for_them(home: Path) -> None:
    with opened(home) as archive, archive.database.read() as conn:
        assert held_by(conn, OPEN, ["fonds"]) == []
    lantai(home, "appraise", "A014-ZP·2016-Y-BGS-0001", "--status", "open", "--reason", "25 years", status=0)
    with opened(home) as archive, archive.database.read() as conn:
        (one,) = held_by(conn, OPEN, ["fonds", "access"])
        assert (one.values, one.items) == (("A014", "open"), 1)
        assert held_by(conn, View(()), []) == []


def test_the_views_made_again_count_the_same(home: Path) -> None:
    with opened(home) as archive:
        before = rows(archive)
        catalogue.rebuild(archive.database, archive.ledger)
        assert rows(archive) == before


def test_items_of_one_file_of_paper_are_one_volume(home: Path) -> None:
    with opened(home) as archive, archive.database.write() as tx:
        assert volumes_received(tx, EVERYTHING) == {}
        lying = dict.fromkeys(HELD, "") | {"fonds": "A014", "year": "2016", "volume": "1-12"}
        counts = {"withdrawn": False, "items": 1, "components": 1, "bytes": 1, "pages": 1}
        for month in ("2026-03", "2026-04", "2027-01"):
            tx.execute(insert(holding).values(**(lying | counts | {"month": month})))
        tx.execute(insert(holding).values(**(lying | counts | {"volume": "1-13", "month": "2026-04"})))
        assert volumes_received(tx, EVERYTHING) == {("2026", "A014"): 2, ("2027", "A014"): 1}
        assert volumes_received(tx, OPEN) == {}


def test_uses_are_counted_by_month_kind_and_fonds_once_for_each_code(home: Path) -> None:
    code = "A014-ZP·2016-Y-BGS-0001"
    told = [
        {"time": "2026-01-31T10:00:00Z", "account": "li", "kind": "view", "code": code},
        {"time": "2026-01-31T10:00:01Z", "account": "li", "kind": "view", "code": code},
        {
            "time": "2026-02-01T10:00:00Z",
            "account": "li",
            "kind": "export",
            "code": f"{code}\nB001-WS·2016-Y-0001",
        },
        {"time": "2026-02-01T10:00:01Z", "account": "li", "kind": "search", "query": "水库"},
        {"time": "2026-02-01T10:00:02Z", "account": "li", "kind": "refused", "code": code},
    ]
    with opened(home) as archive:
        with archive.database.write() as tx:
            event = UsesSealed(
                first=0, count=len(told), since="", until="", uses=tuple(told), account="li", os_user="li"
            )
            catalogue.record(tx, archive.ledger, [event], "2026-02-02T00:00:00Z")
            enter(tx, [Use("2026-02-03T00:00:00Z", "li", "view", {"code": "A014-WS·2016-Y-BGS-0001"})])
        with archive.database.read() as conn:
            assert uses_by(conn, None) == {
                ("2026-01", "view", "A014"): 2,
                ("2026-02", "export", "A014"): 1,
                ("2026-02", "export", "B001"): 1,
                ("2026-02", "search", ""): 1,
                ("2026-02", "view", "A014"): 1,
            }
            assert uses_by(conn, frozenset({"B001"})) == {("2026-02", "export", "B001"): 1}
            assert used_items(conn, None) == {("2026", "A014"): 2, ("2026", "B001"): 1}
