"""Lists of results: every hit once, whatever happens meanwhile; nothing that is not open to everybody."""

from __future__ import annotations

import csv
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from shelves import OFFICER, RESEARCHER, Shelf, item, shelf_in

from policies.access import Subject, Zone
from processes.errors import AlreadyThere, ListChanged
from processes.finding import result_list
from processes.finding.find import Asked
from processes.finding.result_list import COLUMNS, Sheet, pages, write_list
from search.errors import CursorMistake
from search.index import Order
from search.living import LivingIndex
from search.query import parse

ACCESS = {"open": "开放", "restricted": "控制"}
ORDERS = list(Order)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "shelf") as made:
        yield made


def written(
    shelf: Shelf, target: Path, subject: Subject = RESEARCHER, query: str = "*", *, replace: bool = False
) -> dict[str, object]:
    sheet = Sheet(target, COLUMNS, ACCESS, replace)
    asked = Asked(query, order=Order.CODE)
    return write_list(shelf.database, shelf.index, shelf.work, asked, subject, sheet)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as read:
        return list(csv.DictReader(read))


def test_a_list_has_every_hit_with_what_an_archives_open_list_says(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(*(item(number) for number in range(1, 8)))
    done = written(shelf, tmp_path / "list.csv")
    assert done == {"file": str(tmp_path / "list.csv"), "rows": 7, "undescribed": 0}
    read = rows(tmp_path / "list.csv")
    assert [row["number"] for row in read] == [str(number) for number in range(1, 8)]
    assert read[2] == {
        "number": "3", "code": "A014-WS·2016-Y-BGS-0003", "title": "关于第3号堤防的报告",
        "author": "省水利厅",
        "date": "2016-06-15", "retention": "Y", "access": "开放", "fonds": "A014", "category": "WS",
        "year": "2016", "office": "BGS",
    }  # fmt: skip
    assert stat.S_IMODE((tmp_path / "list.csv").stat().st_mode) == 0o600


def test_a_workbook_has_the_same_rows(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(*(item(number, f"=SUM({number})") for number in range(1, 4)))
    written(shelf, tmp_path / "list.CSV")
    written(shelf, tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    read = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert read[0] == list(COLUMNS)
    assert [row[2] for row in read[1:]] == ["=SUM(1)", "=SUM(2)", "=SUM(3)"]
    assert [row["title"] for row in rows(tmp_path / "list.CSV")] == ["'=SUM(1)", "'=SUM(2)", "'=SUM(3)"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_is_not_open_to_everybody_is_not_described_to_anybody(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """In no file either that is written on the way."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    seen_on_the_way: list[bytes] = []
    remove = Path.unlink

    def looked_at(path: Path, missing_ok: bool = False) -> None:
        seen_on_the_way.extend(one.read_bytes() for one in scratch.rglob("*") if one.is_file())
        remove(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", looked_at)
    shelf.add(
        item(1, "公开的报告", people="赵铁柱", author="电话13800138000"),
        item(2, "海燕计划", access="restricted"),
        item(3, "内部的纪要", secrecy="内部"),
    )
    done = written(shelf, tmp_path / f"list{ending}", OFFICER)
    assert (done["rows"], done["undescribed"]) == (3, 2)
    if ending == ".csv":
        first, second, third = rows(tmp_path / "list.csv")
        assert first["title"] == "公开的报告"
        assert first["author"] == "电话***********"
        told = {"code": "A014-WS·2016-Y-BGS-0002", "fonds": "A014", "year": "2016", "access": "控制"}
        assert {name: value for name, value in second.items() if value} == {"number": "2", **told}
        assert third["title"] == third["author"] == ""
        held = [(tmp_path / "list.csv").read_bytes()]
    else:
        sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
        held = ["".join(str(cell.value) for row in sheet.iter_rows() for cell in row).encode()]
    for secret in ("海燕", "内部的纪要", "赵铁柱", "13800138000"):
        assert not [one for one in held + seen_on_the_way if secret.encode() in one], secret


def test_a_file_that_is_there_is_replaced_only_where_that_was_said(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(item(1))
    target = tmp_path / "list.csv"
    target.write_text("mine")
    with pytest.raises(AlreadyThere):
        written(shelf, target)
    assert target.read_text() == "mine"
    written(shelf, target, replace=True)
    assert len(rows(target)) == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["list.csv"]


def test_a_list_that_fails_leaves_nothing(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add(item(1))
    monkeypatch.setattr(result_list, "masked", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(shelf, tmp_path / "list.csv")
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_file_that_came_there_meanwhile_stays(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add(item(1))
    target = tmp_path / "list.csv"

    def another(text: str) -> str:
        target.write_text("mine")
        return text

    monkeypatch.setattr(result_list, "masked", another)
    with pytest.raises(AlreadyThere):
        written(shelf, target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("order", ORDERS)
def test_pages_give_every_hit_once_in_every_order_while_the_archive_grows(shelf: Shelf, order: Order) -> None:
    dates = ("2016", "2016-03", "", "2015-12-31", "1949-10-01")
    shelf.add(*(item(number, date=dates[number % 5]) for number in range(1, 41)))
    given: list[str] = []
    more = 100
    for page in pages(shelf.seen(), parse("堤防"), Asked("堤防", order=order), size=7):
        given += [hit.id for hit in page]
        shelf.add(item(more, date=dates[more % 5]), item(more + 1, "堤防 别的题名"))
        more += 2
    assert len(given) == len(set(given))
    assert {f"i{number}" for number in range(1, 41)} <= set(given)


def test_pages_go_on_where_the_last_hit_of_one_is_hidden(shelf: Shelf) -> None:
    shelf.add(*(item(number) for number in range(1, 31)))
    given: list[str] = []
    hidden: list[str] = []
    for page in pages(shelf.seen(), parse("*"), Asked("*", order=Order.CODE), size=5):
        given += [hit.id for hit in page]
        if len(hidden) < 3:
            hidden.append(page[-1].id)
            shelf.restrict(page[-1].id)
    assert len(given) == len(set(given))
    assert set(given) == {f"i{number}" for number in range(1, 31)}


def test_pages_that_nobody_can_go_on_with_are_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add(item(1), item(2))
    seen = shelf.seen()
    going = pages(seen, parse("*"), Asked("*"), size=1)
    next(going)

    def refused(*_: object, **__: object) -> None:
        raise CursorMistake

    monkeypatch.setattr(LivingIndex, "search", refused)
    with pytest.raises(ListChanged):
        next(going)


def test_a_reading_room_list_describes_what_everybody_may_see(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(item(1), item(2, secrecy="国内"))
    reader = Subject("rr", zone=Zone.READING_ROOM)
    assert written(shelf, tmp_path / "list.csv", reader)["undescribed"] == 1
