"""From query tree, view and filters to tantivy's own queries. The only knowledge of the schema
besides `tantivy_index`.

Rule of the house: the view is part of what the engine is asked, never a sieve behind it; and no
construct is used whose expansion has a limit that hidden documents could fill.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce

from tantivy import FieldType, Occur, Query, Schema, SchemaBuilder

from policies.access import Clause, View
from search.errors import QueryMistake
from search.fields import KINDS, Kind
from search.index import FACETS, MOST_FILTER_VALUES
from search.nodes import And, Everything, Field, Node, Not, Or, Phrase, Prefix, Range, Value, Words

TEXT_FIELDS = tuple(name for name, kind in KINDS.items() if kind in (Kind.TEXT, Kind.CODE))
EVERYWHERE = ("all", "text")
"""Without a field: every described field (joined in `all`) and the full text."""
TOKENIZER = "lantai-tokens"


def schema() -> Schema:
    """The schema; a change of it makes standing indexes outdated, and they are fed anew."""
    builder = SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("rank", stored=True, indexed=True, fast=True)
    for name in ("fonds", "category", "retention", "office", "access", "secrecy", "holder"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("year", "first_day", "last_day"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in ("all", *TEXT_FIELDS):
        builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option="position")
    builder.add_text_field("keys", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("stored", stored=True)
    return builder.build()


def keyed(name: str, key: str) -> str:
    """A value of a field as a term of `keys`."""
    return f"{name}:{key}"


class Translator:
    """Translates for one schema; keeps nothing else."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def asked(
        self,
        query: Node,
        view: View,
        filters: Mapping[str, str | Sequence[str]],
        without: Collection[str] = (),
    ) -> Query:
        """What matches the query and the filters and is in view."""
        parts = [self.query(query), self.view(view)]
        parts += [self._filter(name, value) for name, value in filters.items()]
        asked = _all(parts)
        if without:
            asked = asked.and_must_not_match(Query.term_set_query(self._schema, "id", sorted(without)))
        return asked

    def below(self, rank: int) -> Query:
        """Documents of a lower rank."""
        return self._between("rank", None, rank - 1) if rank else Query.empty_query()

    def view(self, view: View) -> Query:
        """Documents that any clause lets through; a view without clauses shows nothing."""
        return _any([self._clause(clause) for clause in view.clauses])

    def query(self, node: Node) -> Query:
        """What matches a tree, whoever asks."""
        match node:
            case Everything():
                return Query.all_query()
            case And(parts):
                return self._and(parts)
            case Or(parts):
                return _any([self.query(part) for part in parts])
            case Not():
                return self._and((node,))
            case Field(name, part):
                return self._in_field(name, part)
            case Words() | Phrase():
                return _all([_any([self._near(name, run) for name in EVERYWHERE]) for run in _runs(node)])
            case Prefix(start):
                return self._prefix_anywhere(start)
            case _:
                return Query.empty_query()

    def _and(self, parts: tuple[Node, ...]) -> Query:
        clauses = [(Occur.Must, Query.all_query())]
        for part in parts:
            if isinstance(part, Not):
                clauses.append((Occur.MustNot, self.query(part.part)))
            else:
                clauses.append((Occur.Must, self.query(part)))
        return Query.boolean_query(clauses)

    def _in_field(self, name: str, part: object) -> Query:
        match part:
            case Range(low, high) if KINDS[name] is Kind.YEAR:
                return self._between("year", low, high)
            case Range(low, high):
                return _all([self._between("first_day", None, high), self._between("last_day", low, None)])
            case Value(key):
                return self._term("keys", keyed(name, key))
            case Prefix(start) if KINDS[name] is Kind.TEXT:
                return self._begins(name, start)
            case Prefix(start):
                return self._begins("keys", keyed(name, start))
            case Words() | Phrase():
                return _all([self._near(name, run) for run in _runs(part)])
            case _:
                return Query.empty_query()

    def _prefix_anywhere(self, start: str) -> Query:
        codes = self._begins("keys", keyed("code", start))
        if "-" in start:
            return codes
        return _any([codes, *(self._begins(name, start) for name in EVERYWHERE)])

    def _near(self, name: str, run: tuple[str, ...]) -> Query:
        """Neighbouring tokens in one field."""
        if len(run) == 1:
            return self._term(name, run[0])
        return Query.phrase_query(self._schema, name, list(run))

    def _begins(self, name: str, start: str) -> Query:
        """Terms that begin so; the expression is complete by construction: letters, digits, `-`, `:`."""
        return Query.regex_query(self._schema, name, f"{start}.*")

    def _between(self, name: str, low: int | None, high: int | None) -> Query:
        if low is None and high is None:
            low = 0
        return Query.range_query(self._schema, name, FieldType.Unsigned, low, high)

    def _term(self, name: str, value: str | int) -> Query:
        return Query.term_query(self._schema, name, value)

    def _clause(self, clause: Clause) -> Query:
        parts = [
            Query.term_set_query(self._schema, name, sorted(values)) if values else Query.empty_query()
            for name, values in (
                ("fonds", clause.fonds),
                ("access", clause.access),
                ("secrecy", clause.secrecy),
                ("holder", clause.holder),
                ("id", clause.items),
            )
            if values is not None
        ]
        return _all(parts) if parts else Query.all_query()

    def _filter(self, name: str, value: str | Sequence[str]) -> Query:
        values = [value] if isinstance(value, str) else list(value)
        if name not in FACETS or not 0 < len(values) <= MOST_FILTER_VALUES or not all(map(_writable, values)):
            raise QueryMistake(0, f"results cannot be narrowed by {name} like this")
        if name != "year":
            return Query.term_set_query(self._schema, name, values)
        if not all(year.isascii() and year.isdigit() and len(year) <= 4 for year in values):
            raise QueryMistake(0, "a year is written 2016")
        return _any([self._term("year", int(year)) for year in values])


def _writable(value: str) -> bool:
    """Whether the engine can take it: something, and no half characters."""
    return bool(value) and not any("\ud800" <= character <= "\udfff" for character in value)


def _runs(node: Words | Phrase) -> tuple[tuple[str, ...], ...]:
    return node.words if isinstance(node, Words) else (node.tokens,)


def _all(parts: list[Query]) -> Query:
    """Every part; there is at least one."""
    return reduce(lambda left, right: left.and_must_match(right), parts) if len(parts) > 1 else parts[0]


def _any(parts: list[Query]) -> Query:
    """At least one part; of no parts, nothing."""
    if not parts:
        return Query.empty_query()
    if len(parts) == 1:
        return parts[0]
    return Query.boolean_query([(Occur.Should, part) for part in parts])
