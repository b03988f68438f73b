"""Carriers are written whole, numbered, no larger than asked, and hold what their set may hold."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import bagit
import pytest
from batches import FONDS, document, photograph, recording
from processes_carriers import files, make_holdings, manifest, order, sums_hold, tree, written

from archive.carrier_events import CarrierWritten
from archive.notes import open_note, parse_checkpoint
from lantai.wiring import Archive, opened
from policies.access import Subject
from processes.custody.rotate import rotate
from processes.errors import NoRoom, NotEmpty, NotForThisAccount, TooLarge
from processes.finding.deliver import open_content
from processes.packages.carrier_papers import read_note
from processes.packages.carriers import STATE, name_of
from processes.packages.carriers import write as write_carriers
from storage.recovery import RECOVERY_NAME
from storage.site_local import LocalSite

OPEN = {"A014-ZP·2016-Y-BGS-0001.jpg", "A014-LY·2016-Y-BGS-0001.wav"}


@pytest.fixture(scope="module")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_holdings(tmp_path_factory.mktemp("holdings"))


@pytest.fixture
def archive(holdings: Path, tmp_path: Path) -> Iterator[Archive]:
    home = Path(shutil.copytree(holdings, tmp_path / "home"))
    with opened(home) as archive:
        yield archive


def test_a_sealed_carrier_is_laid_out_like_a_site_and_holds_no_keys(archive: Archive, tmp_path: Path) -> None:
    run = written(archive, tmp_path / "out")
    root = tmp_path / "out" / "PR0001"
    assert run.whole
    assert not (root / "data/keyrings").exists()
    site = archive.home / "sites/site-a"
    objects = {path: data for path, data in files(site).items() if path.startswith("objects/")}
    on_carrier = {path.removeprefix("data/"): data for path, data in files(root).items()}
    assert {path: on_carrier[path] for path in objects} == objects
    head = parse_checkpoint(on_carrier["ledger/checkpoint"].decode(), [archive.verifier])
    assert head.size == run.carriers[0].head > run.carriers[0].last_entry
    for title in ("控制的题名", "未审核的题名"):
        assert not [path for path, data in files(root).items() if title.encode() in data]


def test_what_stands_on_a_sealed_carrier_opens_with_the_keyrings_of_a_site(
    archive: Archive, tmp_path: Path
) -> None:
    """The way back: the folders of all carriers and one site's keyrings, copied together."""
    written(archive, tmp_path / "out", size=4 << 20)
    together = tmp_path / "together"
    for carrier in sorted((tmp_path / "out").glob("PR*")):
        shutil.copytree(carrier / "data", together, dirs_exist_ok=True)
    shutil.copytree(archive.home / "sites/site-b/keyrings", together / "keyrings")
    archive.vault._sites = {"carriers": LocalSite("carriers", together)}
    code = "A014-WS·2016-Y-BGS-0002"
    content = open_content(archive.database, archive.vault, code, archive.subject, 2, "original")
    assert b"".join(content.pieces) == document(5)


def test_a_carrier_with_keys_has_all_a_site_has_and_says_so(archive: Archive, tmp_path: Path) -> None:
    run = written(archive, tmp_path / "out", with_keys=True)
    root = tmp_path / "out" / "PR0001"
    keyrings = set(tree(archive.home / "sites/site-a/keyrings"))
    assert set(tree(root / "data/keyrings")) == keyrings
    assert run.carriers[0].keys
    assert "HOLDS KEYS" in (root / "label.txt").read_text("utf-8-sig")


@pytest.mark.parametrize("harm", ["spoilt", "from before a rotation"])
def test_the_recovery_file_of_a_carrier_is_the_homes_whatever_the_first_site_has(
    archive: Archive, tmp_path: Path, harm: str
) -> None:
    """A carrier in a safe whose keyrings nobody can open is none, and reading it back does not tell."""
    place = archive.home / "sites/site-a" / RECOVERY_NAME
    former = place.read_bytes()
    rotate(archive.tools())
    place.write_bytes(b"spoilt" if harm == "spoilt" else former)
    written(archive, tmp_path / "out", with_keys=True)
    found = (tmp_path / "out" / "PR0001" / "data" / RECOVERY_NAME).read_bytes()
    assert archive.keychain.is_current(found, archive.settings.archive)


def test_a_plain_carrier_holds_open_records_under_their_codes(archive: Archive, tmp_path: Path) -> None:
    run = written(archive, tmp_path / "out", "use")
    root = tmp_path / "out" / "US0001"
    assert (run.carriers[0].items, run.left_out) == (3, 2)
    kept = files(root / "data")
    assert kept[f"{FONDS}/ZP/2016/A014-ZP·2016-Y-BGS-0001.jpg"] == photograph(1)
    assert kept[f"{FONDS}/LY/2016/A014-LY·2016-Y-BGS-0001.wav"] == recording(1)
    everything = b"".join(data for data in files(root).values()) + "\n".join(tree(root)).encode()
    for hidden in ("控制的题名", "未审核的题名", "秘书长批示", "A014-WS·2016"):
        assert hidden.encode() not in everything


def test_restricted_records_go_to_a_plain_carrier_only_when_that_is_said(
    archive: Archive, tmp_path: Path
) -> None:
    assert written(archive, tmp_path / "one", plain=True).carriers[0].items == 3
    run = written(archive, tmp_path / "two", plain=True, restricted_too=True)
    assert (run.carriers[0].items, run.left_out, run.carriers[0].restricted) == (5, 0, True)
    pair = "A014/WS/2016/A014-WS·2016-Y-BGS-0002_0{}.pdf"
    kept = files(tmp_path / "two/PR0002/data")
    assert [kept[pair.format(n)] for n in (1, 2)] == [document(4), document(5)]
    assert "NOT OPEN" in (tmp_path / "two/PR0002/label.txt").read_text("utf-8-sig")


def test_for_use_there_is_no_way_to_what_is_not_open(archive: Archive, tmp_path: Path) -> None:
    wish = order("use", restricted_too=True)
    assert write_carriers(archive.tools(), wish, tmp_path / "out").carriers[0].items == 3


def test_any_bagit_tool_validates_a_carrier(archive: Archive, tmp_path: Path) -> None:
    for set_name in ("preservation", "use"):
        written(archive, tmp_path / set_name, set_name)
    for root in (tmp_path / "preservation/PR0001", tmp_path / "use/US0001"):
        assert bagit.Bag(str(root)).validate(processes=1)
        assert sums_hold(root)
        assert set(manifest(root)) == {f"data/{path}" for path in files(root / "data")}


def test_the_lists_of_a_plain_carrier_are_read_by_the_standard_library(
    archive: Archive, tmp_path: Path
) -> None:
    from xml.etree import ElementTree

    written(archive, tmp_path / "out", "use")
    root = tmp_path / "out/US0001"
    lines = list(csv.DictReader(io.StringIO((root / "data/文件目录.csv").read_text("utf-8-sig"))))
    assert len(lines) == 3
    assert lines[1]["title"] == "'=cmd|' /C calc'!A0"
    assert lines[1]["file"] == "会议/讲话.wav"
    assert all((root / line["path"]).is_file() for line in lines)
    listed = ElementTree.parse(root / "data/文件目录.XML").getroot().findall("文件")
    assert [one.findtext("档号") for one in listed] == [line["code"] for line in lines]
    assert listed[1].findtext("备注") == "<b>&\n+1"
    page = (root / "index.html").read_text("utf-8")
    assert page.count("<tr>") == 4
    assert "<b>&" not in page
    assert "<script" not in page


def test_the_papers_tell_number_set_dates_counts_and_codes(archive: Archive, tmp_path: Path) -> None:
    run = written(archive, tmp_path / "out", kept_at="库房二，柜三")
    root, one = tmp_path / "out/PR0001", run.carriers[0]
    for name in ("label.txt", "说明文件.TXT"):
        told = (root / name).read_text("utf-8-sig")
        wanted = [
            "PR0001",
            "封存保管",
            "A014-LY·2016-Y-BGS-0001 — B001-WS·2016-Y-BGS-0001",
            "库房二，柜三",
            "keeper",
        ]
        assert not [word for word in (*wanted, str(one.items), str(one.bytes)) if word not in told]
    signed = read_note((root / "signed-list.txt").read_bytes(), [archive.verifier])
    assert (signed["number"], signed["manifest"]) == ("PR0001", f"sha256:{one.manifest}")
    assert open_note((root / "signed-list.txt").read_text("utf-8"), [archive.verifier])


def test_a_large_set_goes_on_several_carriers_none_larger_than_asked(
    archive: Archive, tmp_path: Path
) -> None:
    size = (1 << 20) + 400_000
    run = written(archive, tmp_path / "out", plain=True, restricted_too=True, size=size)
    assert [one.number for one in run.carriers][:2] == ["PR0001", "PR0002"]
    for path in run.paths:
        assert sum(len(data) for data in files(path).values()) <= size
    held = [code for path in run.paths for code in (name for name in manifest(path) if "/2016/" in name)]
    assert len(held) == len(set(held)) == 6
    assert all(one.last_entry < other.first_entry for one, other in pairwise(run.carriers))


def test_an_item_that_no_carrier_takes_is_refused_before_anything_is_written(
    archive: Archive, tmp_path: Path
) -> None:
    with pytest.raises(TooLarge, match="A014-ZP·2016-Y-BGS-0001"):
        written(archive, tmp_path / "out", plain=True, size=(1 << 20) + 20_000)
    assert [path for path in tree(tmp_path / "out") if path != STATE] == []


def test_fonds_and_dates_narrow_a_set(archive: Archive, tmp_path: Path) -> None:
    assert written(archive, tmp_path / "a", fonds=("B001",)).carriers[0].items == 1
    assert written(archive, tmp_path / "b", since="2000-01-01T00:00:00Z").carriers[0].items == 5
    nothing = written(archive, tmp_path / "c", since="2100-01-01T00:00:00Z")
    assert (nothing.carriers, nothing.whole) == ([], False)
    assert list(tree(tmp_path / "c")) == []


def test_a_copy_that_one_site_has_damaged_comes_from_the_other(archive: Archive, tmp_path: Path) -> None:
    for path in sorted((archive.home / "sites/site-a/objects").rglob("o*"))[:3]:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    run = written(archive, tmp_path / "out")
    assert run.whole
    whole = files(archive.home / "sites/site-b/objects")
    assert files(tmp_path / "out/PR0001/data/objects") == whole


def test_what_no_site_has_whole_is_named_and_the_rest_is_written(archive: Archive, tmp_path: Path) -> None:
    for site in ("site-a", "site-b"):
        path = sorted((archive.home / "sites" / site / "objects").rglob("o*"))[0]
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    run = written(archive, tmp_path / "out")
    assert not run.whole
    assert [name.rpartition("/")[2] for name in run.carriers[0].missing] == [path.name]
    assert path.name in (tmp_path / "out/PR0001/说明文件.TXT").read_text("utf-8-sig")
    assert sums_hold(tmp_path / "out/PR0001")


def test_numbers_run_on_and_are_never_given_twice(archive: Archive, tmp_path: Path) -> None:
    numbers = [
        written(archive, tmp_path / f"{n}", name).carriers[0].number
        for n, name in enumerate(("preservation", "use", "preservation", "off-site"))
    ]
    assert numbers == ["PR0001", "US0001", "PR0002", "OS0001"]
    with archive.database.read() as conn:
        events = [entry.event() for entry in archive.ledger.of_type(conn, CarrierWritten.type)]
    assert [event.number for event in events if isinstance(event, CarrierWritten)] == numbers


def test_what_stands_in_the_way_is_not_replaced(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out" / name_of("PR0001", order())).mkdir(parents=True)
    with pytest.raises(NotEmpty):
        written(archive, tmp_path / "out")
    written(archive, tmp_path / "elsewhere")


def test_an_unfinished_run_of_another_order_is_not_mixed_with_this_one(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    other = {"archive": archive.vault.archive_id, "run": "1", "head": 1, "order": {"set": "use"}}
    (tmp_path / "out" / STATE).write_text(json.dumps(other))
    with pytest.raises(NotEmpty, match="unfinished"):
        written(archive, tmp_path / "out")


def test_room_is_looked_at_before_anything_is_written(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    room = os.statvfs(tmp_path)
    small = os.statvfs_result((*room[:4], 10, *room[5:]))
    monkeypatch.setattr("processes.packages.carriers.os.statvfs", lambda _: small)
    with pytest.raises(NoRoom):
        written(archive, tmp_path / "out")
    assert list(tree(tmp_path / "out")) == [STATE]


def test_an_account_that_sees_a_part_writes_no_carriers(archive: Archive, tmp_path: Path) -> None:
    partly = replace(archive.tools(), subject=Subject("reader", frozenset({"A014"})))
    with pytest.raises(NotForThisAccount):
        write_carriers(partly, order(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
