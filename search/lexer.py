"""Cutting a query into signs: quotes, brackets, field names, operators, words.

The cutting is whoosh's (`QueryParser.tag` with taggers of its plugins). Its filters, which would
build the tree, are not used: they drop what they cannot place and never say so, while here a
query that cannot be read as written is refused with its place (`search.query`).

Full-width signs, as a Chinese keyboard types them, are signs where they are paired or follow a
field name, and punctuation otherwise: a title pasted with them must still find its item.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from whoosh.qparser import syntax
from whoosh.qparser.default import QueryParser
from whoosh.qparser.plugins import FieldsPlugin, GroupPlugin, PhrasePlugin, Plugin
from whoosh.qparser.taggers import FnTagger, Tagger

from search.errors import QueryMistake
from search.fields import field_of

MOST_CHARACTERS = 2_000
_PAIRS = {"（": "）", "“": "”"}
_PLAIN = str.maketrans("（）“”", '()""')
_ANYWHERE = str.maketrans("＊＂［］｛｝", '*"[]{}')
_SIGNED = re.compile('["():（）“”：＊＂［］｛｝]')
"""What no query is without that is more than words and operators with spaces between."""
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_APART = re.compile(r"\S+")
_OPERATORS = ("AND", "OR", "NOT")


class Sign(StrEnum):
    """What a part of a query is."""

    WORD = "word"
    PHRASE = "phrase"
    RANGE = "range"
    FIELD = "field"
    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One sign of a query: its text without quotes or brackets, and where it begins (0-based)."""

    sign: Sign
    text: str
    place: int


class _RangeText(syntax.TextNode):
    """A bracketed range directly behind a field name, brackets included."""


class _OperatorText(syntax.TextNode):
    """AND, OR or NOT standing alone, in capitals."""


class _OwnSigns(Plugin):
    """Ranges only directly behind a field name: elsewhere brackets are punctuation, as a document
    number is often typed `鲁档发[2016]3号`. Operators only in capitals and alone.
    """

    _RANGE = r'(?<=:)(?P<text>[\[{][^\[\]{}()":]*[\]}])'
    _OPERATOR = r'(?<![^\s()"])(?P<text>AND|OR|NOT)(?![^\s()"])'

    def taggers(self, _for: QueryParser) -> list[tuple[Tagger, int]]:
        """whoosh's hook: what to try at each character, the lowest number first."""
        return [(_tagged(self._OPERATOR, _OperatorText), -1), (_tagged(self._RANGE, _RangeText), 0)]


def lexemes(text: str) -> list[Lexeme]:
    """The signs of `text` in order. Raises QueryMistake for what no query may hold: more than
    2,000 characters, control characters, half characters, an unclosed quotation mark.
    """
    _refuse_unreadable(text)
    if not _SIGNED.search(text):  # as most are: cut alike, in a tenth of the time
        return [_alone(match.group(), match.start()) for match in _APART.finditer(text)]
    plain = _plain_signs(text)
    nodes = _parser().tag(plain).nodes
    return [lexeme for node in nodes if (lexeme := _lexeme(node)) is not None]


def _refuse_unreadable(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise QueryMistake(MOST_CHARACTERS, f"a query has at most {MOST_CHARACTERS} characters")
    if not _UNREADABLE.search(text):
        return
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and not character.isspace()):
            raise QueryMistake(place, f"the character U+{ord(character):04X} cannot stand in a query")


def _plain_signs(text: str) -> str:
    """`text` with full-width signs made plain where they are signs; of the same length.

    Inside plain quotes they are punctuation of the phrase; so are signs without their partner.
    """
    text = text.translate(_ANYWHERE)
    signs = list(text)
    open_at: list[int] = []
    quoted = False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        if quoted:
            continue
        if character in _PAIRS:
            open_at.append(place)
        elif open_at and character == _PAIRS[text[open_at[-1]]]:
            for partner in (open_at.pop(), place):
                signs[partner] = text[partner].translate(_PLAIN)
        elif character in _PAIRS.values():
            open_at.clear()
        elif character == "：" and _field_before(text, place):
            signs[place] = ":"
    return "".join(signs)


def _field_before(text: str, colon: int) -> bool:
    start = colon
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return field_of(text[start:colon]) is not None


@lru_cache(maxsize=1)
def _parser() -> QueryParser:
    """Made at first use: compiling belongs to no import. Tagging keeps no state between queries."""
    plugins: list[Any] = [
        _OwnSigns(),
        PhrasePlugin(expr=r'"(?P<text>[^"]*)"(?P<slop>(?!))?'),  # type: ignore[no-untyped-call]  # whoosh
        FieldsPlugin(expr=r"(?<!\w)(?P<text>[^\W\d]\w*):"),  # type: ignore[no-untyped-call]  # whoosh
        GroupPlugin(),  # type: ignore[no-untyped-call]  # whoosh
    ]
    return QueryParser(None, schema=None, plugins=plugins)


def _tagged(expression: str, node: type[syntax.TextNode]) -> Tagger:
    return FnTagger(expression, node)  # type: ignore[no-untyped-call]  # whoosh


def _lexeme(node: Any) -> Lexeme | None:
    """One of whoosh's syntax nodes as a lexeme; None for white space."""
    place: int = node.startchar
    if isinstance(node, syntax.Whitespace):
        return None
    if isinstance(node, _OperatorText):
        return Lexeme(Sign(node.text), node.text, place)
    if isinstance(node, syntax.FieldnameNode):
        return Lexeme(Sign.FIELD, node.fieldname, place)
    if isinstance(node, GroupPlugin.OpenBracket):
        return Lexeme(Sign.OPEN, "(", place)
    if isinstance(node, GroupPlugin.CloseBracket):
        return Lexeme(Sign.CLOSE, ")", place)
    if isinstance(node, PhrasePlugin.PhraseNode):
        return Lexeme(Sign.PHRASE, node.text, place)
    if isinstance(node, _RangeText):
        return Lexeme(Sign.RANGE, node.text, place)
    return _word(node.text, place)


def _alone(text: str, place: int) -> Lexeme:
    """What stands between spaces, where nothing but words and operators does."""
    return Lexeme(Sign(text) if text in _OPERATORS else Sign.WORD, text, place)


def _word(text: str, place: int) -> Lexeme:
    if '"' in text:
        raise QueryMistake(place + text.index('"'), "this quotation mark is not closed")
    return Lexeme(Sign.WORD, text, place)
