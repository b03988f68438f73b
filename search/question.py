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
from search.scopes import IN_PART, conjunction, one_of, reach
from search.tiers import Reading, Tier, positive, tiers
from search.translate import Translator


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
        self._reach = reach(view, schema)
        self._narrowed = [_filter(schema, name, value) for name, value in filters.items()]
        absent = sorted(filter(_writable, without))
        self._without = [Query.term_set_query(schema, "id", absent)] if absent else []
        self._implied = positive(query)
        self._base = self._asked([self._reading(query, Reading.ANYWHERE)])
        self._conditions: dict[int, Query | None] = {}

    @property
    def tiers(self) -> int:
        """How many tiers there are."""
        return len(self._tiers)

    def tier(self, number: int, *also: Query) -> Query:
        """The matches of one tier and of no earlier one.

        Where its condition says as much as the query the query is left out: reading every field again takes
        longer than all the rest.
        """
        mine = self._condition(number)
        enough = mine is not None and self._implied and not self._tiers[number].code
        base = self._asked([]) if enough else self._base
        return self._narrow([base, *([] if mine is None else [mine]), *also], self._earlier(number))

    def all(self, *also: Query) -> Query:
        """Every match."""
        return self._narrow([self._base, *also])

    def coded(self, code: str, *also: Query) -> Query:
        """The matches with one code."""
        return self._narrow([self._base, self._translator.code(code), *also])

    def _narrow(self, parts: Sequence[Query], earlier: Sequence[Query] = ()) -> Query:
        return conjunction([*parts, *self._narrowed], [*earlier, *self._without])

    def _asked(self, parts: Sequence[Query]) -> Query:
        """What fits all of the parts, of what the view reaches."""
        if self._reach is None:
            return Query.empty_query()
        return conjunction(parts if self._reach.gate is None else [self._reach.gate, *parts])

    def _reading(self, node: Node, reading: Reading) -> Query:
        scope = self._reach.scope if self._reach else IN_PART
        text = ("text",) if reading is Reading.ANYWHERE else ()
        places = ("title",) if reading is Reading.TITLE else (*scope.described, *text)
        return self._translator.query(node, scope, places)

    def _condition(self, number: int) -> Query | None:
        """What a tier asks beside the query, made when it is first asked for: the first tiers often fill a
        page. None for whatever is left.
        """
        if number not in self._conditions:
            self._conditions[number] = self._asked_by(self._tiers[number])
        return self._conditions[number]

    def _asked_by(self, tier: Tier) -> Query | None:
        if tier.code:
            return self._translator.code(tier.code)
        return None if tier.node is None else self._reading(tier.node, tier.reading)

    def _earlier(self, number: int) -> list[Query]:
        """What the tiers before ask: each holds the one before it, but for that of the code."""
        before = [(self._tiers[one], self._condition(one)) for one in range(number)]
        codes = [asked for tier, asked in before if tier.code and asked is not None]
        others = [asked for tier, asked in before if not tier.code and asked is not None]
        return codes + others[-1:]


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
