"""Packages that another system takes in and a stranger checks, whole or not at all, within a view."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import bagit
import pytest
from batches import document, lantai, new_home, photograph, row, write_batch
from processes_carriers import die_at, files, killed, tree

import processes.packages.export as exporting
from archive import catalogue
from lantai.wiring import Archive, opened
from policies.access import EVERYTHING, Subject
from processes.desk.fonds_register import NewFonds, enter_fonds, rename
from processes.errors import NotEmpty, NotForThisAccount, NotFound
from processes.packages.export import STATE, export
from processes.proving.verify import verify

WS, PAIR, OPEN, OTHER = (
    "A014-WS·2016-Y-BGS-0001",
    "A014-WS·2016-Y-BGS-0002",
    "A014-ZP·2016-Y-BGS-0001",
    "B001-WS·2016-Y-BGS-0001",
)
EEP = "{http://www.saac.gov.cn/standards/ERM/encapsulation}"


@pytest.fixture(scope="module")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("holdings")
    home = new_home(folder)
    contents = {
        "报告.pdf": document(2),
        "子/CON.pdf": document(3),
        "附/con.pdf": document(4),
        "照片.jpg": photograph(1),
        "other.pdf": document(5),
    }
    rows = [
        row("报告.pdf", category="WS", title="@SUM(1+1)*cmd|' /C calc'!A0"),
        row(
            "子/CON.pdf|附/con.pdf", role="main|attachment", category="WS", access="控制", title="控制的题名"
        ),
        row("照片.jpg", category="ZP", access="开放"),
        row("other.pdf", category="WS", fonds="B001", title="别的全宗"),
    ]
    lantai(home, "ingest", write_batch(folder / "batch", contents, rows), status=0)
    lantai(home, "describe", WS, "keywords=防汛", "--reason", "索引", status=0)
    return home


@pytest.fixture
def archive(holdings: Path, tmp_path: Path) -> Iterator[Archive]:
    home = Path(shutil.copytree(holdings, tmp_path / "home"))
    with opened(home) as archive:
        yield archive


def test_every_bag_is_valid_and_holds_content_history_and_proof(archive: Archive, tmp_path: Path) -> None:
    report = export(archive.tools(), "bagit", tmp_path / "out", [])
    assert (report["packages"], report["items"], report["failed"], report["not_open"]) == (4, 4, [], 3)
    for code in (WS, PAIR, OPEN, OTHER):
        root = tmp_path / "out" / code[:4] / code
        assert bagit.Bag(str(root)).validate(processes=1)
        item = json.loads((root / "data/item.json").read_text("utf-8"))
        assert item["code"] == code
        assert item["history"][0]["type"] == "item.registered"
        for part, path in zip(item["components"], item["paths"], strict=True):
            assert hashlib.sha256((root / path).read_bytes()).hexdigest() == part["sha256"]
    assert len(json.loads((tmp_path / f"out/A014/{WS}/data/item.json").read_text("utf-8"))["history"]) == 2


def test_a_stranger_checks_a_bag_with_the_archives_key_alone(archive: Archive, tmp_path: Path) -> None:
    export(archive.tools(), "bagit", tmp_path / "out", [WS])
    root = tmp_path / f"out/A014/{WS}/data"
    contents = sorted((root / "content").iterdir())
    checked = verify([root / "proof.json", *contents], tmp_path / "out/verification-key.txt")
    assert checked.ok
    assert [check.what for check in checked.checks] == [
        "item.registered",
        "item.described",
        "item",
        "content",
    ]
    contents[0].write_bytes(b"forged")
    assert not verify([root / "proof.json", *contents], tmp_path / "out/verification-key.txt").ok


def test_names_that_windows_refuses_are_changed_and_stay_apart(archive: Archive, tmp_path: Path) -> None:
    export(archive.tools(), "bagit", tmp_path / "out", [PAIR])
    names = sorted(path.name for path in (tmp_path / f"out/A014/{PAIR}/data/content").iterdir())
    assert names == ["01-CON.pdf", "02-con.pdf"]
    every = [part for path in tree(tmp_path / "out") for part in path.split("/")]
    assert not [part for part in every if set(part) & set('<>:"\\|?*') or part[-1] in ". "]


def test_tables_run_nothing_in_a_spreadsheet(archive: Archive, tmp_path: Path) -> None:
    export(archive.tools(), "bagit", tmp_path / "out", [])
    for path in (tmp_path / "out").rglob("*.csv"):
        cells = [cell for line in csv.reader(io.StringIO(path.read_text("utf-8-sig"))) for cell in line]
        assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@")], path
    listed = list(csv.DictReader(io.StringIO((tmp_path / "out/export.csv").read_text("utf-8-sig"))))
    assert [line["package"] for line in listed] == [
        f"A014/{WS}",
        f"A014/{PAIR}",
        f"A014/{OPEN}",
        f"B001/{OTHER}",
    ]


def test_a_transfer_package_has_the_prescribed_parts(archive: Archive, tmp_path: Path) -> None:
    report = export(archive.tools(), "transfer", tmp_path / "out", [])
    root = tmp_path / "out/A014"
    assert (report["packages"], report["items"]) == (2, 4)
    assert {path.name for path in root.iterdir()} == {"说明文件.TXT", "文件目录.XML", "电子档案", "其他"}
    listed = ElementTree.parse(root / "文件目录.XML").getroot().findall("文件")
    assert [one.findtext("档号") for one in listed] == [WS, PAIR, OPEN]
    elements = ["顺序号", "档号", "责任者", "题名", "日期", "密级", "电子档案名称", "备注"]
    assert [part.tag for part in listed[0]] == elements
    for one in listed:
        assert all((root / str(part.text)).is_file() for part in one.findall("电子档案名称"))
    assert (root / f"电子档案/2016/ZP/{OPEN}/照片.jpg").read_bytes() == photograph(1)
    told = (root / "说明文件.TXT").read_text("utf-8-sig")
    assert f"{WS} — {OPEN}" in told
    assert "件数 items: 3" in told
    for line in (root / "其他/manifest-sha256.txt").read_text("utf-8").splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256((root / path).read_bytes()).hexdigest() == digest
    metadata = ElementTree.parse(root / f"电子档案/2016/WS/{WS}/元数据.xml").getroot()
    assert {one.get("名称"): one.text for one in metadata.findall("元素")}["关键词"] == "防汛"
    assert len(metadata.findall("管理过程")) == 2
    assert "移交单位" in (root / "其他/移交与接收登记表.TXT").read_text("utf-8-sig")


def test_an_encapsulation_gives_its_files_back_and_its_signature_holds(
    archive: Archive, tmp_path: Path
) -> None:
    export(archive.tools(), "eep", tmp_path / "out", [PAIR])
    path = tmp_path / f"out/A014/{PAIR}.xml"
    package = ElementTree.parse(path).getroot()
    assert package.tag == f"{EEP}电子文件封装包"
    found = [base64.b64decode(str(one.text)) for one in package.iter(f"{EEP}编码数据")]
    assert found == [document(3), document(4)]
    kinds = [one.text for one in package.iter(f"{EEP}文档主从声明")]
    assert kinds == ["主文档", "附属文档"]
    entity = next(package.iter(f"{EEP}文件实体"))
    assert [child.tag.removeprefix(EEP) for child in entity] == [
        *(
            "聚合层次",
            "来源",
            "电子文件号",
            "档号",
            "内容描述",
            "形式特征",
            "存储位置",
            "权限管理",
            "文件数据",
        ),
    ]
    whole = path.read_bytes()
    first, last = whole.index("<被签名对象".encode()), whole.index("</被签名对象>".encode())
    signed = hashlib.sha256(whole[first : last + len("</被签名对象>".encode())]).hexdigest()
    signature = base64.b64decode(str(next(package.iter(f"{EEP}签名结果")).text))
    assert archive.verifier.holds(f"lantai-eep/1\n{signed}\n".encode(), signature)


def test_an_encapsulation_names_the_unit_as_it_was_called_when_the_record_was_made(
    archive: Archive, tmp_path: Path
) -> None:
    def unit(folder: str) -> str | None:
        export(archive.tools(), "eep", tmp_path / folder, [PAIR])
        package = ElementTree.parse(tmp_path / folder / f"A014/{PAIR}.xml").getroot()
        return next(package.iter(f"{EEP}立档单位名称")).text

    assert unit("unregistered") == "A014"
    enter_fonds(archive.tools(), NewFonds("A014", "某局", "1950"), "建册")
    rename(archive.tools(), "A014", "某委员会", "2018-10", "机构改革")
    assert unit("registered") == "某局"


def test_an_export_names_nothing_outside_the_fonds_that_the_account_handles(
    archive: Archive, tmp_path: Path
) -> None:
    keeper = replace(archive.tools(), subject=Subject("other", frozenset({"B001"})))
    for form in ("bagit", "transfer", "eep"):
        report = export(keeper, form, tmp_path / f"b001-{form}", [])
        assert (report["items"], report["not_open"]) == (1, 1)
        everything = b"".join(files(tmp_path / f"b001-{form}").values()).decode("utf-8", "ignore")
        everything += "".join(tree(tmp_path / f"b001-{form}"))
        assert OTHER in everything
        assert not [word for word in (OPEN, WS, PAIR, "控制的题名") if word in everything]
    for code in (OPEN, WS, "A014-WS·2016-Y-BGS-0999"):
        with pytest.raises(NotFound, match=f"no item {code} here"):
            export(keeper, "bagit", tmp_path / "none", [OTHER, code])
    assert not (tmp_path / "none").exists()


def test_packages_tell_more_than_is_public_and_are_for_nobody_who_handles_nothing(
    archive: Archive, tmp_path: Path
) -> None:
    reader = replace(archive.tools(), subject=Subject("reader"))
    for codes in ([], [OPEN], [WS]):
        with pytest.raises(NotForThisAccount):
            export(reader, "bagit", tmp_path / "none", codes)
    assert not (tmp_path / "none").exists()


def test_an_item_without_a_whole_copy_is_named_and_the_others_are_exported(
    archive: Archive, tmp_path: Path
) -> None:
    with archive.database.read() as conn:
        record = catalogue.item_by_code(conn, PAIR, EVERYTHING)
    assert record is not None
    name = record.item.components[1].object_id
    for path in archive.home.glob(f"sites/*/objects/*/{name}"):
        path.write_bytes(b"rubbish")
    for form in ("bagit", "transfer", "eep"):
        report = export(archive.tools(), form, tmp_path / form, [])
        assert [one["code"] for one in report["failed"]] == [PAIR]
        assert report["items"] == 3
        assert not [path for path in tree(tmp_path / form) if PAIR in path or ".part" in path]
        assert PAIR not in (tmp_path / form / "export.csv").read_text("utf-8-sig")


def test_packages_go_to_a_new_folder_only(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("x")
    with pytest.raises(NotEmpty):
        export(archive.tools(), "bagit", tmp_path / "out", [])
    assert list(tree(tmp_path / "out")) == ["mine.txt"]


def killed_export(home: Path, form: str, out: Path, point: str, nth: int) -> None:
    """An export in a process of its own that dies by SIGKILL at the nth call of `point`."""

    def run() -> None:
        exporting.BETWEEN_NOTES = 1
        die_at(exporting, point, nth)
        with opened(home) as archive:
            export(archive.tools(), form, out, [])

    assert killed(run)


@pytest.mark.parametrize("form", ["bagit", "transfer", "eep"])
def test_a_killed_export_goes_on_and_ends_as_an_undisturbed_one(
    archive: Archive, tmp_path: Path, form: str
) -> None:
    out = tmp_path / "out"
    for point, nth in (("one_item", 3), ("_note", 3), ("_list", 1)):
        killed_export(archive.home, form, out, point, nth)
        assert (out / STATE).exists()
    again = export(archive.tools(), form, out, [])
    straight = export(archive.tools(), form, tmp_path / "straight", [])
    told = ("packages", "items", "bytes", "not_open", "failed")
    assert [again[name] for name in told] == [straight[name] for name in told]
    assert list(tree(out)) == list(tree(tmp_path / "straight"))


def test_an_unfinished_export_is_not_mixed_with_another(archive: Archive, tmp_path: Path) -> None:
    killed_export(archive.home, "bagit", tmp_path / "out", "one_item", 2)
    for form, codes in (("eep", []), ("bagit", [WS])):
        with pytest.raises(NotEmpty, match="not finished"):
            export(archive.tools(), form, tmp_path / "out", codes)
