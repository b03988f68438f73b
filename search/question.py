"""One question to the tantivy index: query, view and filters as what the engine is asked, tier by tier."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tantivy import Query, Schema

from policies.access import View
from search import segment
from search.errors import QueryMistake
from search.index import FACETS, MOST_FILTER_VALUES
from search.nodes import Node
from search.schema import keyed
from search.scopes import Reach, Scope, conjunction, disjunction, one_of, reaches
from search.tiers import Reading, positive, tiers
from search.translate import Translator, alike


class Question:
    """What is asked of the engine: every match, or those of one tier."""

    def __init__(
        self,
        translator: Translator,
        schema: Schema,
        query: Node,
        view: View,
        filters: Mapping[str, str | Sequence[str]],
        without: Collection[str],
    ) -> None:
        self._translator, self._schema = translator, schema
        self._query = query
        self._tiers = tiers(query)
        found = reaches(view, schema)
        self._reaches = _joined(found) if len(found) > 1 and alike(query) else found
        self._narrowed = [_filter(schema, name, value) for name, value in filters.items()]
        absent = sorted(filter(_writable, without))
        self._without = [Query.term_set_query(schema, "id", absent)] if absent else []
        self._bases = [self._base(reach) for reach in self._reaches]
        self._implied = positive(query)
        self._conditions = [self._condition(reach.scope) for reach in self._reaches]

    @property
    def tiers(self) -> int:
        """How many tiers there are."""
        return len(self._tiers)

    def tier(self, number: int, *also: Query) -> Query:
        """The matches of one tier and of no earlier one."""
        parts = []
        for at, conditions in enumerate(self._conditions):
            mine = conditions[number]
            asked = [self._bases[at]] if mine is None or not self._implied else self._gate(at, number)
            if mine is not None:
                asked.append(mine)
            parts.append(conjunction(asked, self._earlier(conditions, number)))
        return self._narrow(parts, *also)

    def _gate(self, at: int, number: int) -> list[Query]:
        """What a tier asks in place of the query where its condition says as much: reading every field again
        takes longer than all the rest.
        """
        gate = self._reaches[at].gate
        if self._tiers[number].code:
            return [self._bases[at]]
        return [] if gate is None else [gate]

    def all(self, *also: Query) -> Query:
        """Every match."""
        return self._narrow(self._bases, *also)

    def coded(self, code: str, *also: Query) -> Query:
        """The matches with one code."""
        return self._narrow(self._bases, self._translator.code(code), *also)

    def _narrow(self, parts: Sequence[Query], *also: Query) -> Query:
        return conjunction([disjunction(parts), *self._narrowed, *also], self._without)

    def _base(self, reach: Reach) -> Query:
        asked = [] if reach.gate is None else [reach.gate]
        return conjunction([*asked, self._reading(self._query, reach.scope, Reading.ANYWHERE)])

    def _reading(self, node: Node, scope: Scope, reading: Reading) -> Query:
        text = ("text",) if reading is Reading.ANYWHERE else ()
        places = ("title",) if reading is Reading.TITLE else (*scope.described, *text)
        return self._translator.query(node, scope, places)

    def _condition(self, scope: Scope) -> list[Query | None]:
        """What each tier asks beside the query; None for whatever is left."""
        return [
            self._translator.code(tier.code)
            if tier.code
            else self._reading(tier.node, scope, tier.reading)
            if tier.node is not None
            else None
            for tier in self._tiers
        ]

    def _earlier(self, conditions: Sequence[Query | None], number: int) -> list[Query]:
        """What the tiers before ask: each holds the one before it, but for that of the code."""
        before = list(zip(self._tiers, conditions, strict=True))[:number]
        codes = [asked for tier, asked in before if tier.code and asked is not None]
        others = [asked for tier, asked in before if not tier.code and asked is not None]
        return codes + others[-1:]


def _joined(found: Sequence[Reach]) -> tuple[Reach, ...]:
    """Of a query that asks the same of every document: all of them at once."""
    gates = [reach.gate for reach in found]
    together = None if None in gates else disjunction([gate for gate in gates if gate is not None])
    return (Reach(found[0].scope, together),)


def _filter(schema: Schema, name: str, value: str | Sequence[str]) -> Query:
    values = [value] if isinstance(value, str) else list(value)
    if name not in FACETS or not 0 < len(values) <= MOST_FILTER_VALUES or not all(map(_writable, values)):
        raise QueryMistake(0, f"results cannot be narrowed by {name} like this")
    if name == "year":
        if not all(year.isascii() and year.isdigit() and len(year) <= 4 for year in values):
            raise QueryMistake(0, "a year is written 2016")
        return one_of(schema, "year", {int(year) for year in values})
    if name == "category":  # the first level finds what is below it
        return one_of(schema, "keys", {keyed(name, segment.key(one)) for one in values})
    return one_of(schema, name, set(values))


def _writable(value: str) -> bool:
    """Whether the engine can take it: something, and no half characters."""
    return bool(value) and not any("\ud800" <= character <= "\udfff" for character in value)
