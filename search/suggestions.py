"""What somebody may go on typing: completions made of what an index shows to the one who asks.

    防汛        防汛抗旱, 防汛抗旱工作   what follows in titles, keywords and authors
    rep         report                  words that begin so
    A014-WS     A014-WS·2016 …          the next level of codes, in order
    年度:20     年度:2016 …             values of a field
    题          题名:                   names of fields, which depend on nobody's records

Pure over `ask`, a search through a view: no list of an engine's terms is read, as that holds the words
of hidden documents too. Counted are the first 100 documents that come, so an answer is a function of
what is in view, and costs the same in an archive of any size. Not here: what was meant where nothing is
found (`search.corrections`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from search import segment
from search.errors import QueryMistake
from search.fields import KINDS, NAMES, Kind, field_of
from search.index import FACETS, Hit, Order, Results
from search.lexer import MOST_CHARACTERS
from search.nodes import And, Everything, Field, Node, Not, Or, Phrase, Prefix
from search.query import parse

READ = 100
"""So many documents are looked at for a question."""
MOST = 10
"""So many completions are given."""
SHOWN_FIELDS = ("title", "keywords", "author")
"""The fields that a hit shows and words are taken from."""

_MOST_ASKED = 10
_READ_FOR_CODES = 25
_MOST_FIELDS = 5
_FARTHEST = 12
_LONGEST_START = 64
"""No code is longer, and no engine looks for beginnings of any length."""
_ENDS = frozenset(' \t\r\n　"“”()（）:：')
_QUOTES = frozenset('"“”')


class Ask(Protocol):
    """A search through somebody's view; see `Index.search`."""

    def __call__(
        self,
        query: Node,
        *,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 20,
        facets: bool | Sequence[str] = False,
        order: Order = Order.RELEVANCE,
    ) -> Results:
        """One page of what is in view."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole query that begins as what was typed. `kind` is code, value, word or field."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, taken apart: what stands before, the field's name as written, the last run."""

    before: str
    named: str
    field: str
    run: str
    context: Node

    def completed(self, run: str, kind: str) -> Completion:
        return Completion(f"{self.before}{self.named}{run}", kind)


def completions(text: str, ask: Ask) -> tuple[Completion, ...]:
    """At most 10 ways to go on with `text`; none where nothing in view begins so. Raises as `ask`."""
    typed = _taken_apart(text[:MOST_CHARACTERS])
    if typed is None:
        return ()
    kind = KINDS.get(typed.field, Kind.TEXT)
    found: list[Completion] = []
    if typed.field in FACETS:
        found += [typed.completed(value, "value") for value in _values(typed, ask)]
    elif segment.tokens(typed.run):
        if kind is Kind.CODE or not typed.field:
            found += [typed.completed(code, "code") for code in _codes(typed, ask)]
        if kind is Kind.TEXT:
            found += [typed.completed(word, "word") for word in _words(typed, ask)]
    names = [typed.completed(f"{name}:", "field") for name in _names(typed)]
    room = MOST - min(len(names), _MOST_FIELDS)
    return tuple(found[:room] + names[:_MOST_FIELDS])


def _taken_apart(text: str) -> _Typed | None:
    """None where the name before the colon is no field's."""
    start = len(text)
    while start and text[start - 1] not in _ENDS:
        start -= 1
    before, run, named = text[:start], text[start:], ""
    opened = before[-1:] if before[-1:] in _QUOTES else ""
    outside = before.removesuffix(opened)
    if outside[-1:] in (":", "："):
        named_at = len(outside) - 1
        while named_at and outside[named_at - 1] not in _ENDS:
            named_at -= 1
        before, named = outside[:named_at], outside[named_at:] + opened
    field = field_of(segment.fold(named.rstrip(':："“”'))) if named else ""
    if field is None or (named and not field):
        return None
    return _Typed(before, named, field, run, _context(before))


def _context(before: str) -> Node:
    """What the words before ask for; everything where they are not a whole query yet."""
    try:
        return parse(before) if before.strip() else Everything()
    except QueryMistake:
        return Everything()


def _names(typed: _Typed) -> list[str]:
    start = segment.fold(typed.run)
    if not start or typed.field:
        return []
    return [name for name in NAMES if name.startswith(start) and "_" not in name]


def _values(typed: _Typed, ask: Ask) -> list[str]:
    counts = ask(typed.context, limit=0, facets=(typed.field,)).facets.get(typed.field, ())
    start = segment.fold(typed.run)
    return [one.value for one in counts if one.value and segment.fold(one.value).startswith(start)][:MOST]


def _codes(typed: _Typed, ask: Ask) -> list[str]:
    """The next level of the codes that begin so, in order: each question leaves out the levels that are
    known, so that a level of any size counts once.
    """
    start = segment.key(typed.run)
    tokens = segment.tokens(typed.run)
    whole = segment.tokens(typed.run[-1]) == ()
    if segment.wide(tokens[0]) or len(start) > _LONGEST_START:
        return []
    wanted: list[Node] = [typed.context, Field("code", Prefix(f"{start}-" if whole else start))]
    found: dict[str, None] = {}
    for _ in range(_MOST_ASKED):
        page = ask(And(tuple(wanted)), limit=_READ_FOR_CODES, order=Order.CODE)
        new = dict.fromkeys(level for hit in page.hits for level in _level(hit.code, tokens, whole))
        fresh = [level for level in new if level not in found]
        found.update(dict.fromkeys(fresh))
        if not fresh or page.cursor is None or len(found) >= MOST:
            break
        wanted += [Not(Field("code", Prefix(segment.key(level) + "-"))) for level in fresh]
    return list(found)[:MOST]


def _level(code: str, tokens: tuple[str, ...], whole: bool) -> Iterator[str]:
    """How far the code goes with the first part that is not typed wholly yet."""
    placed = segment.placed(code)
    parts = [token for token, _, _ in placed]
    given = len(tokens) if whole else len(tokens) - 1
    if parts[:given] != list(tokens[:given]) or len(parts) <= given:
        return
    if not whole:
        if not parts[given].startswith(tokens[given]):
            return
        given += parts[given] == tokens[given]
    if given < len(parts):
        yield code[: placed[given][2]]


def _words(typed: _Typed, ask: Ask) -> list[str]:
    """What words in view begin so, the most frequent first."""
    tokens = segment.tokens(typed.run)
    fields = (typed.field,) if typed.field in SHOWN_FIELDS else () if typed.field else SHOWN_FIELDS
    wide = segment.wide(tokens[-1])
    if not fields or not (wide or len(tokens) == 1):
        return []
    part = Phrase(tokens) if wide else Prefix(tokens[0])
    page = ask(And((typed.context, Or(tuple(Field(name, part) for name in fields)))), limit=READ)
    counts: Counter[str] = Counter()
    for hit in page.hits:
        going_on = _continued if wide else _begun
        counts.update({word for name in fields for word in going_on(shown(hit, name), tokens)})
    return [word for word, _ in sorted(counts.items(), key=lambda one: (-one[1], len(one[0]), one[0]))[:MOST]]


def shown(hit: Hit, field: str) -> str:
    """What a hit shows of a field of `SHOWN_FIELDS`."""
    return {"title": hit.title, "keywords": hit.keywords, "author": hit.author}[field]


def _continued(text: str, run: tuple[str, ...]) -> Iterator[str]:
    """What the text goes on with behind a Chinese run, up to the ends of the next two words."""
    placed = segment.placed(text)
    parts = [token for token, _, _ in placed]
    for at in range(len(parts) - len(run)):
        if tuple(parts[at : at + len(run)]) != run:
            continue
        last = at + len(run)
        while last < min(len(parts), at + _FARTHEST) and _goes_on(placed, last):
            last += 1
        ends = _word_ends("".join(parts[at:last]))
        for end in [end for end in ends if end > len(run)][:2]:
            yield text[placed[at][1] : placed[at + end - 1][2]]


def _goes_on(placed: Sequence[tuple[str, int, int]], at: int) -> bool:
    """Whether the token stands right behind the one before it and is a character like it."""
    return segment.wide(placed[at][0]) and placed[at][1] == placed[at - 1][2]


def _word_ends(run: str) -> list[int]:
    """Where the words of a run end, in tokens."""
    ends: list[int] = []
    for word in segment.words(run):
        ends.append(len(word) + (ends[-1] if ends else 0))
    return ends


def _begun(text: str, run: tuple[str, ...]) -> Iterator[str]:
    """The words of a text, in small letters, that begin with one that is not whole yet."""
    start = run[0]
    return (one for one in segment.tokens(text) if one.startswith(start) and one != start)
