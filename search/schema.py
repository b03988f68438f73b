"""What the tantivy index is made of: the fields of the engine, and how terms are written.

A document's words stand in two streams of the engine: `one`, every token, and `two`, every pair of
neighbouring tokens. A run of tokens is then looked for as the pairs at its places 0, 2, 4 … and the last
one: a Chinese word of two characters is one plain term, and no list of places of a common character is
read. Which field of the description a token stands in is the beginning of its term, two equal letters: so
no edit of one letter and no pattern reaches from one field into another.

`keys` holds whole values: `fonds:a014`, a code's levels (`code:a014`, `code:a014-ws`, …) and the code itself
(`code:a014-ws-2016-y-0001=`), and what decides who sees it. A change here makes standing indexes outdated.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from tantivy import Schema, SchemaBuilder

from search import segment
from search.index import MOST_RANK

TOKENIZER = "lantai-terms-3"
"""Its number rises with every change of how words are cut: an index of the former way is outdated then."""
PREFIXES = MappingProxyType(
    {
        "title": "tt",
        "author": "aa",
        "keywords": "kk",
        "place": "ll",
        "abstract": "bb",
        "document_number": "dd",
        "genre": "gg",
        "code": "cc",
        "people": "pp",
        "notes": "nn",
        "former_code": "ff",
        "box": "oo",
        "shelf": "ss",
        "text": "xx",
    }
)
"""How terms of a field begin."""
APART = "_"
"""Between two tokens of a pair; no token holds it. Alone it fills a place between two values."""
GAP = 32
"""So many places lie between two former codes."""

GRAMS = frozenset({"author", "place"})
"""Fields that begin alike in most documents, such as with a province: runs of three and four of their tokens
are whole terms, as the places of such pairs take long to compare."""
GRAM_LENGTHS = (3, 4)

RAW = ("fonds", "category", "retention", "office", "access")
_RANK_BITS = MOST_RANK.bit_length()
_UNDATED_LAST = (1 << 27) - 1


def schema() -> Schema:
    """The schema; a change of it makes standing indexes outdated, and they are fed anew."""
    builder = SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("rank", indexed=True, fast=True)
    for name in ("newest", "oldest", "first_day", "last_day"):
        builder.add_unsigned_field(name, fast=True)
    builder.add_unsigned_field("year", indexed=True, fast=True)
    for name in (*RAW, "order_code"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("one", "two"):
        builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option="position")
    builder.add_text_field("keys", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("stored", stored=True)
    builder.add_bytes_field("pages", stored=True)
    return builder.build()


def single(name: str, token: str) -> str:
    """A token of a field as a term of `one`. A private one is three letters away from any other token."""
    return PREFIXES[name] + token.replace(segment.PRIVATE, segment.PRIVATE * 3)


def paired(first: str, second: str) -> str:
    """Two neighbouring tokens as one, a term of `two` behind the beginning of their field: two characters of
    a script without spaces can be told apart as they are.
    """
    return first + second if segment.wide(first) and segment.wide(second) else f"{first}{APART}{second}"


def gram(name: str, tokens: Sequence[str]) -> str:
    """Three or four neighbouring tokens of one of GRAMS, as a term of `keys`."""
    return f"{name}~{APART.join(tokens)}"


def keyed(name: str, key: str) -> str:
    """A value of a field as a term of `keys`."""
    return f"{name}:{key}"


def whole(name: str, key: str) -> str:
    """A code as a term of `keys`, apart from its own levels."""
    return f"{name}:{key}="


def dated(year: int) -> str:
    """The year of a date, as a term of `keys`."""
    return f"date={year}"


def standing(access: str, secrecy: str, holder: str) -> str:
    """What decides who sees a document, as one term of `keys`."""
    return f"standing={access}|{secrecy}|{holder}"


def moment(day: int, rank: int) -> tuple[int, int]:
    """The values of `newest` and `oldest`; `day` is YYYYMMDD, 0 for undated, which is last in both."""
    return day << _RANK_BITS | rank, (day or _UNDATED_LAST) << _RANK_BITS | MOST_RANK - rank


def code_place(order: str, rank: int) -> str:
    """The value of `order_code` for a `segment.code_order`, unique: alike codes follow one another by falling
    rank, no code comes last.
    """
    return f"{f'c{order}' if order else 'z'}--{MOST_RANK - rank:011}"
