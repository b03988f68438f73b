"""Did you mean: what somebody may have meant who found nothing.

For a Chinese word one character is another, or two neighbours changed places; for any other word one
letter is another, is too many or missing. Readings are taken from what hits in view show, and a query is
proposed only where it finds more through the same view, asked as if it had been typed. So what is
proposed is a function of what is in view, as every answer is. At most 12 questions. Traditional and
simplified characters are one to the index already. Not here: which pronunciation a character has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from search import segment
from search.errors import QueryMistake
from search.fields import KINDS, Kind, field_of
from search.index import Hit, Results
from search.lexer import Lexeme, Sign, lexemes
from search.nodes import ANY, Field, Like, Node, Or, Phrase, Words
from search.query import parse
from search.suggestions import SHOWN_FIELDS, Ask, shown

_FEW = 3
"""A word that finds fewer by itself may be mistyped. A query that finds anything is asked nothing more: who
looks for one record by its title has it, and readings would cost several questions."""

_MOST_ASKED = 12
_READ = 100
_MOST_WORDS = 4
_MOST_WRONG = 3
_MOST_PROPOSED = 3
_LONGEST = 8
_SHORTEST_WORD = 4


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of the query: its place in the text (start, end), its tokens, its field or ""."""

    start: int
    end: int
    tokens: tuple[str, ...]
    field: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,) if self.field else SHOWN_FIELDS

    @property
    def chinese(self) -> bool:
        return segment.wide(self.tokens[0])


@dataclass(slots=True)
class _Counted:
    """`ask`, so many times and no more."""

    ask: Ask
    left: int = field(default=_MOST_ASKED)

    def __call__(self, query: Node, limit: int = 0) -> Results:
        if not self.left:
            return Results(0, ())
        self.left -= 1
        return self.ask(query, limit=limit)


def meant(text: str, found: int, ask: Ask) -> tuple[str, ...]:
    """Queries, at most three, that differ from `text` in a word and find more than `found` through `ask`.

    None where anything was `found`, or `text` is no query. Raises what `ask` raises.
    """
    if found:
        return ()
    counted = _Counted(ask)
    try:
        pieces = list(_pieces(text, lexemes(text)))[:_MOST_WORDS]
    except QueryMistake:
        return ()
    wrong = [one for one in pieces if len(pieces) == 1 or counted(_as_asked(one)).total < _FEW]
    read = [(one, _readings(one, counted)) for one in wrong[:_MOST_WRONG]]
    proposed = (_replaced(text, choice) for choice in _choices(read))
    return tuple(one for one in dict.fromkeys(proposed) if _finds_more(one, found, counted))[:_MOST_PROPOSED]


def _pieces(text: str, signs: list[Lexeme]) -> Iterator[_Piece]:
    """The words that may be mistyped: not in a field that hits do not show, no codes, numbers or stars."""
    name = ""
    for sign in signs:
        if sign.sign is Sign.FIELD:
            name = field_of(sign.text) or sign.text
            continue
        asked, name = name, ""
        if sign.sign is not Sign.WORD or (asked and asked not in SHOWN_FIELDS):
            continue
        if asked and KINDS[asked] is not Kind.TEXT:
            continue
        if text[sign.place : sign.place + len(sign.text)] != sign.text or segment.code_like(sign.text):
            continue
        placed = segment.placed(sign.text)
        at = 0
        for word in segment.words(sign.text):
            here, at = placed[at : at + len(word)], at + len(word)
            if tuple(token for token, _, _ in here) == word and _mistakable(word):
                yield _Piece(sign.place + here[0][1], sign.place + here[-1][2], word, asked)


def _mistakable(word: tuple[str, ...]) -> bool:
    if all(map(segment.wide, word)):
        return 2 <= len(word) <= _LONGEST
    return len(word) == 1 and len(word[0]) >= _SHORTEST_WORD and word[0].isalpha()


def _as_asked(piece: _Piece) -> Node:
    words = Words((piece.tokens,))
    return Field(piece.field, words) if piece.field else words


def _readings(piece: _Piece, ask: _Counted) -> list[str]:
    """What hits in view show instead, whole words first, then the most frequent."""
    near = _near(piece.tokens) if piece.chinese else [Like(piece.tokens[0])]
    query = Or(tuple(Field(name, part) for name in piece.fields for part in near))
    counts: Counter[str] = Counter()
    for hit in ask(query, _READ).hits:
        counts.update(set(_alike(hit, piece)))
    order = sorted(counts, key=lambda one: (len(segment.words(one)) > 1, -counts[one], one))
    return order[:_MOST_PROPOSED]


def _near(tokens: tuple[str, ...]) -> list[Phrase]:
    """One character replaced, at every place; two neighbours exchanged, at every place."""
    places = range(len(tokens))
    replaced = [(*tokens[:at], ANY, *tokens[at + 1 :]) for at in places[1:-1]]
    exchanged = [(*tokens[:at], tokens[at + 1], tokens[at], *tokens[at + 2 :]) for at in places[:-1]]
    return [Phrase(one) for one in dict.fromkeys([tokens[1:], tokens[:-1], *replaced, *exchanged])]


def _alike(hit: Hit, piece: _Piece) -> Iterator[str]:
    """The words that a hit shows and that are nearly the piece, as it writes them."""
    for name in piece.fields:
        text = shown(hit, name)
        if piece.chinese:
            yield from _one_apart(text, piece.tokens)
        else:
            yield from (one for one in segment.tokens(text) if _like(one, piece.tokens[0]))


def _one_apart(text: str, tokens: tuple[str, ...]) -> Iterator[str]:
    """What of a text differs in one character, or in two neighbours that changed places. Where folding does
    not leave each character in its place, nothing: an answer does not hang on such a text.
    """
    folded, length = segment.fold(text), len(tokens)
    if len(folded) != len(text):
        return
    for found in _nearly(tokens).finditer(folded):
        one = found.group(1)
        if one != "".join(tokens) and all(map(segment.wide, one)):
            yield text[found.start() : found.start() + length]


@lru_cache(maxsize=256)
def _nearly(tokens: tuple[str, ...]) -> re.Pattern[str]:
    """Finds runs as long as the tokens in which one is another, or two neighbours changed places."""
    places = range(len(tokens))
    replaced = ["".join((*tokens[:at], ".", *tokens[at + 1 :])) for at in places]
    exchanged = ["".join((*tokens[:at], tokens[at + 1], tokens[at], *tokens[at + 2 :])) for at in places[:-1]]
    return re.compile(f"(?=({'|'.join([*replaced, *exchanged])}))")


def _like(one: str, other: str) -> bool:
    """Whether a word differs by one letter: another, one too many, one missing, or two exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), None)
    at = min(len(one), len(other)) if same is None else same
    exchanged = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return exchanged or one[at + 1 :] in (other[at + 1 :], other[at:]) or one[at:] == other[at + 1 :]


_Choice = list[tuple[_Piece, str]]


def _choices(read: list[tuple[_Piece, list[str]]]) -> Iterator[_Choice]:
    """Which words to put another reading in for: the best of all wrong ones, then each alone."""
    readable = [(piece, readings) for piece, readings in read if readings]
    if len(readable) > 1:
        yield [(piece, readings[0]) for piece, readings in readable]
    yield from ([(piece, one)] for piece, readings in readable for one in readings)


def _replaced(text: str, choice: _Choice) -> str:
    for piece, reading in sorted(choice, key=lambda one: -one[0].start):
        text = text[: piece.start] + reading + text[piece.end :]
    return text


def _finds_more(text: str, found: int, ask: _Counted) -> bool:
    try:
        return ask(parse(text)).total > found
    except QueryMistake:
        return False
