"""Papers: PDF/A that names what it is, data that is never source, every script, long lists in one piece."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from lantai.printing import FONTS
from processes.printing import printed as module
from processes.printing import setting
from processes.printing.glyphs import characters
from processes.printing.printed import NoFont, NotPrinted, printed

WHEN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def listed(rows: list[list[str]], **more: object) -> dict[str, Any]:
    columns = [{"name": "序号", "align": "right"}, {"name": "题名", "width": 6}]
    return {"title": "归档文件目录", "columns": columns, "rows": rows, **more}


def text(paper: bytes) -> str:
    with pypdfium2.PdfDocument(paper) as document:
        found = "\N{FORM FEED}".join(page.get_textpage().get_text_bounded() for page in document)
    return found.replace("\r", "")


def made(rows: list[list[str]], **more: object) -> bytes:
    return printed("list", listed(rows, **more), "zh", fonts=FONTS, when=WHEN)


@pytest.fixture(scope="module")
def paper() -> bytes:
    return made(
        [["1", "关于印发要点的通知"]], facts=[["全宗", "A014"]], signatures=["移交人"], archive="某市档案馆"
    )


def test_a_paper_declares_itself_as_pdfa_and_embeds_its_fonts(paper: bytes) -> None:
    with pikepdf.open(io.BytesIO(paper)) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "U")
            assert metadata["dc:title"] == "归档文件目录"
        assert document.Root.OutputIntents
        assert "/Encrypt" not in document.trailer
        for font in document.pages[0].Resources.Font.values():
            described = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in described or "/FontFile3" in described
            assert "/ToUnicode" in font


def test_the_process_that_sets_a_page_knows_no_secret_of_the_environment(
    paper: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, str]] = []
    run = subprocess.run

    def noted(*words: Any, **options: Any) -> Any:
        given.append(options["env"])
        return run(*words, **options)

    monkeypatch.setenv("LANTAI_PASSPHRASE", "a quiet reading room in spring")
    monkeypatch.setattr(subprocess, "run", noted)
    assert text(made([["1", "通知"]])).count("通知") == 1
    assert [one for one in given if "LANTAI_PASSPHRASE" in one] == [] and len(given) == 1


def test_the_same_paper_is_the_same_bytes(paper: bytes) -> None:
    again = made(
        [["1", "关于印发要点的通知"]], facts=[["全宗", "A014"]], signatures=["移交人"], archive="某市档案馆"
    )
    assert paper == again


def test_what_stands_in_a_title_is_no_instruction() -> None:
    hostile = '#read("/etc/hostname") $x$ *bold* @x <l> // gone `c` = 1 \\ " #{1+1}'
    assert "#read" in text(made([["1", hostile]]))
    assert "#{1+1}" in text(made([["1", hostile]]))


def test_names_of_every_script_are_printed_or_told_by_number() -> None:
    shown = text(made([["1", "Ünïcødé Ωμέγα Жук 𠀀 \ue123 \x00 \u0378 ไทย e\u0301"]]))
    assert "Ünïcødé Ωμέγα Жук" in shown
    assert "[U+E123]" in shown and "[U+0000]" in shown and "[U+0378]" in shown
    assert "é" in shown


def test_a_long_list_is_one_paper_whose_pages_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 40)
    long = made([[str(number), f"第{number}件"] for number in range(1, 101)], signatures=["移交人"])
    shown = text(long).replace(" ", "").replace("\n", " ")
    with pikepdf.open(io.BytesIO(long)) as document:
        assert len(document.pages) >= 3
        with document.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "2"
    assert all(f"第{number}件" in shown for number in range(1, 101))
    pages = shown.split("\N{FORM FEED}")
    assert (
        [page.count("归档文件目录") for page in pages]
        == [page.count("题名") for page in pages]
        == [1] * len(pages)
    )
    assert shown.count("移交人") == 1
    assert "第3页" in shown


def test_a_word_without_a_space_stays_in_its_column_and_is_still_one_word() -> None:
    digest = "sha256:" + "0123456789abcdef" * 16
    with pypdfium2.PdfDocument(made([["1", digest]])) as document:
        page = document[0].get_textpage()
        boxes = [page.get_charbox(at) for at in range(page.count_chars())]
        width = document[0].get_width()
        assert digest in page.get_text_bounded().replace("\r\n", "")
    assert max(right for _, _, right, _ in boxes) < width - 40


def test_a_list_of_nothing_says_so() -> None:
    assert "（无）" in text(made([], signatures=["移交人"]))


def test_tibetan_uyghur_mongolian_and_yi_are_printed_as_they_are() -> None:
    names = ("བསྟན་འཛིན", "ᠪᠠᠲᠤ", "ꆏꊂ")
    shown = text(made([[str(number), name] for number, name in enumerate(("ئۈرۈمچى", *names))]))
    assert "[U+" not in shown and all(name in shown for name in names)


def test_a_form_that_is_not_there_and_one_without_its_data_are_said() -> None:
    for form in ("nothing", "../list", "list.typ", ""):
        with pytest.raises(ValueError, match="no form"):
            printed(form, {}, fonts=FONTS)
    with pytest.raises(NotPrinted, match="list"):
        printed("list", {"title": "x"}, fonts=FONTS)


def test_without_a_chinese_font_nothing_is_printed_and_the_words_say_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(setting, "families", lambda _folders: ())
    with pytest.raises(NoFont, match="make setup"):
        printed("list", listed([]), fonts=FONTS)


def test_what_is_no_font_has_no_characters(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"\0\1\0\0" + b"\xff" * 40)
    assert characters(broken) == frozenset()
    assert characters(tmp_path / "absent.ttf") == frozenset()
