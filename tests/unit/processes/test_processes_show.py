"""The two depths at which an item is shown, and the doors that are for its staff alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batches import document, lantai, new_home, row, write_batch
from recover_homes import enter, items

from archive.events import ItemAppraised, ItemDescribed, ItemRecoded
from ingest.report import of_batch
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.access import Subject, Zone, view_of
from policies.errors import LantaiError
from processes.desk.correct import describe, recode, withdraw
from processes.desk.hold import hold
from processes.errors import NotForThisAccount
from processes.finding.show import show
from processes.packages.export import export
from processes.proving.prove import prove

READER = Subject("reader", zone=Zone.READING_ROOM)
STAFF = Subject("officer", frozenset({"A014"}))
OPEN, CLOSED, SHUT, NONE = (f"A014-WS·2016-Y-BGS-{number}" for number in ("0001", "0002", "0009", "0777"))
AWAY, HERE = "B001", "A014"
FIELDS = {
    "title": "张三（身份证370202198001011234）任职的通知",
    "abstract": "电话 138-0013-8000",
    "people": "张三",
    "notes": "家属要求保密",
    "box": "12",
    "shelf": "甲-3",
    "former_code": "旧-001",
    "secrecy": "国内",
    "opening_opinion": "同意",
}
SECRETS = (
    "370202",
    "家属",
    "甲-3",
    "旧-001",
    "国内",
    "同意",
    "涉及",
    "owner",
    "keeper",
    "第三条",
    "PDF'",
    CLOSED,
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An open item whose description says much, one that is restricted; both had another code."""
    folder = tmp_path_factory.mktemp("shown")
    home = new_home(folder)
    rows = [row("张三.PDF", category="WS", **FIELDS), row("b.pdf", category="WS", title="b")]
    files = {"张三.PDF": document(1), "b.pdf": document(2)}
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    for fonds in (AWAY, HERE):
        one = [row("c.pdf", category="WS", fonds=fonds)]
        lantai(home, "ingest", write_batch(folder / fonds, {"c.pdf": document(3)}, one), status=0)
    first, second, *_ = items(home)
    by = "keeper", "root"
    until = "2046-01-01"
    enter(
        home,
        ItemAppraised(first.item.id, "unreviewed", "open", "第三条", "涉及公务", "", "reading-room", *by),
        ItemAppraised(second.item.id, "unreviewed", "restricted", "第四条", "涉及个人", until, "", *by),
        ItemDescribed(first.item.id, "place", "", "济南", "r", *by),
        ItemRecoded(second.item.id, CLOSED, SHUT, "A014-WS·2016-Y-BGS", 9, {}, "r", *by),
    )
    with opened(home) as archive:
        yield archive


def told(archive: Archive, code: str, subject: Subject | None) -> dict[str, Any]:
    return show(archive.database, archive.ledger, code, subject)


def test_whoever_does_not_handle_the_fonds_is_shown_what_is_public_and_nothing_else(archive: Archive) -> None:
    shown = told(archive, OPEN, READER)
    (part,) = shown.pop("components")
    assert shown == {
        "code": OPEN,
        "fonds": "A014",
        "category": "WS",
        "year": "2016",
        "retention": "Y",
        "office": "BGS",
        "title": "张三（身份证******************）任职的通知",
        "author": "省水利厅办公室",
        "date": "2016-06-15",
        "abstract": "电话 *************",
        "place": "济南",
        "access": "open",
    }
    assert set(part) == {"component", "file", "bytes", "sha256", "format", "copies", "kind", "pages"}
    assert (part["component"], part["file"]) == (1, f"{OPEN}-1.pdf")
    assert not [word for word in SECRETS if word in str((shown, part))]


def test_staff_are_shown_everything_with_what_was_decided(archive: Archive) -> None:
    shown = told(archive, OPEN, STAFF)
    assert (shown["people"], shown["shelf"], shown["secrecy"]) == ("张三", "甲-3", "国内")
    assert shown["appraisal"] == {"clause": "第三条", "reason": "涉及公务", "holder": "reading-room"}
    (decided,) = [line for line in shown["history"] if line["type"] == "item.appraised"]
    assert (decided["old"], decided["new"], decided["account"]) == ("unreviewed", "open", "keeper")
    assert decided["changed"] == "access: unreviewed → open (涉及公务), clause: 第三条, holder: reading-room"
    assert told(archive, CLOSED, STAFF)["code"] == SHUT
    assert told(archive, CLOSED, STAFF)["former_codes"] == [CLOSED]


def test_a_former_code_leads_whoever_may_see_the_item_to_todays(archive: Archive) -> None:
    (second,) = [one for one in items(archive.home) if one.item.code == SHUT]
    granted = Subject("reader", granted=frozenset({second.item.id}))
    assert told(archive, CLOSED, granted) == told(archive, SHUT, granted)
    assert told(archive, CLOSED, granted)["code"] == SHUT
    assert CLOSED not in str(told(archive, CLOSED, granted))


def test_what_may_only_be_looked_at_says_so_and_nothing_else_does(archive: Archive) -> None:
    (second,) = [one for one in items(archive.home) if one.item.code == SHUT]
    looks = Subject("reader", granted=frozenset({second.item.id}), viewed=frozenset({second.item.id}))
    takes = Subject("reader", granted=frozenset({second.item.id}))
    assert told(archive, SHUT, looks) == told(archive, SHUT, takes) | {"use": "view"}
    assert "use" not in told(archive, SHUT, STAFF)


Door = Callable[[Archive, Tools, str], object]
DOORS: dict[str, Door] = {
    "describe": lambda archive, tools, code: describe(tools, archive.index, code, {"title": "x"}, "r"),
    "recode": lambda archive, tools, code: recode(tools, archive.index, code, f"{OPEN[:-4]}0500", "r"),
    "withdraw": lambda archive, tools, code: withdraw(tools, archive.index, code, "r"),
    "prove": lambda archive, tools, code: prove(tools, code),
    "hold": lambda archive, tools, code: hold(tools, [code], "r"),
    "lift": lambda archive, tools, code: hold(tools, [code], "r", lift=True),
}


def refusal(door: Callable[[], object]) -> tuple[type, str]:
    with pytest.raises(LantaiError) as refused:
        door()
    return type(refused.value), str(refused.value)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("subject", [READER, Subject("b001", frozenset({"B001"}))])
def test_a_door_for_staff_is_shut_to_others_as_if_nothing_stood_behind_it(
    archive: Archive, name: str, subject: Subject
) -> None:
    tools = replace(archive.tools(), subject=subject)
    refused = {
        (kind, said.replace(code, "CODE"))
        for code in (OPEN, CLOSED, SHUT, NONE, "no code", "«»", "")
        for kind, said in [refusal(lambda code=code: DOORS[name](archive, tools, code))]
        if code
    }
    assert len(refused) == 1


@pytest.mark.parametrize("code", ["", "no code", "«»", "\0", NONE, "A014-WS·2016-Y-BGS-"])
def test_what_is_no_code_is_said_alike_to_everybody(archive: Archive, code: str) -> None:
    everybody = (READER, STAFF, Subject("owner", None), None)
    assert len({refusal(lambda who=who: told(archive, code, who)) for who in everybody}) == 1


def test_packages_are_for_who_handles_something(archive: Archive, tmp_path: Path) -> None:
    tools = replace(archive.tools(), subject=READER)
    kinds = {
        refusal(lambda code=code: export(tools, "bagit", tmp_path / "to", [code]))
        for code in (OPEN, SHUT, NONE)
    }
    assert [kind for kind, _ in kinds] == [NotForThisAccount]


def test_a_report_names_the_same_content_elsewhere_to_who_may_see_it_there(archive: Archive) -> None:
    *_, away, here = items(archive.home)
    assert (away.item.fonds, here.item.fonds) == (AWAY, HERE)
    named: dict[str, list[str]] = {}
    for who in (Subject("owner", None), STAFF, Subject("away", frozenset({AWAY})), READER):
        with archive.database.read() as conn:
            report = of_batch(conn, here.item.batch, 2, repeated=False, seconds=0.0, view=view_of(who))
        (item,) = report.items
        named[who.account] = [note.found for note in item.findings if note.kind == "duplicate-content"]
        counts = report.as_json("en")["counts"]
        assert isinstance(counts, dict) and counts["warnings"] == len(item.findings)
    assert named == {"owner": [away.item.code], "officer": [], "away": [away.item.code], "reader": []}
