"""How far a query reaches: what of a document it may look at, and which documents at all.

A view shows some documents wholly and some in part. Every word of a query is looked for by public fields in
all of them, and by the other fields in those that are shown wholly alone; so what is negated is negated by
what may be looked at in each, and `NOT people:x` tells nothing of people to somebody who may not read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from tantivy import Occur, Query, Schema

from policies.access import PUBLIC_FIELDS, Clause, View
from search.fields import KINDS, Kind
from search.schema import PREFIXES, keyed, standing

_OF_CODE = frozenset({"fonds", "category", "retention", "office", "access", "code", "year", "date"})
_ONLY_NAMED = frozenset({"box", "shelf"})
"""Looked at only where the query names them."""
_MOST_STANDINGS = 64


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query may look at. `asked` are the fields it may name; `private` is whether personal identifiers
    are found. Where `wholly` is given it is so in the documents that this lets through, and in no others.
    """

    asked: frozenset[str]
    described: tuple[str, ...]
    private: bool
    wholly: Query | None = None


def _scope(shown: frozenset[str], private: bool) -> Scope:
    described = tuple(name for name in PREFIXES if name in shown - _ONLY_NAMED and name != "text")
    return Scope(shown, described, private)


WHOLLY = _scope(frozenset(PREFIXES) | frozenset(KINDS), private=True)
IN_PART = _scope((PUBLIC_FIELDS & (frozenset(PREFIXES) | frozenset(KINDS))) | _OF_CODE, private=False)


def conjunction(parts: Iterable[Query], without: Iterable[Query] = ()) -> Query:
    """Every part and none of `without`; of no parts, everything."""
    must = list(parts)
    clauses = [(Occur.MustNot, part) for part in without]
    if len(must) == 1 and not clauses:
        return must[0]
    return Query.boolean_query([(Occur.Must, part) for part in must or [Query.all_query()]] + clauses)


def disjunction(parts: Iterable[Query]) -> Query:
    """At least one part; of no parts, nothing."""
    some = list(parts)
    if not some:
        return Query.empty_query()
    return some[0] if len(some) == 1 else Query.boolean_query([(Occur.Should, part) for part in some])


@dataclass(frozen=True, slots=True)
class Reach:
    """Documents and what may be looked at in them; `gate` None lets every document through."""

    scope: Scope
    gate: Query | None


def reach(view: View, schema: Schema) -> Reach | None:
    """How far a view reaches. None: nothing is shown."""
    wholly, in_part = _gate(view.full, schema), _gate(view.partial, schema)
    if view.full and wholly is None:
        return Reach(WHOLLY, None)
    if not view.partial:
        return Reach(WHOLLY, wholly) if view.full else None
    if wholly is None:
        return Reach(IN_PART, in_part)
    both = Scope(WHOLLY.asked, WHOLLY.described, private=True, wholly=wholly)
    return Reach(both, None if in_part is None else disjunction([wholly, in_part]))


def _gate(clauses: tuple[Clause, ...], schema: Schema) -> Query | None:
    """What any of the clauses lets through; None for everything, or where there is no clause."""
    asked = [_clause(clause, schema) for clause in clauses]
    if not asked or any(not one for one in asked):
        return None
    return disjunction([conjunction(one) for one in asked])


def _clause(clause: Clause, schema: Schema) -> list[Query]:
    """What a clause asks; nothing for one that lets everything through. Withdrawn records are in no index."""
    asked = [
        one_of(schema, name, values)
        for name, values in (("fonds", clause.fonds), ("id", clause.items))
        if values is not None
    ]
    marks = (clause.access, clause.secrecy, clause.holder)
    if all(values is not None and len(values) <= _MOST_STANDINGS for values in marks):
        kinds = [sorted(values) for values in marks if values is not None]
        terms = [standing(*one) for one in product(*kinds)]
        if len(terms) <= _MOST_STANDINGS:
            return [*asked, one_of(schema, "keys", terms)]
    if clause.access is not None:
        asked.append(one_of(schema, "access", clause.access))
    for name, allowed in (("secrecy", clause.secrecy), ("holder", clause.holder)):
        if allowed is not None:
            asked.append(one_of(schema, "keys", [f"{name}={value}" for value in allowed]))
    return asked


def one_of(schema: Schema, name: str, values: Iterable[str] | Iterable[int]) -> Query:
    """Documents with one of the values. A few terms are read as they go; many are gathered once."""
    some = sorted(values)
    if len(some) > 8:
        return Query.term_set_query(schema, name, some)
    return disjunction([Query.term_query(schema, name, value, "basic") for value in some])


def value_query(schema: Schema, name: str, key: str) -> Query:
    """Documents with this value."""
    return Query.term_query(schema, "keys", keyed(name, key), "basic")


def is_value(name: str) -> bool:
    """Whether a field is asked for whole values."""
    return KINDS.get(name) is Kind.VALUE
