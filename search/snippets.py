"""The part of a document that shows why it was found.

A pure function of the query and of the stored text of one visible document: engines' own snippet
makers weigh words by the whole collection and so tell of hidden documents. A text is first looked through
by one expression a word, and only the piece around what it finds is folded, cut and, where somebody may
not read personal identifiers, masked; so a long text costs little more than a short one. Not done here:
escaping for a terminal or a page; text that itself holds « or » is shown as it is (`spans` gives places).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as field_of_class
from functools import cache, lru_cache

from search import segment, variants
from search.nodes import ANY, And, Field, Node, Or, Phrase, Prefix, Wild, Words

WIDTH = 80
_BEFORE = 20
_AROUND = 80
"""So much text on both sides is read with a window: more than an identifier has."""
_SHORT = 400
_READ_AT_MOST = 200_000
_TRIED = 20
_ORDER = (
    "title", "abstract", "text", "notes", "keywords", "people", "place", "author", "document_number", "genre",
)  # fmt: skip
_LETTER = rf"[^\W_{segment.WIDE}]"
_WIDE_RUN = re.compile(f"[{segment.WIDE}]+")
_GAP = re.compile(r"(?<![\W_])[\W_]{1,20}(?![\W_])")
"""What may stand between two neighbouring tokens."""
_Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Neighbouring tokens that a query looks for, in one field or ("") in any; `begins` for a prefix, `wild`
    for one token with `*` and `?`.
    """

    tokens: tuple[str, ...]
    field: str = ""
    begins: bool = False
    wild: bool = False
    run: str = field_of_class(default="", init=False, compare=False)
    """The tokens in one, where they are nothing but characters of scripts without spaces."""

    def __post_init__(self) -> None:
        if not (self.begins or self.wild or ANY in self.tokens):
            run = "".join(self.tokens)
            if _WIDE_RUN.fullmatch(run):
                object.__setattr__(self, "run", run)


def wanted(node: Node, field: str = "") -> tuple[Wanted, ...]:
    """What a tree looks for, in the order of the query; what stands under NOT is not looked for."""
    match node:
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(one for part in parts for one in wanted(part)))
        case Field(name, Words() | Phrase() | Prefix() | Wild() as part):
            return wanted(part, name)
        case Words(words):
            return tuple(Wanted(word, field) for word in words)
        case Phrase(tokens):
            return (Wanted(tokens, field),)
        case Prefix(start) if "-" not in start:
            return (Wanted((start,), field, begins=True),)
        case Wild(pattern) if "-" not in pattern:
            return (Wanted((pattern,), field, wild=True),)
        case _:
            return ()


def spans(text: str, wanting: tuple[Wanted, ...]) -> list[tuple[int, int]]:
    """Where in `text` (start, end, in characters) what is wanted stands; in order, not overlapping."""
    text = text[:_READ_AT_MOST]
    if segment.as_it_stands(text) and not any(want.wild for want in wanting):
        found = sorted(_plainly(text, wanting))
    else:
        placed = segment.placed(text)
        found = sorted(span for want in wanting for span in _places(placed, want))
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def snippet(texts: Mapping[str, str], wanting: tuple[Wanted, ...], mask: _Mask | None = None) -> str:
    """Some 80 characters of the field that holds most of what is wanted, marked with « and ».

    `texts` maps field names to stored text; `mask` takes out of it what the asker may not read, without
    changing its length. Where nothing can be marked, the title's beginning.
    """
    return Marker(wanting).snippet(texts, mask)


class Marker:
    """Marks one document after the other with what one query wants."""

    def __init__(self, wanting: tuple[Wanted, ...]) -> None:
        self._most = len(wanting)
        self._fields = {
            name: tuple([want for want in wanting if want.field in ("", name)]) for name in _ORDER
        }

    def snippet(self, texts: Mapping[str, str], mask: _Mask | None = None) -> str:
        """See `snippet`."""
        best, most = "title", 0
        for name in _ORDER:
            text, here = texts.get(name, ""), self._fields[name]
            if not text or len(here) <= most:
                continue
            held = sum([_holds(text, want) for want in here])
            if held > most:
                best, most = name, held
            if most == self._most:
                break
        return _shown(texts.get(best, ""), self._fields[best], mask)


def _holds(text: str, want: Wanted) -> bool:
    """Whether a text may hold what is wanted. What is made of Chinese characters alone is compared as it is
    before an expression is made of it: making one takes longer than looking through a page of titles.
    """
    if want.run:
        if text.find(want.run, 0, _READ_AT_MOST) >= 0:
            return True
        if segment.usual(text[:_READ_AT_MOST]):
            return want.run[0] in text and want.run in _GAP.sub("", text[:_READ_AT_MOST])
    return _expression(want).search(text, 0, _READ_AT_MOST) is not None


def _plainly(text: str, wanting: tuple[Wanted, ...]) -> Iterator[tuple[int, int]]:
    """Where what is wanted stands in a text that needs no folding but small letters."""
    for want in wanting:
        run = want.run
        if not run:
            yield from (match.span() for match in _overlapping(_expression(want), text))
            continue
        places = _found(run, text)
        if text.count(run[0]) == len(places):  # none begins anywhere else, with a gap in it
            yield from ((at, at + len(run)) for at in places)
        else:
            kept = _kept(text)
            joined = "".join([text[at] for at in kept])
            yield from ((kept[at], kept[at + len(run) - 1] + 1) for at in _found(run, joined))


def _found(run: str, text: str) -> list[int]:
    """Every place of a run in a text, overlapping ones too."""
    places: list[int] = []
    at = text.find(run)
    while at >= 0:
        places.append(at)
        at = text.find(run, at + 1)
    return places


def _kept(text: str) -> list[int]:
    """The places of the characters that are left where gaps are taken out."""
    places = list(range(len(text)))
    for gap in reversed(list(_GAP.finditer(text))):
        del places[gap.start() : gap.end()]
    return places


def _shown(text: str, wanting: tuple[Wanted, ...], mask: _Mask | None) -> str:
    """A window of the text around the first place of what is wanted."""
    if len(text) > _SHORT:
        for place in _likely(text, wanting):
            low, high = max(0, place - _BEFORE - _AROUND), place + WIDTH + _AROUND
            piece = mask(text[low:high]) if mask else text[low:high]
            marks = [one for one in spans(piece, wanting) if one[0] >= place - low]
            if marks and marks[0][0] <= place - low + _BEFORE:
                return _cut_out(piece, marks, low > 0, high < len(text))
        piece = text[: WIDTH + _AROUND]
        return _cut_out(mask(piece) if mask else piece, [], False, True)
    masked = mask(text) if mask else text
    return _cut_out(masked, spans(masked, wanting) if wanting else [], False, False)


def _likely(text: str, wanting: tuple[Wanted, ...]) -> Iterator[int]:
    """The first places of a text where something wanted may stand, each word's in turn, in order."""
    found: list[int] = []
    for want in wanting:
        places = _expression(want).finditer(text, 0, _READ_AT_MOST)
        found += [match.start() for match, _ in zip(places, range(_TRIED), strict=False)]
    return iter(sorted(set(found))[:_TRIED])


@lru_cache(maxsize=1_000)
def _expression(want: Wanted) -> re.Pattern[str]:
    """Finds where a text, not folded, may hold what is wanted: common forms of each character."""
    if want.wild or want.begins:
        token = want.tokens[0]
        body = "".join(_one(sign) for sign in token) + (f"{_LETTER}*" if want.begins else "")
        return re.compile(f"(?<![a-zA-Z0-9]){body}")
    parts = []
    for token in want.tokens:
        if token == ANY:
            parts.append("(?:[a-zA-Z0-9]+|[^\\W_])")
            continue
        token = token.removeprefix(segment.PRIVATE)
        letters = [_one(sign) for sign in token]
        private = want.tokens != (token,) and len(letters) > 1 and token.isascii() and token.isdigit()
        joined = (r"[\W_]?" if private else "").join(letters)
        parts.append(joined if segment.wide(token) else f"(?<![a-zA-Z0-9]){joined}(?![a-zA-Z0-9])")
    return re.compile(r"[\W_]{0,20}".join(parts))


def _one(sign: str) -> str:
    """The forms of a character that folding makes one, as far as they are common."""
    if sign == "*":
        return "[^\\W_]*"
    if sign == "?":
        return "[^\\W_]"
    forms = {sign, sign.upper(), *_forms().get(sign, ())}
    if "!" <= sign <= "~":
        forms |= {chr(ord(form) + 0xFEE0) for form in (sign, sign.upper())}
    forms = {form for form in forms if len(form) == 1}
    return f"[{''.join(sorted(re.escape(form) for form in forms))}]" if len(forms) > 1 else re.escape(sign)


@cache
def _forms() -> dict[str, list[str]]:
    """The other forms of each simplified character."""
    found: dict[str, list[str]] = {}
    for form, simple in variants.simplified().items():
        found.setdefault(simple, []).append(chr(form))
    return found


def _overlapping(expression: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    match = expression.search(text)
    while match:
        yield match
        match = expression.search(text, match.start() + 1)


def _places(placed: list[tuple[str, int, int]], want: Wanted) -> list[tuple[int, int]]:
    tokens, length = want.tokens, len(want.tokens)
    if want.begins:
        return [(start, end) for token, start, end in placed if token.startswith(tokens[0])]
    if want.wild:
        fits = re.compile(tokens[0].replace("?", ".").replace("*", ".*")).fullmatch
        return [(start, end) for token, start, end in placed if fits(token)]
    return [
        (placed[at][1], placed[at + length - 1][2])
        for at in range(len(placed) - length + 1)
        if placed[at][0] == tokens[0] and all(tokens[i] in (ANY, placed[at + i][0]) for i in range(1, length))
    ]


def _cut_out(text: str, marks: list[tuple[int, int]], more_before: bool, more_behind: bool) -> str:
    """A window of the text around its first mark."""
    start = max(0, marks[0][0] - _BEFORE) if marks else 0
    end = min(len(text), start + WIDTH)
    start = max(0, min(start, end - WIDTH))
    pieces: list[str] = []
    at = start
    for first, last in marks:
        if first >= end:
            break
        pieces += [text[at:first], "«", text[first : min(last, end)], "»"]
        at = min(last, end)
    shown = "".join([*pieces, text[at:end]])
    shown = " ".join(shown.split())
    before, behind = start or more_before, end < len(text) or more_behind
    return ("…" if before else "") + shown + ("…" if behind else "")
