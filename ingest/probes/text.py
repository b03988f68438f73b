"""The text of a page file, for finding it again: read to its end or to a bound, cleaned, on one line a line.

Done to what a text layer holds: spaces that recognition leaves between Chinese characters are dropped, and
line ends between them; words that were parted at a line's end are joined; control, format, private and
unpaired characters are dropped; NFC. Not done here: recognising text in pictures, keeping what was read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ingest.probes.source import Source
from policies.folding import searched
from policies.formats import PageText
from policies.screening import beginning
from policies.secrecy import Marks, has_mark

MAX_CHARACTERS = 1_000_000
"""So much of one file is kept; what is longer is cut there."""
MAX_BYTES = 3_800_000
"""And so many bytes of UTF-8: what a probe process may write is limited."""
_WHOLE_BYTES = 64 << 20
"""Up to here a document is read whole; a larger one is sought in."""
_MAX_PAGE_CHARACTERS = 200_000
_CHINESE = (
    "\u2e80-\u303f\u3100-\u312f\u31a0-\u31ef\u3400-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U000323af"
)
_BETWEEN = re.compile(rf"(?<=[{_CHINESE}])[^\S\n]*\n?[^\S\n]*(?=[{_CHINESE}])")
_PARTED = re.compile(r"(?<=[^\W\d_])(?:-|\u00ad|\u2010|\u0002|\ufffe)[^\S\n]*\n[^\S\n]*(?=[^\W\d_])")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n(?: ?\n)*[ \n]*")
_ENDS = re.compile(r"\r\n?|\n")
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def read_pdf(source: Source, marks: Marks | None) -> PageText:
    """The text of a PDF, page after page. Raises whatever pypdfium2 raises.

    A mark is looked for on the whole page as it stands, and in what would be kept: cleaning joins lines.
    """
    pages, length = list[str](), 0
    for page in _pages(source):
        cleaned = clean(beginning(page, _MAX_PAGE_CHARACTERS))
        if marks is not None and (is_marked(page, marks) or is_marked(cleaned, marks)):
            return PageText("marked")
        if length <= MAX_CHARACTERS and cleaned:
            pages.append(cleaned)
            length += len(cleaned) + 1
    text = "\n".join(pages)
    kept = beginning(text, len(text[:MAX_CHARACTERS].encode()[:MAX_BYTES].decode(errors="ignore")))
    if not kept:
        return PageText("none")
    return PageText("read" if len(kept) == len(text) else "cut", kept)


def holds_mark(source: Source, marks: Marks) -> bool:
    """Whether a PDF's text holds a secrecy mark anywhere. Raises whatever pypdfium2 raises."""
    return any(is_marked(page, marks) for page in _pages(source))


def is_marked(page: str, marks: Marks) -> bool:
    """Whether a line of a page holds a secrecy mark: lines of a page have little to do with one another."""
    if not marks.secret_signs.search(searched(page)[1]):
        return False
    return any(has_mark(line, marks) for line in lines(page))


def clean(text: str) -> str:
    """A page's text as it is indexed and shown."""
    text = _PARTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", "".join(_kept(text)))
    text = _SPACES.sub(" ", text)
    return _LINES.sub("\n", _BETWEEN.sub("", text)).strip()


def lines(text: str) -> Iterator[str]:
    """The lines of a page as they stand there; characters that stand one below the other are one line."""
    upright = ""
    for line in _ENDS.split(text):  # a page break or another control character inside a mark ends no line
        bare = line.strip()
        if len(bare) == 1:
            upright += bare
            continue
        if upright:
            yield upright
            upright = ""
        if bare:
            yield bare
    if upright:
        yield upright


def _kept(text: str) -> Iterator[str]:
    for character in text:
        if character == "\n":
            yield character
        elif character in "\t\f\v\u2028\u2029\u0085":
            yield " "
        elif character.isprintable() or unicodedata.category(character) not in _DROPPED:
            yield character


def _pages(source: Source) -> Iterator[str]:
    """Each page's text as it stands in the file."""
    import pypdfium2

    whole = source.read_at(0, source.size) if source.size <= _WHOLE_BYTES else source.open()
    document = pypdfium2.PdfDocument(whole)
    try:
        for number in range(len(document)):
            page = document[number]
            try:
                layer = page.get_textpage()
                try:
                    yield layer.get_text_bounded()
                finally:
                    layer.close()
            finally:
                page.close()
    finally:
        document.close()
