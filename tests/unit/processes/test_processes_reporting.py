"""Figures and lists: through the reader's view, in their standard columns, in the order of codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from batches import lantai
from sqlalchemy import select, update
from staff import PHOTOGRAPHS, staffed

from archive.counted_read import stands_since
from archive.tables import item
from lantai.reports_kept import kept
from lantai.wiring import Archive, opened
from policies.access import Subject
from policies.ruleset import builtin
from processes.reporting import figures, lists
from processes.reporting.figures import Asking
from processes.reporting.lists import COLUMNS, Listing, Scope, TooManyRows

EVERY = Subject("", handles=None)
A014 = Subject("li", handles=frozenset({"A014"}))
STRANGER = Subject("wang", handles=frozenset({"B001"}))
RULES = builtin("shandong-2016")
TODAY = date(2050, 6, 1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    home: Path = staffed(tmp_path_factory.mktemp("reports"))
    lantai(home, "--as", "officer", "withdraw", "A014-WS·2016-Y-BGS-0002", "--reason", "a mistake", status=0)
    with opened(home) as archive:
        yield archive


def told(
    archive: Archive, kind: str, subject: Subject = EVERY, *fonds: str
) -> dict[str, list[dict[str, object]]]:
    with archive.database.read() as conn:
        document = figures.told(kind, conn, Asking(subject, RULES, TODAY, fonds))
    return {table["table"]: table["rows"] for table in document["tables"]}


def listed(archive: Archive, kind: str, subject: Subject = A014, **scope: str) -> list[dict[str, str]]:
    found = lists.rows(archive.database, kind, Listing(subject, RULES, TODAY, Scope(**scope)))
    return [dict(zip(COLUMNS[kind], row, strict=True)) for row in found]


def test_every_table_of_holdings_adds_up_to_the_same(archive: Archive) -> None:
    tables = told(archive, "holdings")
    assert set(tables) == set(figures.BY)
    assert {sum(int(str(row["items"])) for row in rows) for rows in tables.values()} == {4}
    assert {row["access"]: row["items"] for row in tables["access"]} == {"open": 2, "unreviewed": 2}


def test_what_is_not_in_view_is_in_no_figure(archive: Archive) -> None:
    assert {row["access"] for row in told(archive, "holdings", STRANGER)["access"]} == {"open"}
    assert told(archive, "holdings", EVERY, "B001")["fonds"] == []
    use = told(archive, "use", STRANGER)
    assert use == {"month": [], "fonds": []}


def test_a_year_of_statistics_ends_with_its_sum(archive: Archive) -> None:
    rows = told(archive, "statistics")["year"]
    assert [row["fonds"] for row in rows] == ["A014", ""]
    assert rows[0]["items"] == rows[1]["items"] == 4
    assert rows[0]["opened"] == 2


def test_what_grew_ends_at_what_is_held(archive: Archive) -> None:
    assert told(archive, "growth")["month"][-1]["all_items"] == 4


@pytest.mark.parametrize("kind", COLUMNS)
def test_no_list_has_an_item_of_a_fonds_that_somebody_else_handles(archive: Archive, kind: str) -> None:
    found = listed(archive, kind, STRANGER, fonds="A014")
    assert len(found) == (2 if kind == "open" else 0)


def test_a_list_goes_by_codes_and_leaves_out_what_was_withdrawn(archive: Archive) -> None:
    codes = [row["code"] for row in listed(archive, "items", fonds="A014")]
    assert len(codes) == 4 and codes == sorted(codes)
    assert "A014-WS·2016-Y-BGS-0002" not in codes
    assert [row["row"] for row in listed(archive, "items", fonds="A014", category="ZP")] == ["1", "2"]


def test_a_list_of_open_titles_has_open_titles_alone(archive: Archive) -> None:
    assert [row["code"] for row in listed(archive, "open")] == list(PHOTOGRAPHS)


def test_items_in_no_volume_are_told_by_their_series(archive: Archive) -> None:
    assert [(row["volume"], row["items"]) for row in listed(archive, "volumes", fonds="A014")] == [
        ("A014-LY·2016-Y-BGS", "1"),
        ("A014-WS·2016-Y-BGS", "1"),
        ("A014-ZP·2016-Y-BGS", "2"),
    ]
    (note,) = listed(archive, "file-note", fonds="A014", volume="A014-ZP·2016-Y-BGS")
    assert (note["first"], note["last"]) == PHOTOGRAPHS


def test_nothing_that_is_kept_for_ever_is_on_a_register_of_destruction(archive: Archive) -> None:
    assert listed(archive, "destruction", fonds="A014", until="2200") == []


def test_a_list_that_is_too_long_is_refused(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_ROWS", 3)
    with pytest.raises(TooManyRows, match="name a year"):
        listed(archive, "items", fonds="A014")


def test_a_volume_is_one_row_however_its_codes_run(archive: Archive) -> None:
    with archive.database.write() as tx:
        before = dict(tuple(row) for row in tx.execute(select(item.c.code, item.c.payload)))
        for number, code in enumerate((PHOTOGRAPHS[1], "A014-LY·2016-Y-BGS-0001")):
            told = json.loads(before[code])
            told["fields"] |= {"catalogue": "3", "volume": "12", "pages": str(number + 4)}
            tx.execute(update(item).where(item.c.code == code).values(payload=json.dumps(told)))
    try:
        filed = [row for row in listed(archive, "volumes", fonds="A014") if row["volume"] == "3-12"]
        assert [(row["items"], row["pages"]) for row in filed] == [("2", "9")]
        inside = listed(archive, "in-volume", fonds="A014", volume="3-12")
        assert [row["page"] for row in inside] == ["1", "6"]
    finally:
        with archive.database.write() as tx:
            for code, payload in before.items():
                tx.execute(update(item).where(item.c.code == code).values(payload=payload))


def test_rows_are_read_while_they_are_taken_and_what_was_closed_meanwhile_is_left_out(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE", 1)
    rows = lists.rows(archive.database, "items", Listing(A014, RULES, TODAY, Scope("A014")))
    assert next(rows)[0] == "1"
    with archive.database.write() as tx:
        gone = update(item).where(item.c.code == PHOTOGRAPHS[0])
        tx.execute(gone.values(fonds="B001"))
    try:
        assert [row[:2] for row in rows] == [("2", "A014-WS·2016-Y-BGS-0001"), ("3", PHOTOGRAPHS[1])]
    finally:
        with archive.database.write() as tx:
            tx.execute(gone.values(fonds="A014"))


def test_what_is_held_is_counted_again_when_it_changed_and_only_then(archive: Archive) -> None:
    counts: list[int] = []
    asked = partial(kept, ("a test",), count=lambda: counts.append(1))
    asked(5, lambda _: False)
    asked(5, lambda _: False)
    asked(7, lambda size: size == 5)  # entries came that change nothing
    assert len(counts) == 1
    asked(8, lambda _: False)
    asked(6, lambda _: True)  # another, shorter ledger
    assert len(counts) == 3
    with archive.database.read() as conn:
        size = archive.ledger.size(conn)
        assert stands_since(conn, size) and not stands_since(conn, 0)
