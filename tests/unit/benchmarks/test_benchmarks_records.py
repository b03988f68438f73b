"""What searching is measured with is sound: records are what they are said to be, rivals count alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from postgres import new_database

from archive import catalogue
from benchmarks.record_home import item_of, make_record_home
from benchmarks.records import records
from benchmarks.search_queries import questions, subjects
from benchmarks.search_report import Figures, Taken, quantile, report
from benchmarks.search_rivals import Ask, fts5, in_database
from lantai.wiring import opened
from policies.access import EVERYTHING, HOLDERS, Standing, mark_kind, may, view_of
from policies.canonical import canonical
from search.dates import span
from search.index import Document

MANY = 4_000


@pytest.fixture(scope="module")
def some() -> list[Document]:
    return list(records(MANY))


def test_the_same_numbers_give_the_same_records_however_many_are_wanted(some: list[Document]) -> None:
    assert list(records(700)) == some[:700]
    assert list(records(700, seed=2)) != some[:700]


def test_codes_and_ranks_are_unique_and_dates_are_dates(some: list[Document]) -> None:
    assert len({one.code for one in some}) == len({one.rank for one in some}) == MANY
    assert all(span(one.date) for one in some if one.date)


def test_records_stand_as_archives_do(some: list[Document]) -> None:
    access, fonds = Counter(one.access for one in some), Counter(one.fonds for one in some)
    assert 0.25 < access["open"] / MANY < 0.38 and access["unreviewed"] > MANY / 2
    assert access["postponed"] and access["restricted"] and access["closed"]
    assert fonds.most_common(1)[0][1] > 8 * sorted(fonds.values())[len(fonds) // 2]
    assert any(one.secrecy == "内部" for one in some) and {one.holder for one in some} == set(HOLDERS)
    assert any("身份证号" in one.title for one in some)


def test_a_home_holds_the_records_as_items(tmp_path: Path) -> None:
    make_record_home(tmp_path / "home", 300, texts=0.2)
    with opened(tmp_path / "home") as archive, archive.database.read() as conn:
        held = {record.item.id: record for record in catalogue.all_items(conn)}
        for document in records(300):
            record = held[document.id]
            assert record.item == item_of(document) and record.registered == document.rank
            written = catalogue.item_by_code(conn, document.code, EVERYTHING)
            assert written is not None and written.item.id == document.id
            assert record.item.secrecy == mark_kind(document.secrecy)
            assert record.item.holder == document.holder


def test_items_are_written_as_the_catalogue_writes_them(some: list[Document]) -> None:
    encoder = msgspec.json.Encoder(order="deterministic")
    for document in some[:200]:
        payload = item_of(document).to_payload()
        assert encoder.encode(payload) == canonical(payload)


def test_rivals_count_alike_and_never_more_than_there_is(
    tmp_path: Path, postgresql: str, some: list[Document]
) -> None:
    asked = [question for question in questions(600, 3) if question.plain]
    views = {who: view_of(subject) for who, subject in subjects().items()}

    def told_by(ask: Ask) -> list[int]:
        return [ask(question.plain, views[question.who]) for question in asked if question.plain]

    with fts5(tmp_path, some[:600]) as ask:
        told = told_by(ask)
    with new_database(postgresql) as address, in_database(address, some[:600]) as ask:
        assert told == told_by(ask)
    seen = {who: sum(may(view, _standing(one)) for one in some[:600]) for who, view in views.items()}
    assert any(told)
    assert all(total <= seen[question.who] for question, total in zip(asked, told, strict=True))


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([5, 1, 4, 2, 3], 0.5) == 3
    assert quantile(range(1, 101), 0.99) == 99 and quantile([7], 0.99) == 7


def test_the_report_draws_a_straight_line() -> None:
    few = Figures(100, [(1, 2)], 1, 1000, 1000, 10, [Taken("one", "all", 0.001, 1, True)])
    many = Figures(1000, [(1, 2)], 10, 10_000, 10_000, 10, [Taken("one", "all", 0.010, 1, True)])
    assert "| p50, ms | 1.0 | 10.0 | 10.0 | 100,000.0 | 1,000,000.0 |" in report([few, many])


def _standing(one: Document) -> Standing:
    return Standing(one.id, one.fonds, one.access, mark_kind(one.secrecy), one.holder)
