"""What fewer may see from now on is gone for the next request, whoever feeds the index, or if nobody does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from twin_homes import empty_home, fill
from twins import Made

from archive import catalogue
from ingest.locks import only_one
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING
from policies.errors import LantaiError
from processes.desk import appraise, correct
from processes.desk.appraise import Decision
from processes.finding.browse import Place, browse
from processes.finding.deliver import open_content
from processes.finding.find import Asked, search
from processes.finding.index import LOCK
from processes.finding.result_list import COLUMNS, Sheet, write_list
from processes.finding.saved import listed, save
from processes.finding.show import show
from processes.finding.suggest import suggest
from search.index import Document

CODE = "A014-WS·2001-Y-BGS-0002"
NEW = "A014-WS·2001-Y-BGS-0099"
WORD, OTHER = "zanzibar", "quagga"


class Killed(BaseException):
    """The process ended here."""


def record(number: int, **fields: str) -> Made:
    code = f"A014-WS·2001-Y-BGS-{number:04}"
    coded = {"fonds": "A014", "category": "WS", "year": "2001", "retention": "Y", "office": "BGS"}
    told = {"title": f"关于水库的通知 {WORD if number == 2 else OTHER}", "author": "水利厅", "access": "open"}
    return Made(Document(id=f"i{number}", rank=number, code=code, **(coded | told | fields)), False)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = empty_home(tmp_path_factory.mktemp("narrowed") / "home")
    fill(home, [record(number) for number in range(5)], at_once=9)
    return home


@pytest.fixture
def staff(base: Path, tmp_path: Path) -> Iterator[Archive]:
    with opened(shutil.copytree(base, tmp_path / "home")) as archive:
        yield replace(archive, subject=replace(archive.subject, handles=None))


def by_decision(archive: Archive, tools: Tools) -> None:
    appraise.enter(tools, ["i2"], Decision("closed", "a mistake"))


def by_holder(archive: Archive, tools: Tools) -> None:
    appraise.enter(tools, ["i2"], Decision("open", "as agreed", holder="consent"))


def by_withdrawal(archive: Archive, tools: Tools) -> None:
    correct.withdraw(tools, archive.index, CODE, "superseded")


def by_mark(archive: Archive, tools: Tools) -> None:
    correct.describe(tools, archive.index, CODE, {"secrecy": "内部"}, "marked")


HIDING: tuple[Callable[[Archive, Tools], None], ...] = (by_decision, by_holder, by_withdrawal, by_mark)


def asked(archive: Archive, query: str = "*", **more: object) -> dict[str, object]:
    work = archive.home / "work"
    return search(archive.database, archive.index, work, Asked(query, **more), archive.subject)  # type: ignore[arg-type]


def everything_told(archive: Archive, folder: Path, cursor: str) -> str:
    """All that can be asked about the item, in one text."""
    parts = (archive.database, archive.index, archive.home / "work")
    subject = archive.subject
    folder.mkdir()
    told: list[object] = [asked(archive, facets=True), asked(archive, WORD), asked(archive, "zanzibat")]
    told += [asked(archive, f"code:{CODE}"), asked(archive, "A014-WS·2001*", facets=True)]
    told += [suggest(*parts, text, subject) for text in ("zan", CODE[:-2], "关于")]
    told += [browse(*parts, place, subject) for place in (Place(), Place(("A014", "WS"), listed=True))]
    told += [{**one, "saved": ""} for one in listed(*parts, subject)]
    for kind in ("csv", "xlsx"):
        sheet = Sheet(folder / f"list.{kind}", COLUMNS, {})
        told.append(write_list(*parts, Asked("*"), subject, sheet)["rows"])
    told.append((folder / "list.csv").read_text("utf-8-sig"))
    for attempt in (
        lambda: show(archive.database, archive.ledger, CODE, subject),
        lambda: open_content(archive.database, archive.vault, CODE, subject, 1, "original"),
        lambda: asked(archive, limit=2, cursor=cursor),
    ):
        try:
            told.append(attempt())
        except LantaiError as error:
            told.append(f"{error.code}: {error}")
    return repr(told)


@pytest.mark.parametrize("hide", HIDING)
@pytest.mark.parametrize("held", [False, True], ids=["free", "somebody else feeds"])
def test_what_was_hidden_is_gone_for_the_next_request_though_nobody_fed_the_index(
    staff: Archive,
    hide: Callable[[Archive, Tools], None],
    held: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened(staff.home, "r") as reader, ExitStack() as stack:
        save(reader.database, "mine", Asked(WORD), reader.subject, "")
        cursor, found = "", ""
        while CODE not in found:  # a cursor that names the item itself
            page = asked(reader, limit=1, cursor=cursor)
            cursor, found = str(page["cursor"] or ""), repr(page["hits"])
        before = everything_told(reader, tmp_path / "before", cursor)
        assert WORD in before
        assert CODE in before

        def killed(*_: object) -> int:
            raise Killed

        monkeypatch.setattr(correct, "feed_or_leave", killed)
        monkeypatch.setattr(appraise, "feed_or_leave", killed)
        with suppress(Killed):
            hide(staff, staff.tools())
        if held:
            stack.enter_context(only_one(staff.home / "work" / LOCK))
        after = everything_told(reader, tmp_path / "after", cursor)
        typed = after.replace(f"there is no item {CODE}", "").replace(f"'query': '{WORD}'", "")
        assert WORD not in typed
        assert CODE not in typed
        assert "'total': 4" in typed
        assert "'total': 5" not in typed
        assert "cursor-mistake" in typed


@pytest.mark.parametrize("held", [False, True], ids=["free", "somebody else feeds"])
def test_what_was_struck_out_or_recoded_is_told_nobody_else_from_the_next_request_on(
    staff: Archive, held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(staff.home, "r") as reader, ExitStack() as stack:

        def killed(*_: object) -> int:
            raise Killed

        monkeypatch.setattr(correct, "feed_or_leave", killed)
        with pytest.raises(Killed):
            correct.describe(
                staff.tools(), staff.index, CODE, {"title": "关于水库的通知"}, "it named somebody"
            )
        with pytest.raises(Killed):
            correct.recode(staff.tools(), staff.index, CODE, NEW, "miscoded")
        if held:
            stack.enter_context(only_one(staff.home / "work" / LOCK))
        work = reader.home / "work"
        told = [asked(reader, WORD), asked(reader, facets=True)]
        told += [suggest(reader.database, reader.index, work, text, reader.subject) for text in ("zan", CODE)]
        assert WORD not in repr(told)
        assert CODE not in repr(told).replace(f"'text': '{CODE}', 'suggestions'", "")
    with staff.database.read() as conn:
        assert catalogue.item_by_code(conn, NEW, EVERYTHING) is not None
