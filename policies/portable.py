"""Names and cells that any other system takes: files on any disk or disc, tables in any spreadsheet.

Text in, text out; the same text always gives the same name. Not done here: where files stand.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

MOST_UNITS = 64
"""UTF-16 units of one part of a path. Source: the Joliet extension of ISO 9660 (64 characters)."""

_MOST_BYTES = 200
_FORBIDDEN = re.compile(
    '[\x00-\x1f\x7f-\x9f<>:;"/\\\\|?*%\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]'
)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE | re.DOTALL)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_BEGINS_A_FORMULA = re.compile(r"[\s\x00-\x1f]*['=+\-@＝＋－＠]|[\t\r\n]")


def portable_name(name: str) -> str:
    """`name` as one part of a path that Windows, macOS, Linux, BagIt and Joliet discs all take.

    NFC; at most 64 UTF-16 units and 200 bytes. A name that had to be changed ends in `~` and 8
    hexadecimal digits of its SHA-256, before its suffix, so that two names never become one.
    """
    whole = unicodedata.normalize("NFC", name)
    clean = _FORBIDDEN.sub("_", whole).rstrip(". ").lstrip()
    if not clean or clean.startswith(".") or _DEVICES.fullmatch(clean):
        clean = f"_{clean}"
    if clean == whole and _fits(clean):
        return clean
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    ending = f"~{digest}{suffix_of(clean)}"
    stem = clean.removesuffix(suffix_of(clean))
    while not _fits(stem + ending):
        stem = stem[:-1]
    return stem.rstrip(". ") + ending


def suffix_of(name: str) -> str:
    """The suffix of a file's name with its dot, where it is a plain one; else "" (`.pdf`, `.tar`)."""
    dot = name.rfind(".")
    suffix = name[dot:] if dot > 0 else ""
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _fits(name: str) -> bool:
    return len(name.encode("utf-16-le")) // 2 <= MOST_UNITS and len(name.encode()) <= _MOST_BYTES


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet runs: `'` goes before what could begin a formula.

    It also goes before a `'` that stands first, so a reader who takes one `'` away has the value again.
    """
    text = str(value)
    return f"'{text}" if _BEGINS_A_FORMULA.match(text) else text


def csv_line(values: Iterable[object]) -> str:
    """One line of a table for any spreadsheet (RFC 4180): every cell quoted and safe (`cell`)."""
    return ",".join('"' + cell(value).replace('"', '""') + '"' for value in values) + "\r\n"


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: object) -> str:
    """A value as character data of XML 1.0 (or HTML); what XML cannot hold becomes U+FFFD."""
    text = _NOT_XML.sub("\ufffd", str(value))
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(sign, entity)
    return text
