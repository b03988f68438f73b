"""Page documents in Chinese for the sample batch: PDF with embedded glyphs and extractable text.

The product carries no font. Each character is drawn as a glyph of a Type 3 font inside the file:
from a Chinese font of the machine where one of the usual ones is installed, else as a box with the
character's Unicode value, as fonts of last resort do. Either way a ToUnicode table gives the text
to readers and indexes. Not done here: hyphenation, kerning, PDF/A.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw, ImageFont

_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)
_CELL = 40  # pixels of a glyph's square
_A4 = (595, 842)  # points
_LINE_CHARACTERS, _PAGE_LINES = 30, 26

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def document(title: str, author: str, paragraphs: Sequence[str], pages: int) -> bytes:
    """A PDF of `pages` A4 pages: the title, then the paragraphs, repeated until the pages are full."""
    pdf = _build(title, author, list(_pages(title, author, paragraphs, pages)))
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    """The same document, closed with a password. The old RC4 handler, for it needs no randomness."""
    out = io.BytesIO()
    lock = pikepdf.Encryption(owner="owner", user="reader", R=3, aes=False, metadata=False)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=lock, static_id=True)
    return out.getvalue()


def _pages(title: str, author: str, paragraphs: Sequence[str], pages: int) -> Iterator[list[str]]:
    """Lines of text for each page; short last pages stay short."""
    lines = [title[n : n + _LINE_CHARACTERS] for n in range(0, len(title), _LINE_CHARACTERS)]
    lines += ["", author, ""]
    turn = 0
    while len(lines) < _PAGE_LINES * pages - 6:
        text = "\u3000\u3000" + paragraphs[turn % len(paragraphs)]
        lines += [text[n : n + _LINE_CHARACTERS] for n in range(0, len(text), _LINE_CHARACTERS)]
        turn += 1
    for page in range(pages):
        yield [*lines[page * _PAGE_LINES : (page + 1) * _PAGE_LINES], f"—{page + 1}—"]


def _build(title: str, author: str, pages: list[list[str]]) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    codes = {text: n for n, text in enumerate(sorted({c for page in pages for row in page for c in row}))}
    fonts = _type3_fonts(pdf, sorted(codes))
    resources = pdf.make_indirect(Dictionary(Font=Dictionary({f"/F{n}": f for n, f in enumerate(fonts)})))
    for rows in pages:
        content = Stream(pdf, _content(rows, codes))
        page = Dictionary(Type=Name.Page, MediaBox=Array([0, 0, *_A4]), Contents=content, Resources=resources)
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    pdf.docinfo["/Title"], pdf.docinfo["/Author"] = title, author
    return pdf


def _content(rows: Sequence[str], codes: dict[str, int]) -> bytes:
    """Page operators: a line of text each, every character in the font that holds it."""
    out = ["BT", "1 0 0 1 72 762 Tm", "26 TL"]
    for row in rows:
        for char in row:
            font, code = divmod(codes[char], 255)
            out.append(f"/F{font} 15 Tf <{code + 1:02x}> Tj")
        out.append("T*")
    return "\n".join([*out, "ET"]).encode("ascii")


def _type3_fonts(pdf: pikepdf.Pdf, characters: Sequence[str]) -> list[pikepdf.Object]:
    """One font for every 255 characters, in order."""
    face = _chinese_font()
    parts = [characters[n : n + 255] for n in range(0, len(characters), 255)]
    return [pdf.make_indirect(_type3_font(pdf, part, face)) for part in parts]


def _type3_font(pdf: pikepdf.Pdf, characters: Sequence[str], face: _Font | None) -> Dictionary:
    glyphs = {f"/u{ord(c):04X}": Stream(pdf, _glyph(c, face)) for c in characters}
    encoding = Dictionary(Type=Name.Encoding, Differences=Array([1, *(Name(name) for name in glyphs)]))
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, -120, 1000, 880]),
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
        CharProcs=Dictionary(glyphs),
        Encoding=encoding,
        FirstChar=1,
        LastChar=len(characters),
        Widths=Array([1000] * len(characters)),
        Resources=Dictionary(),
        ToUnicode=Stream(pdf, _to_unicode(characters)),
    )


@cache
def _glyph(char: str, face: _Font | None) -> bytes:
    """Operators that paint one character as a mask of `_CELL` × `_CELL` pixels."""
    bits = _picture(char, face).tobytes().hex()
    return (
        f"1000 0 0 -120 1000 880 d1 1000 0 0 1000 0 -120 cm "
        f"BI /W {_CELL} /H {_CELL} /IM true /BPC 1 /D [1 0] /F /AHx ID {bits}> EI"
    ).encode("ascii")


def _picture(char: str, face: _Font | None) -> Image.Image:
    """The character in one-bit pixels, 1 for ink."""
    image = Image.new("1", (_CELL, _CELL))
    draw = ImageDraw.Draw(image)
    if not char.isspace():
        if face is not None:
            draw.text((0, round(_CELL * 0.88)), char, fill=1, font=face, anchor="ls")  # on the line
        elif char.isascii():
            draw.text((8, 4), char, fill=1, font=_plain_font(28))
        else:
            value, small = f"{ord(char):04X}", _plain_font(16)
            draw.rectangle((2, 2, _CELL - 3, _CELL - 3), outline=1)
            draw.text((8, 3), value[:2], fill=1, font=small)
            draw.text((8, 19), value[2:], fill=1, font=small)
    return image


@cache
def _plain_font(size: int) -> _Font:
    """Pillow's own font, for Latin letters and digits."""
    return ImageFont.load_default(size)


@cache
def _chinese_font() -> _Font | None:
    """A Chinese font of this machine, or None."""
    found = next((path for path in _FONTS if Path(path).is_file()), None)
    return ImageFont.truetype(found, _CELL - 2) if found else None


def _to_unicode(characters: Sequence[str]) -> bytes:
    """A CMap from the font's codes to Unicode, a hundred lines a block as the format allows."""
    lines = [f"<{n:02x}> <{c.encode('utf-16-be').hex()}>" for n, c in enumerate(characters, 1)]
    blocks = [lines[n : n + 100] for n in range(0, len(lines), 100)]
    body = "\n".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar" for b in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /Lantai-Sample def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{body}\nendcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode("ascii")
