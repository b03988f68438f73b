"""The fonds register: names over time, links without circles, a file for who handles the fonds alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batches import new_home
from hypothesis import given, settings
from hypothesis import strategies as st
from recover_homes import items
from retrieval_desk import LI, officer

from archive import catalogue
from archive import fonds as register
from archive.fonds_events import FondsEntered, FondsLinked, FondsNamed
from archive.projections import recreate_projections
from ingest.errors import NotForThisFonds
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.access import Subject
from policies.ruleset import builtin, builtin_names
from processes.desk import fonds_register
from processes.desk.fonds_register import NewFonds, Paper
from processes.desk.fonds_shown import listed, shown
from processes.errors import NotAllowedValue, NotFound, NothingChanges, UnknownField

KEEPER = officer("A014", "A015", "A016", "B020")
BY = {"account": "keeper", "os_user": "root"}
As = Callable[[Subject], Tools]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory.mktemp("fonds"))


@pytest.fixture
def acting(archive: Archive) -> As:
    """The home that took a batch in, as somebody works in it; two fonds are in its register."""
    keeper = archive.seen_as(KEEPER).tools()
    fonds_register.enter_fonds(keeper, NewFonds("A014", "某局", "1950"), "建册")
    fonds_register.enter_fonds(keeper, NewFonds("A015", "某厅", "2018-10"), "建册")
    return lambda subject: archive.seen_as(subject).tools()


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("1949-10-01", "某局"),
        ("19500000", "某局"),
        ("20001231", "某委员会"),
        ("1983-04-30", "某局"),
        ("1983", "某委员会"),
        ("198304", "某局"),
        ("", "某厅"),
    ],
)
def test_a_fonds_is_called_as_it_was_on_a_day(day: str, name: str) -> None:
    names = [("某局", "1950"), ("某厅", "2018-10-01"), ("某委员会", "1983-05")]
    told = tuple({"name": one, "since": since} for one, since in names)
    assert register.Fonds("A014", 1, told, {}, (), ()).name_on(day) == name


def test_names_dates_links_and_the_guide_are_everybodys_notes_and_the_file_are_not(acting: As) -> None:
    keeper = acting(KEEPER)
    fonds_register.rename(keeper, " A014", "某委员会", "1983-05", "机构改革")
    fonds_register.rename(keeper, "A014", "某行署局", "196803", "补记")
    fonds_register.describe(
        keeper, "A014", {"guide": "一、沿革\r\n二、内容", "notes": "内情", "until": "2018"}, "编写"
    )
    fonds_register.link(keeper, "A014", "A015", "2018-10", "合并")
    fonds_register.file_paper(keeper, "A014", Paper("collection", "交接文据", "2016", "全文"))
    told = shown(acting(LI), "A014")
    assert [(name["name"], name["since"]) for name in told["names"]] == [
        ("某局", "1950"),
        ("某行署局", "1968-03"),
        ("某委员会", "1983-05"),
    ]
    assert (told["name"], told["since"], told["until"]) == ("某委员会", "1950", "2018")
    assert told["guide"] == "一、沿革\n二、内容"
    assert told["successors"] == [{"fonds": "A015", "since": "2018-10", "name": "某厅"}]
    assert [line["fonds"] for line in told["chain"]] == ["A014", "A015"]
    assert not {"notes", "file"} & set(told)
    assert shown(acting(LI), "A015")["predecessors"] == [
        {"fonds": "A014", "name": "某委员会", "since": "2018-10"}
    ]
    staff = shown(keeper, "A014")
    assert staff["notes"] == "内情"
    assert [one["section"] for one in staff["file"] if one["papers"]] == ["collection"]
    assert {**told, **staff} == staff, "staff see what everybody sees, and more"
    assert [line["fonds"] for line in listed(acting(LI))["fonds"]] == ["A014", "A015"]


def test_a_paper_is_read_by_who_handles_the_fonds_and_names_only_records_in_their_view(
    acting: As, archive: Archive, home: Path
) -> None:
    keeper = acting(KEEPER)
    code = items(home)[0].item.code
    paper = Paper("appraisal", "鉴定报告", text="正文", items=[code, code])
    name = fonds_register.file_paper(keeper, "A015", paper)["paper"]
    told = shown(keeper, "A015", name)
    assert (told["text"], told["items"]) == ("正文", [code])
    other = shown(acting(officer("A015")), "A015", name)
    assert (other["text"], other["items"]) == ("正文", [])
    for subject, asked in ((LI, name), (officer("A014"), name), (KEEPER, "pnothing")):
        with pytest.raises(NotFound):
            shown(acting(subject), "A015", asked)
    with archive.database.read() as conn:
        assert "正文" not in catalogue.dump(conn).decode(), "the text stays in its entry"


def test_who_does_not_handle_a_fonds_changes_nothing_of_it(acting: As) -> None:
    other = acting(officer("B020"))
    attempts: list[Callable[[], Any]] = [
        lambda: fonds_register.enter_fonds(other, NewFonds("A016", "某处"), "建册"),
        lambda: fonds_register.rename(other, "A014", "某处", "1990", "改"),
        lambda: fonds_register.describe(other, "A014", {"guide": "x"}, "改"),
        lambda: fonds_register.link(other, "B020", "A014", "", "改"),
        lambda: fonds_register.file_paper(other, "A014", Paper("use", "x", text="y")),
    ]
    for attempt in attempts:
        with pytest.raises(NotForThisFonds):
            attempt()


def test_what_makes_no_sense_is_refused(acting: As) -> None:
    keeper = acting(KEEPER)
    enter, link = fonds_register.enter_fonds, fonds_register.link
    refused: list[tuple[type[Exception], Callable[[], Any]]] = [
        (NothingChanges, lambda: enter(keeper, NewFonds("A014", "某局"), "建册")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("A-14", "某局"), "建册")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("", "某局"), "建册")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("A016", " "), "建册")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("A016", "某局"), "")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("A016", "绝密"), "建册")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("A016", "某局", "1990", "1980"), "建册")),
        (NotAllowedValue, lambda: enter(keeper, NewFonds("A016", "某局", "1990-13"), "建册")),
        (NotFound, lambda: fonds_register.rename(keeper, "A016", "某局", "1990", "改")),
        (NotAllowedValue, lambda: fonds_register.rename(keeper, "A014", "某局", "", "改")),
        (NothingChanges, lambda: fonds_register.rename(keeper, "A014", "某局", "1950", "改")),
        (UnknownField, lambda: fonds_register.describe(keeper, "A014", {"code": "A016"}, "改")),
        (NothingChanges, lambda: fonds_register.describe(keeper, "A014", {"since": "1950"}, "改")),
        (NotAllowedValue, lambda: fonds_register.describe(keeper, "A014", {"until": "1949"}, "改")),
        (NotFound, lambda: link(keeper, "A014", "A016", "", "改")),
        (NotAllowedValue, lambda: link(keeper, "A014", "A014", "", "改")),
        (NothingChanges, lambda: link(keeper, "A014", "A015", "", "改", undo=True)),
        (NotAllowedValue, lambda: fonds_register.file_paper(keeper, "A014", Paper("x", "t", text="y"))),
        (NotAllowedValue, lambda: fonds_register.file_paper(keeper, "A014", Paper("use", "t"))),
        (NotFound, lambda: fonds_register.file_paper(keeper, "A014", Paper("use", "t", items=["A014-1"]))),
        (NotFound, lambda: shown(keeper, "A016")),
    ]
    before = keeper.ledger
    with keeper.database.read() as conn:
        size = before.size(conn)
    for kind, attempt in refused:
        with pytest.raises(kind):
            attempt()
    with keeper.database.read() as conn:
        assert keeper.ledger.size(conn) == size, "a refused change enters nothing"


def test_links_make_no_circle_and_can_be_undone(acting: As) -> None:
    keeper = acting(KEEPER)
    fonds_register.enter_fonds(keeper, NewFonds("A016", "某集团", "2020"), "建册")
    fonds_register.link(keeper, "A014", "A015", "", "合并")
    fonds_register.link(keeper, "A015", "A016", "", "转制")
    with pytest.raises(NotAllowedValue, match="circle"):
        fonds_register.link(keeper, "A016", "A014", "", "误")
    assert [line["fonds"] for line in shown(keeper, "A015")["chain"]] == ["A014", "A015", "A016"]
    fonds_register.link(keeper, "A015", "A016", "", "误记", undo=True)
    assert shown(keeper, "A016")["chain"] == []
    fonds_register.link(keeper, "A016", "A014", "", "可")


def test_a_rebuild_says_the_same_and_what_was_lost_opens_nothing(acting: As, archive: Archive) -> None:
    keeper = acting(KEEPER)
    fonds_register.link(keeper, "A014", "A015", "", "合并")
    fonds_register.file_paper(keeper, "A014", Paper("use", "材料", text="正文"))
    database, ledger = archive.database, archive.ledger
    with database.read() as conn:
        before = catalogue.dump(conn)
        entered = next(ledger.of_type(conn, FondsEntered.type)).index
    catalogue.rebuild(database, ledger)
    with database.read() as conn:
        assert catalogue.dump(conn) == before
    with database.write() as tx:
        entries = [
            replace(entry, payload=None, salt=None) if entry.index == entered else entry
            for entry in ledger.entries(tx, 0, ledger.size(tx))
        ]
        recreate_projections(tx)
        catalogue.apply(tx, entries, lost=[entered])
        assert [one.code for one in register.register(tx)] == ["A015"], "what hung on the lost entry too"


@pytest.mark.parametrize("name", builtin_names())
def test_every_rule_set_has_sections_each_once(name: str) -> None:
    sections = [one.name for one in builtin(name).fonds_file]
    assert sections == list(dict.fromkeys(sections))
    assert {"collection", "arrangement", "appraisal", "custody", "statistics", "use"} <= set(sections)


CODES = st.sampled_from(["A001", "A002", "A003"])
DATES = st.sampled_from(["", "1950", "1968-03", "1983-05-01"])


@st.composite
def happenings(draw: st.DrawFn) -> list[Any]:
    """Events of a register in any order, as a ledger that lost some may have them."""
    one = st.one_of(
        st.builds(FondsEntered, CODES, st.text("甲乙", min_size=1), DATES, DATES, st.just("r"), **given_by()),
        st.builds(FondsNamed, CODES, st.text("甲乙", min_size=1), DATES, st.just("r"), **given_by()),
        st.builds(FondsLinked, CODES, CODES, DATES, st.booleans(), st.just("r"), **given_by()),
    )
    return draw(st.lists(one, max_size=12))


def given_by() -> dict[str, Any]:
    return {name: st.just(value) for name, value in BY.items()}


@pytest.fixture(scope="module")
def one_archive(empty: Path) -> Iterator[Archive]:
    with opened(empty) as archive:
        yield archive


@settings(max_examples=40, deadline=None)
@given(events=happenings())
def test_the_register_is_read_whatever_happened(one_archive: Archive, events: list[Any]) -> None:
    class Undone(Exception):
        pass

    tools = one_archive.seen_as(LI).tools()
    with pytest.raises(Undone), one_archive.database.write() as tx:
        catalogue.record(tx, one_archive.ledger, events, tools.now())
        for one in register.register(tx):
            assert [name["since"] for name in one.names] == sorted(name["since"] for name in one.names)
            assert one.name
            assert len({link["fonds"] for link in one.successors}) == len(one.successors)
        raise Undone
