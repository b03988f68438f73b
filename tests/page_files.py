"""PDFs that say something: pages with a text layer of any characters, as recognition writes it."""

from __future__ import annotations

from typing import Any

import media


def saying(*pages: str, **options: Any) -> bytes:
    """A PDF with a page for each text, a line of it for each line; `options` as for `media.pdf`."""

    def write(document: Any) -> None:
        program = document.pages[0].Resources.Font.F1.FontDescriptor  # what it draws is nobody's concern
        for sheet, text in zip(document.pages, pages, strict=True):
            codes = {character: place for place, character in enumerate(sorted(set(text)), start=1)}
            sheet.Resources = _resources(document, program, codes)
            sheet.Contents = document.make_stream(_drawn(text, codes).encode())

    return media.pdf(len(pages), extra=write, **options)


def _drawn(text: str, codes: dict[str, int]) -> str:
    lines = []
    for number, line in enumerate(text.splitlines()):
        shown = "".join(f"{codes[character]:04x}" for character in line)
        lines.append(f"BT /F1 12 Tf 72 {780 - 16 * number} Td <{shown}> Tj ET")
    return "\n".join(lines)


def _resources(document: Any, program: Any, codes: dict[str, int]) -> Any:
    from pikepdf import Array, Dictionary, Name, String

    inner = Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Sample, DW=1000)
    inner.CIDSystemInfo = Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0)
    inner.FontDescriptor = program
    font = Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Sample, Encoding=Name("/Identity-H"))
    font.DescendantFonts = Array([document.make_indirect(inner)])
    font.ToUnicode = document.make_stream(_unicode(codes))
    return Dictionary(Font=Dictionary(F1=document.make_indirect(font)))


def _unicode(codes: dict[str, int]) -> bytes:
    pairs = [f"<{code:04x}> <{character.encode('utf-16-be').hex()}>" for character, code in codes.items()]
    parts = ["/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /S def"]
    parts.append("1 begincodespacerange <0000> <ffff> endcodespacerange")
    for start in range(0, len(pairs), 100):
        some = pairs[start : start + 100]
        parts += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    return "\n".join([*parts, "endcmap end end"]).encode()
