"""Words of a text, for indexing and for queries, by one rule.

The index holds every Chinese character as a token of its own, in order, and every run of other
letters and digits as one token. A word or phrase is then looked for as *neighbouring* tokens, so
whatever stands contiguously in a title is found, however a dictionary would have cut the title.
The dictionary (rjieba) cuts queries only: it decides which parts of an unquoted run must be
contiguous, and every part it can give is itself contiguous in any text that holds the run.

Punctuation, spaces and separators never reach the index: `A014-WS·2016` and `A014 WS•2016` are the
same tokens. Not done here: traditional and simplified forms are different characters; no stemming.
"""

from __future__ import annotations

import re
import unicodedata

_WIDE = "\u3005-\u3007\u3041-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
_WIDE += "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_LONGEST = 64
_WIDE_RUN = re.compile(f"[{_WIDE}]+")
_TOKEN = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]{{1,{_LONGEST}}}")
_PIECE = re.compile(rf"[{_WIDE}]+|[^\W_{_WIDE}](?:[^\s{_WIDE}]*[^\W_{_WIDE}])?")
_SEPARATOR = "[-\u00b7\u2010-\u2015\u2022\u2027\u2212\u30fb_./]"
_CODE = re.compile(rf"[a-z0-9]+(?:{_SEPARATOR}[^\W_]+)+")
_UNSEEN = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_SURROGATE = re.compile("[\ud800-\udfff]")


def fold(text: str) -> str:
    """`text` as it is compared: NFKC (full-width letters become narrow), case folded, marks that
    nobody sees removed, lone surrogates replaced. Folding twice changes nothing more.
    """
    if text.isascii():
        return text.lower()
    text = _SURROGATE.sub("\ufffd", text).translate(_UNSEEN)
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", once.translate(_UNSEEN).casefold())


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of `text` in order: a Chinese character each, or a run of letters and digits.

    Runs longer than 64 characters are several tokens, in the index and in a query alike.
    """
    return tuple(_TOKEN.findall(fold(text)))


def stream(text: str) -> str:
    """The tokens of `text` with one space between, as the engine's whitespace tokenizer reads them."""
    return " ".join(_TOKEN.findall(fold(text)))


def key(text: str) -> str:
    """A code or code-like value as one comparable term, whatever its separators and case."""
    return "-".join(_TOKEN.findall(fold(text)))


def wide(token: str) -> bool:
    """Whether a token is a character of a script written without spaces."""
    return _WIDE_RUN.match(token) is not None


def code_like(text: str) -> bool:
    """Whether a run is written like an archival code: letters or digits, then parts behind separators."""
    return _CODE.fullmatch(fold(text)) is not None


def words(text: str) -> tuple[tuple[str, ...], ...]:
    """The parts of an unquoted run of a query, each to be found as neighbouring tokens.

    What is written like an archival code stays in one piece; a Chinese run is cut by the dictionary;
    letters and digits joined by punctuation (`3.5`, `and/or`) stay together.
    """
    folded = fold(text)
    if code_like(folded):
        return (tuple(_TOKEN.findall(folded)),)
    parts: list[tuple[str, ...]] = []
    for piece in _PIECE.findall(folded):
        if _WIDE_RUN.match(piece):
            parts.extend(_cut(piece))
        else:
            parts.append(tuple(_TOKEN.findall(piece)))
    return tuple(part for part in parts if part)


def placed(text: str) -> list[tuple[str, int, int]]:
    """The tokens of `text` with the start and end of each in `text` itself (in characters).

    For marking only: where folding joins characters (a half-width kana and its mark) a place may be
    missed, never wrong by more than the characters that were joined.
    """
    folded = fold(text)
    if len(folded) == len(text):
        return [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(folded)]
    joined: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        for part in fold(character):
            joined.append(part)
            origin.append(place)
    found = _TOKEN.finditer("".join(joined))
    return [(m.group(), origin[m.start()], origin[m.end() - 1] + 1) for m in found]


def _cut(run: str) -> list[tuple[str, ...]]:
    """A Chinese run cut into words; single characters in a row stay together, as names often fall apart."""
    import rjieba  # loads its dictionary at first use

    parts: list[str] = []
    alone = False
    for word in rjieba.cut(run):
        if len(word) == 1 and alone:
            parts[-1] += word
        else:
            parts.append(word)
        alone = len(word) == 1
    return [tuple(part) for part in parts]
