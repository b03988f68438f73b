"""A carrier that is read again: every kind of damage is named by file, and nothing else is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from batches import FONDS, document, lantai, new_home, row, write_batch
from processes_carriers import files, written

from archive.carrier_events import CarrierChecked
from ingest.tools import Tools
from lantai.wiring import Archive, opened
from policies.site_rules import CarrierRule, SiteRules
from processes.errors import NotAllowedValue, NotFound, NothingChanges
from processes.packages.carrier_check import Reading
from processes.packages.carriers_kept import check, holding, later, lost, register

RULES = SiteRules(carriers={"magnetic": CarrierRule(zh="磁", en="magnetic", read_every_years=2)})
CODES = [f"A014-WS·2016-Y-BGS-{n:04}" for n in range(1, 5)]
FOLDER = f"data/{FONDS}/WS/2016"


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, and beside it a plain carrier US0001, a sealed one PR0001 and an image PR0002."""
    folder = tmp_path_factory.mktemp("carriers")
    home = new_home(folder)
    contents = {f"{n}.pdf": document(n) for n in range(1, 5)}
    rows = [row(name, category="WS", access="开放") for name in contents]
    lantai(home, "ingest", write_batch(folder / "batch", contents, rows), status=0)
    with opened(home) as archive:
        written(archive, folder / "out", "use")
        written(archive, folder / "out")
        written(archive, folder / "out", image=True)
    return folder


@pytest.fixture
def place(carriers: Path, tmp_path: Path) -> Path:
    shutil.copytree(carriers / "home", tmp_path / "home")
    return Path(shutil.copytree(carriers / "out", tmp_path / "out"))


@pytest.fixture
def archive(place: Path) -> Iterator[Archive]:
    with opened(place.parent / "home") as archive:
        yield archive


def reading(archive: Archive, path: Path, **wish: str) -> Reading:
    return check(archive.tools(), RULES, path, **wish).reading


def flip(path: Path, at: int = -10) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def test_whole_carriers_are_whole(archive: Archive, place: Path) -> None:
    for name in ("US0001", "PR0001", "PR0002.iso"):
        found = reading(archive, place / name)
        assert (found.outcome, found.faults) == ("whole", 0)


@pytest.mark.parametrize("harm", [flip, cut, zero], ids=["flipped", "cut", "zeros"])
@pytest.mark.parametrize("carrier", ["US0001", "PR0001"])
def test_harm_to_each_file_is_found_at_that_file(
    archive: Archive, place: Path, carrier: str, harm: Callable[[Path], None]
) -> None:
    whole = files(place / carrier)
    for name in [*list(whole)[:3], "label.txt", "bag-info.txt", "verification-key.txt"]:
        path = place / carrier / name
        harm(path)
        found = reading(archive, place / carrier)
        assert (found.damaged, found.missing, found.strange) == ([name], [], [])
        path.write_bytes(whole[name])


def test_what_is_gone_or_should_not_be_there_is_named(archive: Archive, place: Path) -> None:
    root = place / "US0001"
    (root / FOLDER / f"{CODES[0]}.pdf").unlink()
    (root / FOLDER / "Thumbs.db").write_bytes(b"x")
    (root / "autorun.inf").write_bytes(b"x")
    (root / FOLDER / "link.pdf").symlink_to("/etc/passwd")
    found = reading(archive, root)
    assert found.damaged == []
    assert found.missing == [f"{FOLDER}/{CODES[0]}.pdf"]
    assert sorted(found.strange) == sorted(["autorun.inf", f"{FOLDER}/Thumbs.db", f"{FOLDER}/link.pdf"])


def test_two_files_in_each_others_place_are_both_damaged(archive: Archive, place: Path) -> None:
    one, other = (place / "US0001" / FOLDER / f"{code}.pdf" for code in CODES[:2])
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert reading(archive, place / "US0001").damaged == [f"{FOLDER}/{code}.pdf" for code in CODES[:2]]


def test_a_forger_who_rewrites_the_lists_too_is_found_out(archive: Archive, place: Path) -> None:
    import hashlib

    root = place / "US0001"
    path = f"{FOLDER}/{CODES[0]}.pdf"
    former = hashlib.sha256((root / path).read_bytes()).hexdigest()
    (root / path).write_bytes(b"another content")
    now = hashlib.sha256(b"another content").hexdigest()
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        text = (root / name).read_text("utf-8").replace(former, now)
        former = hashlib.sha256((root / name).read_bytes()).hexdigest()
        (root / name).write_text(text, "utf-8")
        now = hashlib.sha256(text.encode()).hexdigest()
    found = reading(archive, root)
    assert {"manifest-sha256.txt", "tagmanifest-sha256.txt"} <= set(found.damaged)
    assert found.outcome == "damaged"


@pytest.mark.parametrize("carrier", ["US0001", "PR0001"])
@pytest.mark.parametrize("at", [10, 80], ids=["in a digest", "in a path"])
def test_damage_to_the_list_is_not_taken_for_damage_to_the_content(
    archive: Archive, place: Path, carrier: str, at: int
) -> None:
    flip(place / carrier / "manifest-sha256.txt", at)
    found = reading(archive, place / carrier)
    assert (found.damaged, found.missing, found.strange) == (["manifest-sha256.txt"], [], [])


def test_a_list_that_was_cut_hides_no_missing_file(archive: Archive, place: Path) -> None:
    root = place / "US0001"
    lines = (root / "manifest-sha256.txt").read_text("utf-8").splitlines(keepends=True)
    (root / "manifest-sha256.txt").write_text("".join(lines[1:]), "utf-8")
    (root / lines[0].split("  ")[1].strip()).unlink()
    found = reading(archive, root)
    assert found.damaged == ["manifest-sha256.txt"]
    assert found.missing == ["data/… (1)"]


def test_a_damaged_image_is_found_at_its_file(archive: Archive, place: Path) -> None:
    image = place / "PR0002.iso"
    content = (place / "PR0001" / "data").rglob("o*")
    sealed = next(path for path in content if path.is_file())
    data = image.read_bytes()
    at = data.index(sealed.read_bytes()[:64])
    image.write_bytes(data[: at + 100] + bytes([data[at + 100] ^ 1]) + data[at + 101 :])
    assert reading(archive, image).damaged == [sealed.relative_to(place / "PR0001").as_posix()]


def test_what_is_no_carrier_any_more_is_entered_as_unreadable(archive: Archive, place: Path) -> None:
    (place / "PR0002.iso").write_bytes(bytes(100_000))
    with pytest.raises(NotFound, match="--number"):
        reading(archive, place / "PR0002.iso")
    assert reading(archive, place / "PR0002.iso", number="PR0002").outcome == "unreadable"
    assert {one.number: one.outcome for one in register(archive.tools(), RULES)}["PR0002"] == "unreadable"


@pytest.mark.parametrize("name", ["signed-list.txt", "manifest-sha256.txt"])
def test_a_list_without_end_takes_neither_memory_nor_time(archive: Archive, place: Path, name: str) -> None:
    """A carrier comes from elsewhere and may be made to harm whoever reads it."""
    os.truncate(place / "US0001" / name, 1 << 40)
    assert name in reading(archive, place / "US0001", number="US0001").damaged


def test_a_list_that_is_a_pipe_keeps_nobody_waiting(archive: Archive, place: Path) -> None:
    note = place / "US0001" / "signed-list.txt"
    note.unlink()
    os.mkfifo(note)
    assert "signed-list.txt" in reading(archive, place / "US0001", number="US0001").missing


def test_a_carrier_tells_its_number_or_is_told_it(archive: Archive, place: Path) -> None:
    with pytest.raises(NothingChanges, match="US0001, not PR0001"):
        reading(archive, place / "US0001", number="PR0001")
    (place / "US0001/signed-list.txt").unlink()
    with pytest.raises(NotFound, match="--number"):
        reading(archive, place / "US0001")
    assert reading(archive, place / "US0001", number="US0001").missing == ["signed-list.txt"]
    with pytest.raises(NotFound, match="US0099"):
        reading(archive, place / "US0001", number="US0099")
    with pytest.raises(NotFound):
        reading(archive, place / "nothing")


def test_a_share_reads_that_share_and_all_that_stands_beside(archive: Archive, place: Path) -> None:
    done = check(archive.tools(), RULES, place / "US0001", percent=50)
    beside = len([name for name in files(place / "US0001") if not name.startswith("data/")])
    assert done.reading.files == 3 + beside  # half of four records and two lists, and the three lists twice
    with archive.database.read() as conn:
        event = archive.ledger.entry(conn, archive.ledger.size(conn) - 1).event()
    assert isinstance(event, CarrierChecked)
    assert (event.percent, event.outcome, event.files) == ("50", "whole", done.reading.files)


def later_tools(archive: Archive, days: int) -> Tools:
    return replace(archive.tools(), clock=lambda: datetime.now(UTC) + timedelta(days=days))


def test_a_carrier_is_due_after_the_years_of_its_medium(archive: Archive, place: Path) -> None:
    today = archive.tools().clock().date()
    now = {one.number: one for one in register(archive.tools(), RULES)}
    assert not now["US0001"].overdue(today)
    assert now["US0001"].due == later(today, 2)
    after = later_tools(archive, 800)
    assert now["US0001"].overdue(after.clock().date())
    check(after, RULES, place / "US0001", kept_at="库房二")
    read = {one.number: one for one in register(after, RULES)}["US0001"]
    assert (read.overdue(after.clock().date()), read.kept_at) == (False, "库房二")


def test_a_damaged_carrier_is_due_until_it_is_replaced(archive: Archive, place: Path) -> None:
    flip(place / "US0001/label.txt")
    reading(archive, place / "US0001")
    today = archive.tools().clock().date()
    assert [one.number for one in register(archive.tools(), RULES) if one.overdue(today)] == ["US0001"]
    lost(archive.tools(), RULES, "US0001", "scratched; written anew")
    assert not [one.number for one in register(archive.tools(), RULES) if one.overdue(today)]
    with pytest.raises(NothingChanges):
        lost(archive.tools(), RULES, "US0001", "again")
    with pytest.raises(NotAllowedValue):
        lost(archive.tools(), RULES, "PR0001", " ")
    with pytest.raises(NotAllowedValue):
        lost(archive.tools(), RULES, "PR0001", "机密★10年")


def test_the_register_says_which_carriers_may_hold_an_item(archive: Archive) -> None:
    carriers = register(archive.tools(), RULES)
    registered = carriers[0].written.last_entry
    assert [one.number for one in holding(carriers, FONDS, registered)] == ["PR0001", "PR0002", "US0001"]
    assert not list(holding(carriers, FONDS, registered + 1))


@pytest.mark.parametrize(
    ("day", "years", "due"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2026, 11, 22), 0.5, date(2027, 5, 22)),
        (date(2026, 12, 31), 4, date(2030, 12, 31)),
        (date(9999, 1, 1), 100, date(9999, 1, 1)),
    ],
)
def test_years_are_counted_in_months(day: date, years: float, due: date) -> None:
    assert later(day, years) == due
