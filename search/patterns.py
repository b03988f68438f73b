"""Words and codes with wildcards: `*` for any characters, `?` for one.

    arch*  档案*           what begins so (a Chinese run is found inside longer ones anyway)
    organi?ation  *graph   letters and digits: `?` and `*` anywhere
    档?管理                 one word or character between others, in a Chinese run
    A014-*-2016-?-*        codes, over the whole code

A star inside a Chinese run is refused, as is a pattern that says too little: what it would cost grows with
the archive. The full-width ？ is punctuation, as titles are often questions; ＊ is a star.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from search import segment
from search.errors import QueryMistake
from search.fields import KINDS, Kind
from search.lexer import Lexeme
from search.nodes import ANY, And, Everything, Field, Node, Phrase, Prefix, Wild, Words

LEAST_LETTERS = 2
"""A pattern with less is refused; one that only ends with a star needs one letter."""
_LONGEST = 40
_MOST_STARS, _MOST_ONES, _MOST_ONES_BEHIND = 3, 8, 2
"""Of one pattern; so many ? may stand behind a star: an engine's table of states doubles with each."""
_MANY = (
    f"a pattern has at most {_MOST_STARS} stars and {_MOST_ONES} ?, {_MOST_ONES_BEHIND} of them behind a star"
)
# The two signs while folding goes on: no other question mark may become one.
_STAR, _ONE = "\ue010", "\ue011"
_IN = {ord("*"): _STAR, ord("?"): _ONE, ord(_STAR): "\ufffd", ord(_ONE): "\ufffd"}
_OUT = {ord(_STAR): "*", ord(_ONE): "?"}
_SIGNS = f"{_STAR}{_ONE}"
_WIDE = segment.WIDE
_ELEMENT = re.compile(rf"[{_WIDE}]|(?:[^\W_{_WIDE}]|[{_SIGNS}])+")
_CHUNK = re.compile(rf"(?:[^\W_]|[{_SIGNS}])+")
_SCRIPTS = re.compile(rf"[{_WIDE}]+|[{_SIGNS}]+|[^\W_{_WIDE}]+")


def has_wildcard(text: str) -> bool:
    """Whether a run asks for a pattern."""
    return "*" in text or "?" in text


def pattern(sign: Lexeme, field: str) -> Node:
    """What a run with wildcards asks for. Raises QueryMistake at its first wildcard."""
    if not field and sign.text in ("*", "*:*"):
        return Everything()
    kind = KINDS[field] if field else Kind.TEXT
    if kind in (Kind.YEAR, Kind.DATE):
        raise _mistake(sign, "a year or date takes no wildcard; a range is written [1949 TO 1966]")
    folded = segment.fold(sign.text.translate(_IN))
    if kind is not Kind.TEXT or (not field and _code_like(folded)):
        return _under(field, _whole(sign, _ELEMENT.findall(folded)))
    chunks = [chunk for chunk in _CHUNK.findall(folded) if _CHUNK.fullmatch(chunk)]
    if len(chunks) != 1:
        raise _mistake(sign, "a wildcard belongs to one word or code; leave out the signs between words")
    nodes = [_under(field, part) for part in _parts(sign, _SCRIPTS.findall(chunks[0]))]
    return nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _code_like(folded: str) -> bool:
    first = _ELEMENT.match(folded)
    return (
        first is not None
        and first.group().strip(_SIGNS) != ""
        and segment.code_like(re.sub(f"[{_SIGNS}]", "0", folded))
    )


def _whole(sign: Lexeme, elements: list[str]) -> Prefix | Wild:
    """A pattern of a whole code or value."""
    return _one(sign, "-".join(elements))


def _one(sign: Lexeme, marked: str) -> Prefix | Wild:
    """A word or code with its signs as it is asked for."""
    marked = re.sub(f"{_STAR}+", _STAR, marked)
    letters = sum(character not in f"-{_SIGNS}" for character in marked)
    if not letters:
        raise _mistake(sign, "a wildcard needs letters beside it; * alone finds everything")
    if len(marked) > _LONGEST:
        raise _mistake(sign, f"a pattern has at most {_LONGEST} characters")
    start = marked.removesuffix(_STAR)
    if start != marked and not set(start) & set(_SIGNS):
        return Prefix(start)
    if letters < LEAST_LETTERS:
        raise _mistake(sign, f"a pattern has at least {LEAST_LETTERS} letters or digits beside its wildcards")
    behind = marked.partition(_STAR)[2].count(_ONE)
    if marked.count(_STAR) > _MOST_STARS or marked.count(_ONE) > _MOST_ONES or behind > _MOST_ONES_BEHIND:
        raise _mistake(sign, _MANY)
    return Wild(marked.translate(_OUT))


def _parts(sign: Lexeme, scripts: list[str]) -> Iterator[Words | Phrase | Prefix | Wild]:
    """One run without punctuation: its Chinese parts, and its words of letters and digits."""
    word = ""
    phrase: list[str] = []
    starred = False
    for at, part in enumerate(scripts):
        before, after = (_script(scripts, at - 1), _script(scripts, at + 1))
        if _script(scripts, at) == "wide":
            phrase += part
            starred = starred or after == "sign"
            starred = starred or before == "sign"
        elif _script(scripts, at) == "sign" and "wide" in (before, after):
            phrase += _between(sign, part, before, after)
        else:
            word += part
        if word and after in ("wide", ""):
            yield _word(sign, word)
            word = ""
        if phrase and after in ("letters", ""):
            yield Phrase(tuple(phrase)) if starred else Words(segment.words("".join(phrase)))
            phrase, starred = [], False


def _between(sign: Lexeme, part: str, before: str, after: str) -> list[str]:
    """Signs beside a Chinese character."""
    if "letters" in (before, after):
        raise _mistake(sign, "a wildcard stands among letters or among Chinese characters, not between them")
    if before == after:
        if _STAR in part:
            raise _mistake(
                sign, "no star stands inside a Chinese run; write two words, or ? for each character"
            )
        return [ANY] * len(part)
    if _ONE in part:
        raise _mistake(sign, "in a Chinese run ? stands between characters; put a question mark in quotes")
    return []


def _word(sign: Lexeme, word: str) -> Words | Prefix | Wild:
    if not set(word) & set(_SIGNS):
        return Words(segment.words(word))
    return _one(sign, word)


def _script(scripts: list[str], at: int) -> str:
    if not 0 <= at < len(scripts):
        return ""
    if scripts[at][0] in _SIGNS:
        return "sign"
    return "wide" if segment.wide(scripts[at]) else "letters"


def _under(field: str, part: Words | Phrase | Prefix | Wild) -> Node:
    return Field(field, part) if field else part


def _mistake(sign: Lexeme, reason: str) -> QueryMistake:
    first = min(at for at in map(sign.text.find, "*?") if at >= 0)
    return QueryMistake(sign.place + first, reason)
