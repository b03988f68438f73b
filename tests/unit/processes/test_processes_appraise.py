"""Deciding access: all or none, what was previewed and nothing else, in force for the very next request."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from views import standings, subjects

from archive import catalogue, working
from archive.catalogue import Record
from archive.events import ItemDescribed
from archive.model import Item
from ingest.locks import only_one
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING, HOLDERS, OPEN, STATUSES, Standing, Subject, Zone
from policies.access import decide as judge
from policies.ruleset import builtin
from processes.desk.appraise import Change, Decision, decide, enter, preview
from processes.desk.appraise_set import by_codes, by_query, read_list
from processes.errors import NotAllowedValue, NotFound, NothingChanges, SetChanged
from processes.finding.find import Asked, search
from processes.finding.index import LOCK
from search.errors import IndexBusy
from search.index import Document
from search.living import LivingIndex

RULES = builtin("shandong-2016")
STRANGER = Subject("stranger")
RESTRICTED = Decision("restricted", "a person lives", clause="条例 30", until="2090-01-01")
OPENED = Decision(OPEN, "due")


@pytest.fixture
def tools(archive: Archive) -> Tools:
    return archive.tools()


@pytest.fixture
def both(tools: Tools) -> list[str]:
    with tools.database.read() as conn:
        return [record.item.id for record in catalogue.all_items(conn)]


def standing(tools: Tools) -> list[tuple[str, dict[str, str]]]:
    with tools.database.read() as conn:
        return [(one.item.access, dict(one.item.appraisal)) for one in catalogue.all_items(conn)]


def found(archive: Archive, subject: Subject) -> int:
    work = archive.tools().work
    return int(search(archive.database, archive.index, work, Asked("报告"), subject)["total"])


def test_a_decision_holds_for_the_next_search_and_stands_in_the_ledger(
    archive: Archive, tools: Tools, both: list[str]
) -> None:
    assert found(archive, STRANGER) == 0
    done = decide(tools, archive.index, both, OPENED)
    assert (done["decided"], done["unchanged"], found(archive, STRANGER)) == (2, 0, 2)
    assert decide(tools, archive.index, both[:1], RESTRICTED)["from"] == [{"access": "open", "count": 1}]
    assert found(archive, STRANGER) == 1
    with tools.database.read() as conn:
        last = tools.ledger.of_item(conn, both[0])[-1].event().payload()
    assert (last["account"], last["reason"], last["until"]) == ("keeper", "a person lives", "2090-01-01")


def test_what_was_closed_is_gone_from_a_search_while_somebody_else_is_feeding(
    archive: Archive, tools: Tools, both: list[str], home: Path
) -> None:
    decide(tools, archive.index, both, OPENED)
    done = threading.Event()

    def close_one() -> None:
        with opened(home) as other:
            decide(other.tools(), other.index, both[:1], RESTRICTED)
        done.set()

    with only_one(tools.work / LOCK):
        closing = threading.Thread(target=close_one)
        closing.start()
        while True:
            with tools.database.read() as conn:
                if working.narrowed(conn, 10) == both[:1]:
                    break
        assert not done.is_set()
        assert found(archive, STRANGER) == 1
        assert found(archive, archive.subject) == 2
    closing.join()
    assert found(archive, STRANGER) == 1


def test_a_decision_that_no_index_can_be_written_for_holds_and_is_not_told_as_failed(
    archive: Archive, tools: Tools, both: list[str]
) -> None:
    class Busy(LivingIndex):
        def feed(self, documents: Iterable[Document], removed: Iterable[str] = ()) -> None:
            raise IndexBusy("another process has been writing")

    decide(tools, archive.index, both, OPENED)
    done = decide(tools, Busy(archive.home / "index"), both[:1], RESTRICTED)
    assert (done["decided"], done.get("waiting")) == (1, None)
    with tools.database.read() as conn:
        assert working.narrowed(conn, 10) == both[:1]
    assert found(archive, STRANGER) == 1


def test_the_preview_changes_nothing_and_its_token_confirms_just_that(
    archive: Archive, tools: Tools, both: list[str]
) -> None:
    shown = preview(tools, both, OPENED)
    assert (shown["changes"], shown["decided"]) == (2, 0)
    assert [one["access"] for one in shown["items"]] == ["unreviewed", "unreviewed"]
    before = standing(tools)
    for ids, decision in ((both[:1], OPENED), (both, replace(OPENED, reason="another")), (both, RESTRICTED)):
        with pytest.raises(SetChanged):
            decide(tools, archive.index, ids, decision, shown["token"])
    assert standing(tools) == before
    assert decide(tools, archive.index, both[::-1], OPENED, shown["token"])["decided"] == 2


def test_a_set_of_which_one_changed_since_the_preview_is_refused(
    archive: Archive, tools: Tools, both: list[str]
) -> None:
    token = preview(tools, both, OPENED)["token"]
    decide(tools, archive.index, both[:1], RESTRICTED)
    with pytest.raises(SetChanged):
        decide(tools, archive.index, both, OPENED, token)


def test_another_accounts_fonds_and_none_at_all_are_one_answer(tools: Tools) -> None:
    with tools.database.read() as conn:
        code = next(iter(catalogue.all_items(conn))).item.code
    decide_as = replace(tools, subject=Subject("lin", frozenset({"B001"}), Zone.INTERNAL))
    said = []
    for asked in (code, code.replace("0001", "9999")):
        with pytest.raises(NotFound) as told:
            by_codes(decide_as, [asked])
        said.append(str(told.value).replace(asked, "CODE"))
    assert said[0] == said[1]


def test_an_open_record_of_another_fonds_is_not_decided_on_either(
    archive: Archive, tools: Tools, both: list[str]
) -> None:
    decide(tools, archive.index, both, OPENED)
    other = replace(tools, subject=Subject("lin", frozenset({"B001"}), Zone.INTERNAL))
    assert by_query(other, archive.index, "报告", {}) == []
    assert set(by_query(tools, archive.index, "报告", {})) == set(both)
    with pytest.raises(NothingChanges, match="nothing to decide"):
        enter(other, both, RESTRICTED)


NO_DECISIONS = (
    Decision("unreviewed", "why"),
    Decision("gone", "why"),
    Decision(OPEN, " "),
    Decision(OPEN, "why", until="2090-01-01"),
    Decision("restricted", "why", until="2090-01-01"),
    Decision("postponed", "why", clause="条例"),
    Decision("postponed", "why", clause="条例", until="2001-01-01"),
    Decision("postponed", "why", clause="条例", until="2090-02-30"),
    Decision("postponed", "why", clause="条例", until="20900101"),
    Decision("restricted", "机密★10年", clause="条例", until="2090-01-01"),
    Decision("restricted", "why", clause="机密★10年", until="2090-01-01"),
    Decision("restricted", "why", clause="a\u202eb", until="2090-01-01"),
    Decision(OPEN, "why", holder="moon"),
)


def test_a_decision_that_cannot_be_meant_is_refused(tools: Tools, both: list[str]) -> None:
    for decision in NO_DECISIONS:
        for ask in (preview, enter):
            with pytest.raises(NotAllowedValue):
                ask(tools, both, decision)
    assert {access for access, _ in standing(tools)} == {"unreviewed"}


def test_a_mark_that_nobody_knows_is_never_opened_and_nothing_with_it(tools: Tools, both: list[str]) -> None:
    with tools.database.write() as tx:
        marked = ItemDescribed(both[0], "secrecy", "", "内参", "as written", "keeper", "root")
        catalogue.record(tx, tools.ledger, [marked], tools.now())
    with pytest.raises(NotAllowedValue, match="secrecy marks"):
        enter(tools, both, OPENED)
    assert {access for access, _ in standing(tools)} == {"unreviewed"}


def test_what_a_depositor_asked_for_stays_until_it_is_lifted(tools: Tools, both: list[str]) -> None:
    enter(tools, both, replace(OPENED, holder="reading-room"))
    enter(tools, both, replace(OPENED, reason="again"))
    assert [said["holder"] for _, said in standing(tools)] == ["reading-room", "reading-room"]
    enter(tools, both, replace(OPENED, reason="lifted", holder=""))
    assert standing(tools) == [(OPEN, {"reason": "lifted"})] * 2
    with pytest.raises(NothingChanges):
        enter(tools, both, replace(OPENED, reason="lifted"))


@given(subjects, standings, st.sampled_from(STATUSES[:4]), st.none() | st.sampled_from(HOLDERS))
def test_whatever_anybody_sees_less_of_is_looked_at_before_a_search(
    subject: Subject | None, before: Standing, status: str, holder: str | None
) -> None:
    change = Change(_record(before), Decision(status, "why", "c", "2090-01-01", holder))
    after = replace(before, access=status, holder=change.record.item.holder if holder is None else holder)
    was, will = judge(subject, replace(before, holder=change.record.item.holder)), judge(subject, after)
    assert change.narrows or will.allowed or not was.allowed


def _record(one: Standing) -> Record:
    item = Item(
        id=one.item, batch="b", row=1, code="c", fonds=one.fonds, category="", year="", retention="",
        office="", series="", number=0, access=one.access, fields={}, proposed=(), components=(), findings=(),
        appraisal={"holder": one.holder} if one.holder else {},
    )  # fmt: skip
    return Record(item, 1, "", one.withdrawn)


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"A-1\nA-2\n", ["A-1", "A-2"]),
        ("\ufeff档号\r\nA-1\r\n\r\nA-1\r\n".encode(), ["A-1"]),
        ('题名,档号\n关于"水",A-1\n,A-2\n'.encode("gb18030"), ["A-1", "A-2"]),
        (b"code\ttitle\nA-1\tx\n", ["A-1"]),
        (b"A-1,something else\n", ["A-1"]),
    ],
)
def test_a_list_is_read_as_people_write_it(tmp_path: Path, content: bytes, codes: list[str]) -> None:
    (tmp_path / "list").write_bytes(content)
    assert read_list(tmp_path / "list", RULES) == codes


@pytest.mark.parametrize("content", [b"", b"\n\n", "档号\n".encode(), b"\xff\xfe\x00\x81", None])
def test_what_is_no_list_of_codes_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "list").write_bytes(content)
    with pytest.raises(NotAllowedValue):
        read_list(tmp_path / "list", RULES)


def test_the_catalogue_made_again_from_the_ledger_says_the_same(tools: Tools, both: list[str]) -> None:
    enter(tools, both, RESTRICTED)
    enter(tools, both[:1], OPENED)
    with tools.database.read() as conn:
        before = catalogue.dump(conn)
    catalogue.rebuild(tools.database, tools.ledger)
    with tools.database.read() as conn:
        assert catalogue.dump(conn) == before
        assert len(catalogue.items(conn, both, EVERYTHING)) == 2
