"""PDF: what is whole passes, damage is found, and what dictionaries say is reported."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import media
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from ingest.probes.document import probe_pdf
from ingest.probes.probed import Options, Probed
from ingest.probes.source import BytesSource

OPTIONS = Options(max_pixels=100_000_000)
PDFS = {
    "tables": media.pdf(),
    "object streams": media.pdf(object_streams=True),
    "linearized": media.pdf(linearize=True),
    "pictures": media.pdf(picture=media.jpeg(320, 240)),
    "uncompressed": media.pdf(compress_streams=False),
}


def pdf_of(content: bytes) -> Probed:
    return probe_pdf(BytesSource(content), OPTIONS)


def kinds(probed: Probed) -> set[str]:
    return {problem.kind for problem in probed.problems}


def found(probed: Probed, kind: str) -> str:
    return next(problem.found for problem in probed.problems if problem.kind == kind)


def kinds_with(change: Callable[[Any], None]) -> set[str]:
    return kinds(pdf_of(media.pdf(1, extra=change)))


@pytest.mark.parametrize("name", PDFS)
def test_a_whole_pdf_has_no_problem_and_gives_its_facts(name: str) -> None:
    probed = pdf_of(PDFS[name])
    assert probed.problems == []
    assert (probed.values["pages"], probed.values["encrypted"], probed.values["fonts"]) == (3, False, 1)


def test_a_blank_page_whose_stream_is_empty_is_whole() -> None:
    content = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(content)
    assert b"/Length 0" in content.getvalue()
    probed = pdf_of(content.getvalue())
    assert probed.problems == []
    assert probed.values["pages"] == 1


@pytest.mark.parametrize("name", PDFS)
def test_a_pdf_cut_anywhere_is_found(name: str) -> None:
    content, rng = PDFS[name], random.Random(name)
    last = len(content.rstrip())  # the line end behind %%EOF is nobody's
    for place in {*range(40), *range(last - 60, last), *rng.sample(range(last), 60)}:
        assert pdf_of(content[:place]).problems, f"cut at {place} of {len(content)}"


def test_a_pdf_cut_in_a_later_revision_is_found() -> None:
    first = media.pdf(1)
    later = (
        b"\n99 0 obj\n<< /Kind (later) >>\nendobj\nxref\n99 1\n0000000000 00000 n \n" + b"trailer\n<< >>\n"
    )
    for place in range(8, len(later), 7):
        assert pdf_of(first + later[:place]).problems, place


@pytest.mark.parametrize("name", ["tables", "object streams", "linearized", "pictures"])
def test_four_kib_of_zeros_in_a_pdf_are_found(name: str) -> None:
    content, rng = PDFS[name], random.Random(name)
    for place in rng.sample(range(20, len(content) - 4100), 60):
        damaged = content[:place] + bytes(4096) + content[place + 4096 :]
        assert pdf_of(damaged).problems, f"zeros at {place} of {len(content)}"


def test_zeros_in_uncompressed_page_content_are_found() -> None:
    content = PDFS["uncompressed"]
    at = content.index(b"BT /F1") + 300
    assert "document-damaged" in kinds(pdf_of(content[:at] + bytes(512) + content[at + 512 :]))


def test_a_single_flipped_bit_in_compressed_content_is_found() -> None:
    content, rng = bytearray(PDFS["tables"]), random.Random(1)
    start = content.index(b"stream", content.index(b"/FlateDecode")) + 12
    for _ in range(20):
        place = start + rng.randrange(500)
        content[place] ^= 4
        assert pdf_of(bytes(content)).problems
        content[place] ^= 4


@pytest.mark.parametrize("wrong", [b"1", b"99999", b"0"])
def test_a_stream_with_a_wrong_length_is_found(wrong: bytes) -> None:
    content = PDFS["tables"]
    at = content.index(b"/Length ") + 8
    end = next(i for i in range(at, at + 12) if not content[i : i + 1].isdigit())
    assert pdf_of(content[:at] + wrong.ljust(end - at)[: max(end - at, len(wrong))] + content[end:]).problems


def test_a_wrong_startxref_is_found() -> None:
    content = PDFS["tables"]
    at = content.rindex(b"startxref") + 10
    assert "document-damaged" in kinds(pdf_of(content[:at] + b"17\n%%EOF\n"))


def test_bytes_behind_the_end_are_a_warning_kind() -> None:
    assert kinds(pdf_of(PDFS["tables"] + b"mailbox footer")) == {"trailing-data"}


def test_a_damaged_picture_in_a_pdf_is_found() -> None:
    picture = bytearray(media.jpeg(320, 240))
    picture[9000:13096] = bytes(4096)
    assert "document-damaged" in kinds(pdf_of(media.pdf(1, picture=bytes(picture))))


def test_a_pdf_without_pages_is_empty() -> None:
    out = io.BytesIO()
    pikepdf.new().save(out)
    assert "document-empty" in kinds(pdf_of(out.getvalue()))


@pytest.mark.parametrize("user", ["", "secret"])
def test_encryption_is_reported_whether_or_not_it_opens(user: str) -> None:
    content = media.pdf(1, deterministic_id=False, encryption=pikepdf.Encryption(owner="owner", user=user))
    assert kinds(pdf_of(content)) == {"document-encrypted"}


def with_action(**action: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document.Root.OpenAction = Dictionary(Type=Name.Action, **action)

    return change


@pytest.mark.parametrize(
    "action",
    [
        {"S": Name.JavaScript, "JS": "app.alert(1)"},
        {"S": Name.Launch, "F": "cmd.exe"},
        {"S": Name.SubmitForm},
        {"S": Name.GoTo, "Next": Dictionary(S=Name.JavaScript, JS="x")},
    ],
)
def test_actions_that_run_something_are_active_content(action: dict[str, Any]) -> None:
    assert "document-active-content" in kinds_with(with_action(**action))


def test_going_to_a_page_on_opening_is_harmless() -> None:
    assert kinds_with(with_action(S=Name.GoTo, D=Array([0, Name.Fit]))) == set()


def test_script_on_a_page_and_forms_of_the_xfa_kind_are_active_content() -> None:
    def page_script(document: Any) -> None:
        document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS="x"))

    def xfa(document: Any) -> None:
        document.Root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"))

    assert "document-active-content" in kinds_with(page_script)
    assert "document-active-content" in kinds_with(xfa)


def test_an_escaped_name_does_not_hide_a_script() -> None:
    content = media.pdf(1, extra=with_action(S=Name.JavaScript, JS="xyz"), compress_streams=False)
    hidden = content.replace(b"/JS (xyz) /S /JavaScript", b"/JS (x) /S /J#61vaScript")
    assert hidden != content
    assert "document-active-content" in kinds(pdf_of(hidden))


def test_attachments_links_and_missing_fonts_are_reported() -> None:
    def attach(document: Any) -> None:
        document.attachments["inner.txt"] = b"inside"

    def link(document: Any) -> None:
        target = Dictionary(S=Name.URI, URI="https://example.org/")
        document.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, A=target)])

    assert kinds_with(attach) == {"document-embedded-file"}
    assert kinds_with(link) == {"document-external-reference"}
    missing = pdf_of(media.pdf(1, embedded=False))
    assert found(missing, "document-fonts-missing") == "Sample"


def test_a_standard_font_that_is_not_embedded_counts_as_missing() -> None:
    def helvetica(document: Any) -> None:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        document.pages[0].Resources.Font.F2 = font

    assert kinds_with(helvetica) == {"document-fonts-missing"}


def test_a_stream_that_swells_beyond_measure_is_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.probes.document.MAX_PLAIN_BYTES", 1 << 20)

    def swell(document: Any) -> None:
        document.Root.Swollen = document.make_stream(bytes(8 << 20))

    assert "bomb" in kinds_with(swell)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PDFS["tables"]) - 1), st.binary(min_size=1, max_size=40))
def test_a_pdf_probe_never_raises_whatever_is_written_over_it(place: int, junk: bytes) -> None:
    content = PDFS["tables"]
    pdf_of(content[:place] + junk + content[place + len(junk) :])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("text_only_pdfa1b", set()),
        ("text_only_fontsEmbeddedAll", set()),
        ("text_only_fontsNotEmbedded", {"document-fonts-missing"}),
        ("encryption_openpassword", {"document-encrypted"}),
        ("encryption_noprinting", {"document-encrypted"}),
        ("javascript", {"document-active-content", "document-fonts-missing"}),
        ("fileAttachment", {"document-active-content", "document-embedded-file"}),
        ("externalLink", {"document-active-content", "document-external-reference"}),
        ("corruptionOneByteMissing", {"document-damaged"}),
    ],
)
def test_real_documents_are_found_to_be_what_they_are(real: Path, name: str, wanted: set[str]) -> None:
    probed = pdf_of((real / "pdf" / f"{name}.pdf").read_bytes())
    assert kinds(probed) == wanted


def test_a_declared_pdfa_profile_is_a_fact(real: Path) -> None:
    assert pdf_of((real / "pdf" / "text_only_pdfa1b.pdf").read_bytes()).values["pdfa"] == "1b"
