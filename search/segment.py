"""Words of a text, for indexing and for queries, by one rule.

The index holds every Chinese character as a token of its own, in order, and every run of other
letters and digits as one token. A word or phrase is then looked for as *neighbouring* tokens, so
whatever stands contiguously in a title is found, however a dictionary would have cut the title.
The dictionary (rjieba) cuts queries only: it decides which parts of an unquoted run must be
contiguous, and every part it can give is itself contiguous in any text that holds the run.

Punctuation, spaces and separators never reach the index: `A014-WS·2016` and `A014 WS•2016` are the
same tokens; so are a character's traditional and simplified forms (`search.variants`). A personal
identifier is one token, however it was grouped, and begins with PRIVATE, by which an engine keeps it
from whoever may not ask for it. Not done here: stemming; knowing who asks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from policies.screening import identifiers
from search.variants import simplified, simplified_rare

PRIVATE = "\ue000"
"""Begins the token of a personal identifier. Nothing that somebody types or writes folds to it."""

AFTER = "0"
"""Behind a `code_order` it comes after every code that begins so, and before all others."""

WIDE = "\u3005-\u3007\u3041-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
WIDE += "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
"""The characters of scripts that are written without spaces, for an expression's brackets."""
_FIRST_WIDE = WIDE[0]
_LONGEST = 64
_WIDE_RUN = re.compile(f"[{WIDE}]+")
_TOKEN = re.compile(rf"[{WIDE}]|[^\W_{WIDE}]{{1,{_LONGEST}}}")
_MARKED = re.compile(rf"{PRIVATE}?(?:[{WIDE}]|[^\W_{WIDE}]{{1,{_LONGEST}}})")
_RUNS = re.compile(rf"[{WIDE}]+|[^\W_{WIDE}]{{1,{_LONGEST}}}")
_PIECE = re.compile(rf"{PRIVATE}[0-9a-z]+|[{WIDE}]+|[^\W_{WIDE}](?:[^\s{PRIVATE}{WIDE}]*[^\W_{WIDE}])?")
_SEPARATOR = "[-\u00b7\u2010-\u2015\u2022\u2027\u2212\u30fb_./]"
_CODE = re.compile(rf"[a-z0-9]+(?:{_SEPARATOR}[^\W_]+)+")
# What nobody sees: soft hyphen, zero-width and direction marks, tags, variation selectors.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_FIRST, _LAST = 0x4E00, 0x9FFF  # common ideographs
_NO_CHARACTER = re.compile(f"[\ud800-\udfff{PRIVATE}]")
_RARE = re.compile("[\U00020000-\U0003ffff]")
# Besides ASCII and common ideographs, what a title is made of; folding changes none of it into a token.
_PLAIN = (
    "\x00-\x7f\u00b7\u2014\u2018\u2019\u201c\u201d\u2026\u3001\u3002\u3005-\u3007\u3008-\u3011\u3014-\u301b"
)
_PLAIN += "\uff01-\uff0a\uff0c\uff0e\uff0f\uff1a-\uff20\uff3b-\uff3d\uff5b-\uff5e"
# What no identifier is without, however it is grouped; looked for first, as most texts have none.
_DIGITS = re.compile("(?:[0-9][^0-9]?){6}[0-9]")
_ORDERED = re.compile("[0-9]+|[^0-9a-z]")
_PLACES = 10


def fold(text: str) -> str:
    """`text` as it is compared: NFKC (full-width letters become narrow), case folded, Chinese characters
    simplified one by one, marks that nobody sees removed, lone surrogates replaced. Folding twice
    changes nothing more.
    """
    if text.isascii():
        return text.lower()
    text = _UNSEEN.sub("", _NO_CHARACTER.sub("\ufffd", text))
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", once).casefold()).translate(simplified())
    return folded.translate(simplified_rare()) if _RARE.search(folded) else folded


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of `text` in order: a Chinese character each, a run of letters and digits, or PRIVATE
    and a personal identifier without its spaces and hyphens.

    Runs longer than 64 characters are several tokens, in the index and in a query alike.
    """
    return tuple(stream(text).split())


def stream(text: str) -> str:
    """The tokens of `text` with one space between, as the engine's whitespace tokenizer reads them."""
    if not text.isascii() and _unusual().search(text):
        return " ".join(_found(_read(text)))
    folded = text.lower()
    if _DIGITS.search(folded) and identifiers(folded):
        return " ".join(_found(_read(text)))
    return " ".join([" ".join(run) if run > "\u3004" else run for run in _RUNS.findall(folded)])


def code_order(text: str) -> str:
    """What a code is ordered by: its parts joined with `-`, numbers as numbers. Holds `0-9a-z-` only.

    A code comes before those that it is the beginning of, and `code_order(code) + AFTER` after all of them.
    """
    return "-".join(_ORDERED.sub(_ordered, token) for token in _TOKEN.findall(fold(text)))


def as_it_stands(text: str) -> bool:
    """Whether small letters are all the folding that a text needs, and no personal identifier is in it."""
    return usual(text) and not (_DIGITS.search(text) and identifiers(text))


def usual(text: str) -> bool:
    """Whether small letters are all the folding that a text needs, whatever its numbers are."""
    return text.isascii() or not _unusual().search(text)


def runs(plain: str) -> list[str]:
    """Of a text taken as it stands, in small letters: Chinese characters in a row, and other tokens."""
    return _RUNS.findall(plain)


def key(text: str) -> str:
    """A code or code-like value as one comparable term, whatever its separators and case."""
    return "-".join(_TOKEN.findall(fold(text)))


def wide(token: str) -> bool:
    """Whether a token is a character of a script written without spaces."""
    return token >= _FIRST_WIDE and _WIDE_RUN.match(token) is not None


def code_like(text: str) -> bool:
    """Whether a run is written like an archival code: letters or digits, then parts behind separators."""
    return _CODE.fullmatch(fold(text)) is not None


def words(text: str) -> tuple[tuple[str, ...], ...]:
    """The parts of an unquoted run of a query, each to be found as neighbouring tokens.

    What is written like an archival code stays in one piece; a Chinese run is cut by the dictionary;
    letters and digits joined by punctuation (`3.5`, `and/or`) stay together.
    """
    marked = _marked(_read(text))
    if code_like(marked):
        return (tuple(_MARKED.findall(marked)),)
    parts: list[tuple[str, ...]] = []
    for piece in _PIECE.findall(marked):
        if _WIDE_RUN.match(piece):
            parts.extend(_cut(piece))
        else:
            parts.append(tuple(_MARKED.findall(piece)))
    return tuple(part for part in parts if part)


def placed(text: str) -> list[tuple[str, int, int]]:
    """The tokens of `text` with the start and end of each in `text` itself (in characters).

    For marking only: where folding joins characters (a half-width kana and its mark) a place may be
    missed, never wrong by more than the characters that were joined.
    """
    spans = identifiers(text)
    apart, origin = _spaced(text, spans), list(range(len(text)))
    for place in sorted((place for span in spans for place in span), reverse=True):
        origin.insert(place, min(place, len(text) - 1))
    folded = fold(apart)
    if len(folded) != len(apart):
        pairs = [(part, place) for place, sign in zip(origin, apart, strict=True) for part in fold(sign)]
        folded, origin = "".join(part for part, _ in pairs), [place for _, place in pairs]
    found: list[tuple[str, int, int]] = []
    at = 0
    for start, end in (*identifiers(folded), (len(folded), len(folded))):
        ordinary = [(match.group(), *match.span()) for match in _TOKEN.finditer(folded, at, start)]
        private = [(token, start, end) for token in _private(folded[start:end]).split()]
        found += [(token, origin[low], origin[high - 1] + 1) for token, low, high in ordinary + private]
        at = end
    return found


@cache
def _unusual() -> re.Pattern[str]:
    """Finds what only `fold` can read; the rest are ASCII, simplified characters and their punctuation."""
    forms = [point for point in simplified() if point >= _FIRST]
    ends = zip([_FIRST - 1, *forms], [*forms, _LAST + 1], strict=True)
    gaps = (f"{chr(low + 1)}-{chr(high - 1)}" for low, high in ends if low + 1 < high)
    return re.compile(f"[^{_PLAIN}{''.join(gaps)}]")


def _read(text: str) -> str:
    """`text` folded, with every personal identifier that stands in it apart from its neighbours: folding
    joins a number and the sign of its note, and what was an identifier would be one no more.
    """
    return fold(_spaced(text, identifiers(text)))


def _spaced(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with a space before and behind each span."""
    cuts = [0, *(place for span in spans for place in span), len(text)]
    return " ".join([text[low:high] for low, high in pairwise(cuts)])


def _found(folded: str) -> list[str]:
    return _MARKED.findall(_marked(folded))


def _marked(folded: str) -> str:
    """A folded text with every personal identifier in one piece behind PRIVATE, apart from its neighbours."""
    spans = identifiers(folded) if _DIGITS.search(folded) else []
    if not spans:
        return folded
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [folded[at:start], " ", _private(folded[start:end]), " "]
        at = end
    return "".join([*parts, folded[at:]])


def _private(identifier: str) -> str:
    """Its tokens, joined; where they are longer than a token may be, several, each of them private."""
    joined = "".join(_TOKEN.findall(identifier))
    chunks = (joined[at : at + _LONGEST] for at in range(0, len(joined), _LONGEST))
    return " ".join(PRIVATE + chunk for chunk in chunks)


def _ordered(match: re.Match[str]) -> str:
    """A number in ten places, a longer one behind all of those; another sign as its number behind `z`."""
    found = match.group()
    if not found.isascii() or not found.isdigit():
        return f"z{ord(found):06x}"
    digits = found.lstrip("0")
    if len(digits) <= _PLACES:
        return digits.zfill(_PLACES)
    return f"{'9' * _PLACES}{len(digits):02d}{digits}"


def _cut(run: str) -> list[tuple[str, ...]]:
    """A Chinese run cut into words; single characters in a row stay together, as names often fall apart."""
    if len(run) < 3:
        return [tuple(run)]
    import rjieba  # loads its dictionary at first use, in a tenth of a second

    parts: list[str] = []
    alone = False
    for word in rjieba.cut(run):
        if len(word) == 1 and alone:
            parts[-1] += word
        else:
            parts.append(word)
        alone = len(word) == 1
    return [tuple(part) for part in parts]
