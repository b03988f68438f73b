"""Spellings: what must not tell two texts apart, and what must be shown rather than printed.

Tables here are of Unicode, not of any province. Not done here: deciding what a folded text means.
"""

from __future__ import annotations

import re
import unicodedata

DOT = "\u00b7"
HYPHEN = "-"
# Dots that stand for U+00B7 in codes: bullet, hyphenation point, katakana middle dots, bullet operators.
DOTS = "\u00b7\u2022\u2027\u30fb\uff65\u22c5\u2219\u0387"
# Hyphens, dashes and minus signs; keyboards and table programs put any of them.
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"

_CODE = str.maketrans(
    dict.fromkeys(DOTS, DOT)
    | dict.fromkeys(HYPHENS, HYPHEN)
    | {chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F) if wide != 0xFF0D}
)
# C0 and C1 controls, soft hyphen, zero-width, bidi and other format marks, separators of lines,
# surrogates, noncharacters of the first plane, and U+FFFD, which stands where decoding failed.
_MARKS = (
    "\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffd-\uffff\U000e0000-\U000e007f"
)
_HIDDEN = re.compile(f"[{_MARKS}]")
_UNSEEN = re.compile(f"[{_MARKS}\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Signs laid over the character before them: they change how a mark looks and not what it says.
_OVERLAID = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2800\u3164\ufe20-\ufe2f]")
_PUNCTUATION = re.compile(r"[\W_]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")


def fold_code(text: str) -> str:
    """A code or a part of one in canonical spelling: U+00B7, `-`, half width, NFC, no outer space."""
    return unicodedata.normalize("NFC", text).translate(_CODE).strip()


def fold_heading(text: str) -> str:
    """A heading as it is compared: `fold_word` without punctuation, so `*密级` and `【密级】` are one."""
    return _PUNCTUATION.sub("", fold_word(text))


def fold_word(text: str) -> str:
    """A heading or a word of a value list without width, case and white space: what is compared."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\ufeff", "")
    return "".join(folded.split())


def bare(text: str) -> str:
    """`fold_word` without invisible characters and variation selectors: a secrecy level as it is compared."""
    return _UNSEEN.sub("", fold_word(text))


def searched(text: str) -> tuple[str, str]:
    """What a mark is searched in: lower case, NFKC, without anything unseen or laid over a character.

    First with white space (each run one space), then without any.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if not words.isascii():
        words = _OVERLAID.sub("", _UNSEEN.sub("", unicodedata.normalize("NFKD", words)))
        words = unicodedata.normalize("NFC", words)
    return words, words.replace(" ", "")


def hidden_in(text: str, allowed: str = "") -> str:
    """The control, bidi, invisible, replacement and non-characters of `text`, in order of appearance."""
    return "".join(dict.fromkeys(c for c in _HIDDEN.findall(text) if c not in allowed))


def private_in(text: str) -> str:
    """The characters of private use areas in `text`, in order of appearance."""
    return "".join(dict.fromkeys(_PRIVATE.findall(text)))


def visible(text: str) -> str:
    """`text` with control, bidi, invisible and lone surrogate characters as escapes such as `\\u202e`."""
    return _HIDDEN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
