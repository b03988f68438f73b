"""The query language: from what a person typed to a tree (`search.nodes`).

    档案 管理            both words, anywhere          "档案管理办法"     neighbouring, in this order
    题名:通知 title:通知  in one field                  date:[1949 TO 1966]  year:[2010 TO 2016}
    a AND b · a OR b · NOT a · (…)                     A014-WS·2016-Y-BGS-0026   any separator
    A014-WS·2016* arch*  what begins so                *                  everything in view
    *graph gr?y 档?管理   any characters, one           code:[A014-WS·2016-Y-0001 TO A014-WS·2016-Y-0100]

OR binds weakest, then AND (or nothing between two words), then NOT. `{` and `}` leave the bound
itself out. A date of year or month precision stands for all its days: it is in a range that any
of its days is in. Every query is either read wholly or refused with `QueryMistake`; none is
silently read as less than was typed. Not done here: asking an engine, knowing the view.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from search.errors import QueryMistake
from search.fields import NAMES, field_of
from search.leaves import phrase, range_, word
from search.lexer import Lexeme, Sign, lexemes
from search.nodes import And, Field, Node, Not, Or, Phrase, Prefix, Wild, Words

DEEPEST = 20
MOST_TOKENS = 400
MOST_PATTERNS = 8
_LONGEST_NAME = 30
MOST_OPEN = 2
"""So many patterns may begin with a wildcard: an engine reads all its words for each."""


def parse(text: str) -> Node:
    """The tree of `text`.

    Raises QueryMistake (0-based place, reason) for whatever cannot be read as written, for a query
    that asks for nothing, and past the limits: 2,000 characters, 20 brackets deep, 400 tokens,
    8 patterns, 2 that begin with a wildcard. Raises nothing else, whatever the text.
    """
    reader = _Reader(lexemes(text), len(text))
    node = reader.alternatives(depth=0)
    reader.refuse_rest()
    if node is None:
        raise QueryMistake(0, "there is no word to look for; * finds everything")
    _refuse_heavy(node)
    return node


class _Reader:
    """Recursive descent over the lexemes; None stands for punctuation that asks for nothing."""

    def __init__(self, signs: list[Lexeme], length: int) -> None:
        self._signs = signs
        self._end = Lexeme(Sign.CLOSE, "", length)
        self._next = 0

    def alternatives(self, depth: int, field: str = "") -> Node | None:
        """`all_of (OR all_of)*`"""
        parts = [self._all_of(depth, field)]
        while self._is(Sign.OR):
            operator = self._take()
            parts.append(self._all_of(depth, field))
            if parts[-2] is None or parts[-1] is None:
                raise QueryMistake(operator.place, "OR stands between two things to look for")
        return _joined(Or, parts)

    def refuse_rest(self) -> None:
        """Whatever is left after the outermost level is a bracket that was never opened."""
        if self._next < len(self._signs):
            raise QueryMistake(self._peek().place, "this bracket was not opened")

    def _all_of(self, depth: int, field: str) -> Node | None:
        """`negated (AND? negated)*`; punctuation between words counts for nothing."""
        parts: list[Node | None] = []
        operator: Lexeme | None = None
        while True:
            if self._is(Sign.AND):
                operator = self._take()
                if not parts or parts[-1] is None:
                    raise QueryMistake(operator.place, "AND stands between two things to look for")
            elif operator is None and (self._is(Sign.OR) or self._is(Sign.CLOSE)):
                return _joined(And, parts)
            part = self._negated(depth, field) if not self._is(Sign.OR) else None
            if part is None and operator is not None:
                raise QueryMistake(operator.place, "AND stands between two things to look for")
            parts.append(part)
            operator = None

    def _negated(self, depth: int, field: str) -> Node | None:
        """`NOT* primary`"""
        operator: Lexeme | None = None
        negative = False
        while self._is(Sign.NOT):
            operator = self._take()
            negative = not negative
        if operator is None:
            return self._primary(depth, field)
        part = None if self._is(Sign.AND) or self._is(Sign.OR) else self._primary(depth, field)
        if part is None:
            raise QueryMistake(operator.place, "NOT stands before something to leave out")
        return Not(part) if negative else part

    def _primary(self, depth: int, field: str) -> Node | None:
        if self._is(Sign.CLOSE):
            return None
        sign = self._take()
        match sign.sign:
            case Sign.OPEN:
                return self._group(sign, depth, field)
            case Sign.FIELD:
                return self._in_field(sign, depth, field)
            case Sign.PHRASE:
                return phrase(sign, field)
            case Sign.RANGE:
                return range_(sign, field)
        return word(sign, field)

    def _group(self, opening: Lexeme, depth: int, field: str) -> Node | None:
        if depth == DEEPEST:
            raise QueryMistake(opening.place, f"brackets go at most {DEEPEST} deep")
        inner = self.alternatives(depth + 1, field)
        if self._next == len(self._signs):
            raise QueryMistake(opening.place, "this bracket is not closed")
        self._take()
        return inner

    def _in_field(self, sign: Lexeme, depth: int, outer: str) -> Node:
        name = field_of(sign.text)
        if name is None:
            raise QueryMistake(sign.place, _no_field(sign.text))
        if outer:
            raise QueryMistake(sign.place, "a field cannot stand inside another")
        if self._peek().sign not in (Sign.WORD, Sign.PHRASE, Sign.RANGE, Sign.OPEN, Sign.FIELD):
            raise QueryMistake(sign.place, f"nothing follows {sign.text}:")
        part = self._primary(depth, name)
        if part is None:
            raise QueryMistake(sign.place, f"nothing follows {sign.text}:")
        return part

    def _peek(self) -> Lexeme:
        return self._signs[self._next] if self._next < len(self._signs) else self._end

    def _is(self, sign: Sign) -> bool:
        return self._peek().sign is sign

    def _take(self) -> Lexeme:
        taken = self._peek()
        self._next += 1
        return taken


def _no_field(name: str) -> str:
    near = get_close_matches(name.casefold(), NAMES, 1, 0.7) if len(name) <= _LONGEST_NAME else []
    meant = f"; is {near[0]} meant?" if near else ""
    return f"there is no field {name}{meant}; put words with a colon in quotes"


def _joined(kind: type[And] | type[Or], parts: list[Node | None]) -> Node | None:
    kept = tuple(part for part in parts if part is not None)
    if len(kept) > 1:
        return kind(kept)
    return kept[0] if kept else None


def _refuse_heavy(node: Node) -> None:
    """Bound what one query can cost the engine."""
    asked = list(_leaves(node))
    if sum(map(_tokens, asked)) > MOST_TOKENS:
        raise QueryMistake(0, f"a query has at most {MOST_TOKENS} words and characters to look for")
    patterns = [leaf for leaf in asked if isinstance(leaf, Prefix | Wild)]
    if len(patterns) > MOST_PATTERNS:
        raise QueryMistake(0, f"a query has at most {MOST_PATTERNS} words with wildcards")
    if sum(isinstance(leaf, Wild) and leaf.pattern[0] in "*?" for leaf in patterns) > MOST_OPEN:
        raise QueryMistake(0, f"at most {MOST_OPEN} words of a query begin with a wildcard")


def _leaves(node: Node) -> Iterator[object]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case Field(_, leaf):
            yield leaf
        case leaf:
            yield leaf


def _tokens(leaf: object) -> int:
    match leaf:
        case Words(words):
            return sum(map(len, words))
        case Phrase(tokens):
            return len(tokens)
    return 1
