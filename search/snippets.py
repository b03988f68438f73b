"""The part of a document that shows why it was found.

A pure function of the query and of the stored text of one visible document: engines' own snippet
makers weigh words by the whole collection and so tell of hidden documents. Not done here: escaping
for a terminal or a page; text that itself holds « or » is shown as it is (`spans` gives places).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search import segment
from search.nodes import And, Everything, Field, Node, Not, Or, Phrase, Prefix, Range, Value, Words

WIDTH = 80
_BEFORE = 20
_READ_AT_MOST = 200_000
_ORDER = ("title", "abstract", "text", "notes", "keywords", "people", "place", "author", "document_number")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Neighbouring tokens that a query looks for, in one field or ("") in any; `begins` for a prefix."""

    tokens: tuple[str, ...]
    field: str = ""
    begins: bool = False


def wanted(node: Node, field: str = "") -> tuple[Wanted, ...]:
    """What a tree looks for, in the order of the query; what stands under NOT is not looked for."""
    match node:
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(one for part in parts for one in wanted(part)))
        case Field(name, Words() | Phrase() | Prefix() as part):
            return wanted(part, name)
        case Words(words):
            return tuple(Wanted(word, field) for word in words)
        case Phrase(tokens):
            return (Wanted(tokens, field),)
        case Prefix(start) if "-" not in start:
            return (Wanted((start,), field, begins=True),)
        case _:
            return ()


def spans(text: str, wanting: tuple[Wanted, ...]) -> list[tuple[int, int]]:
    """Where in `text` (start, end, in characters) what is wanted stands; in order, not overlapping."""
    placed = segment.placed(text[:_READ_AT_MOST])
    found = sorted(span for want in wanting for span in _places(placed, want))
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def snippet(texts: Mapping[str, str], wanting: tuple[Wanted, ...]) -> str:
    """Some 80 characters of the field that holds most of what is wanted, marked with « and ».

    `texts` maps field names to stored text. Where nothing can be marked, the title's beginning.
    """
    best, most = "title", 0
    for name in _ORDER:
        here = _for_field(wanting, name)
        placed = segment.placed(texts.get(name, "")[:_READ_AT_MOST]) if here else []
        held = sum(1 for want in here if next(iter(_places(placed, want)), None))
        if held > most:
            best, most = name, held
    text = texts.get(best, "")
    return _cut_out(text, spans(text, _for_field(wanting, best)))


def _for_field(wanting: tuple[Wanted, ...], name: str) -> tuple[Wanted, ...]:
    return tuple(want for want in wanting if want.field in ("", name))


def _places(placed: list[tuple[str, int, int]], want: Wanted) -> list[tuple[int, int]]:
    tokens, length = want.tokens, len(want.tokens)
    if want.begins:
        return [(start, end) for token, start, end in placed if token.startswith(tokens[0])]
    return [
        (placed[at][1], placed[at + length - 1][2])
        for at in range(len(placed) - length + 1)
        if placed[at][0] == tokens[0] and all(placed[at + i][0] == tokens[i] for i in range(1, length))
    ]


def _cut_out(text: str, marks: list[tuple[int, int]]) -> str:
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
    return ("…" if start else "") + shown + ("…" if end < len(text) else "")
