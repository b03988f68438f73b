"""Which batches there are for an account: newest first, a page at a time, by state and name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from batches import document, lantai, new_home, row, write_batch

from archive import working
from archive.working import Intent
from lantai.batch_lists import Asked, line_of, list_batches
from lantai.wiring import Archive, opened
from processes.errors import NotFound
from search.errors import CursorMistake

HANDED_IN = (
    ("jia 100 %", "li", ["A014"], 0),
    ("乙", "wang", ["B100"], 0),
    ("丙", "zhou", ["A014"], 0),
    ("丁", "zhou", ["A014", "B100"], 0),
    ("己", "li", [""], 1),
)
"""What each is called, who handed it in, the fonds of its items (one names none: it goes back)."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch-lists")
    made = new_home(folder)
    for name, fonds in (("li", "A014"), ("wang", "B100"), ("zhou", "all")):
        lantai(made, "account", "add", name, "--role", "accession-officer", "--fonds", fonds, status=0)
    pages = iter(range(1, 99))
    for name, account, every, status in HANDED_IN:
        names = [f"{number}.pdf" for number, _ in enumerate(every)]
        lines = [row(file, fonds=fonds, category="WS") for file, fonds in zip(names, every, strict=True)]
        batch = write_batch(folder / name, {file: document(next(pages)) for file in names}, lines)
        lantai(made, "ingest", batch, "--as", account, status=status)
    return made


@contextmanager
def archive_of(home: Path, account: str = "zhou") -> Iterator[Archive]:
    with opened(home, account) as archive:
        yield archive


def sources(archive: Archive, **asked: str) -> list[str]:
    return [one["source"] for one in list_batches(archive, Asked(**asked))["batches"]]  # type: ignore[arg-type]


def test_all_are_for_whoever_handles_every_fonds_the_newest_first(home: Path) -> None:
    with archive_of(home) as archive:
        told = list_batches(archive)
        assert [one["source"] for one in told["batches"]] == [name for name, *_ in reversed(HANDED_IN)]
        assert (told["total"], told["cursor"]) == (5, None)
        assert [one["state"] for one in told["batches"]] == ["returned", *["registered"] * 4]


@pytest.mark.parametrize(("account", "theirs"), [("li", ["己", "丙", "jia 100 %"]), ("wang", ["乙"])])
def test_an_officer_has_those_of_their_fonds_alone_and_what_they_handed_in(
    home: Path, account: str, theirs: list[str]
) -> None:
    with archive_of(home, account) as archive:
        assert sources(archive) == theirs
        told = list_batches(archive, Asked(limit=1))
        assert (told["total"], len(told["batches"])) == (len(theirs), 1)
        others = {name for name, *_ in HANDED_IN} - set(theirs)
    with archive_of(home) as archive:
        named = {one["source"]: one["batch"] for one in list_batches(archive)["batches"]}
    with archive_of(home, account) as archive:
        assert line_of(archive, named[theirs[0]])["source"] == theirs[0]
        for other in others:
            with pytest.raises(NotFound):
                line_of(archive, named[other])
            with pytest.raises(CursorMistake):
                list_batches(archive, Asked(cursor=named[other]))


def test_pages_hold_each_once(home: Path) -> None:
    with archive_of(home) as archive:
        every, cursor = list[str](), ""
        for _ in range(3):
            told = list_batches(archive, Asked(limit=2, cursor=cursor))
            every += [one["source"] for one in told["batches"]]
            cursor = told["cursor"] or ""
        assert every == [name for name, *_ in reversed(HANDED_IN)]
        assert cursor == ""


def test_they_are_narrowed_by_state_and_name_whatever_signs_the_name_has(home: Path) -> None:
    with archive_of(home) as archive:
        assert sources(archive, state="returned") == ["己"]
        assert sources(archive, state="secured") == []
        assert sources(archive, name="JIA 100 %") == ["jia 100 %"]
        assert sources(archive, name="%丙") == sources(archive, name="_") == []
        assert sources(archive, name="丁", state="registered") == ["丁"]
        one = list_batches(archive)["batches"][2]["batch"]
        assert sources(archive, name=one) == ["丙"]


def test_what_too_few_sites_have_waits_and_those_in_hand_stand_before_it(home: Path) -> None:
    with archive_of(home) as archive:
        with archive.database.write() as tx:
            sizes = working.published(tx)
            for site in sizes:
                working.set_published(tx, site, 1, "2026-01-01T00:00:00Z")
            for number in (1, 2):
                detail = '{"account":"li","folder":"","reason":""}'
                started = f"2026-01-0{number}T00:00:00Z"
                working.put_intent(tx, Intent(f"b-{number}", "", f"手 {number}", "working", started, detail))
        try:
            assert sources(archive)[:3] == ["手 2", "手 1", "己"]
            assert sources(archive, state="waiting") == ["丁", "丙", "乙", "jia 100 %"]
            assert sources(archive, state="working", name="手") == ["手 2", "手 1"]
            told = list_batches(archive, Asked(limit=1, cursor="b-1"))
            assert [one["source"] for one in told["batches"]] == ["己"]
            told = list_batches(archive, Asked(limit=2))
            assert (told["cursor"], told["total"]) == ("b-1", 7)
            with archive_of(home, "li") as own:
                assert sources(own)[:2] == ["手 2", "手 1"]
            with archive_of(home, "wang") as other:
                assert sources(other) == ["乙"]
        finally:
            with archive.database.write() as tx:
                for site, size in sizes.items():
                    working.set_published(tx, site, size, "2026-01-01T00:00:00Z")
                for number in (1, 2):
                    working.drop_intent(tx, f"b-{number}")
