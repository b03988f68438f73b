"""From query trees to tantivy's own queries, inside one scope.

Rule of the house: the view is part of what the engine is asked, never a sieve behind it; and no
construct is used whose expansion has a limit that hidden documents could fill.
"""

from __future__ import annotations

from collections.abc import Sequence

from tantivy import FieldType, Index, Query, Schema

from search import segment
from search.errors import QueryMistake
from search.fields import KINDS, Kind
from search.nodes import (
    ANY,
    And,
    CodeRange,
    Everything,
    Field,
    Like,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Value,
    Wild,
    Words,
)
from search.schema import GAP, GRAM_LENGTHS, GRAMS, PREFIXES, dated, gram, keyed, paired, single, whole
from search.scopes import IN_PART, WHOLLY, Scope, conjunction, disjunction, is_value, one_of, value_query
from search.segment import PRIVATE

_SHORTEST_LIKE = 3
_LAST_YEAR = 9999
_OTHER = f"[^{PRIVATE}]"


class Translator:
    """Translates one question for one index. A run of tokens is looked for in a field in one way, however
    often the question reads that field, and is translated once.
    """

    def __init__(self, index: Index, schema: Schema) -> None:
        self._index, self._schema = index, schema
        self._runs: dict[tuple[str, tuple[str, ...]], Query] = {}
        self._pairs: dict[tuple[str, ...], list[tuple[int, str]]] = {}

    def query(self, node: Node, scope: Scope, places: Sequence[str]) -> Query:
        """What matches a tree in a scope; what names no field is looked for in `places`."""
        if scope.wholly is not None and not isinstance(node, And | Or | Not | Everything):
            return self._by_depth(node, scope, places)
        match node:
            case Everything():
                return Query.all_query()
            case And() | Not():
                return self._and(node.parts if isinstance(node, And) else (node,), scope, places)
            case Or(parts):
                return disjunction([self.query(part, scope, places) for part in parts])
            case Field(name, part):
                return self._in_field(name, part, scope) if name in scope.asked else Query.empty_query()
            case Words(words):
                return conjunction([self._run(run, scope, places) for run in words])
            case Phrase(tokens):
                return self._run(tokens, scope, places)
            case Prefix(start) | Wild(start) if "-" in start:
                return self._code(node, scope)
            case Prefix() | Wild() | Like():
                return self._pattern(places, node, scope)

    def _by_depth(self, leaf: Node, scope: Scope, places: Sequence[str]) -> Query:
        """What a leaf matches where documents are shown at two depths: by public fields in all of them, by
        whatever else there is in those that are shown wholly. Asking everything of both takes twice the time.
        """
        match leaf:
            case Words(words) if len(words) > 1:
                return conjunction([self._by_depth(Phrase(run), scope, places) for run in words])
            case Field(name, Words(words)) if len(words) > 1:
                return conjunction([self._by_depth(Field(name, Phrase(run)), scope, places) for run in words])
        public = self.query(leaf, IN_PART, [place for place in places if place in IN_PART.asked])
        if alike(leaf):
            return public
        beyond = [place for place in places if _holds_more(leaf) or place not in IN_PART.asked]
        assert scope.wholly is not None  # for the type checker; the caller looked
        return disjunction([public, conjunction([scope.wholly, self.query(leaf, WHOLLY, beyond)])])

    def code(self, code: str) -> Query:
        """Documents with this code, however it is written."""
        return self._keys(whole("code", segment.key(code)))

    def between(self, name: str, low: int | None, high: int | None) -> Query:
        """Documents whose number is from `low` to `high`."""
        return Query.range_query(self._schema, name, FieldType.Unsigned, low, high)

    def codes_between(self, low: str, high: str) -> Query:
        """Documents whose `order_code` lies between two bounds, as the engine writes ranges: `{a`, `*]`."""
        return self._index.parse_query(f"order_code:{low} TO {high}", ["order_code"])

    def _and(self, parts: tuple[Node, ...], scope: Scope, places: Sequence[str]) -> Query:
        return conjunction(
            [self.query(part, scope, places) for part in parts if not isinstance(part, Not)],
            [self.query(part.part, scope, places) for part in parts if isinstance(part, Not)],
        )

    def _in_field(self, name: str, part: object, scope: Scope) -> Query:
        match part:
            case Range(low, high) if KINDS[name] is Kind.YEAR:
                return self._years(low or 0, _LAST_YEAR if high is None else high)
            case Range(low, high):
                ends = [self.between("last_day", low or 0, None)]
                return conjunction(
                    [*ends, self.between("first_day", None, high)] if high is not None else ends
                )
            case CodeRange(low_code, high_code):
                return self._code_range(low_code, high_code)
            case Value(key):
                return value_query(self._schema, name, key)
            case Prefix() | Wild() if name == "code":
                return self._code(part, scope)
            case Prefix() | Wild() if name == "former_code" or is_value(name):
                return self._in_keys(name, part)
            case Prefix() | Wild() | Like():
                return self._pattern((name,), part, scope)
            case Words(words):
                return conjunction([self._run(run, scope, self._fields(name, scope)) for run in words])
            case Phrase(tokens):
                return self._run(tokens, scope, self._fields(name, scope))
        raise AssertionError(part)

    def _years(self, low: int, high: int) -> Query:
        """Years as terms: reading a column of numbers to its end takes longer."""
        return one_of(self._schema, "year", range(low, min(high, _LAST_YEAR) + 1))

    def _days(self, low: int, high: int) -> Query:
        """Dates any day of which is from `low` to `high`: all of the years that lie between them wholly, and
        of those at the ends what the columns of days say.
        """
        first, last = low // 10_000, min(high // 10_000, _LAST_YEAR)
        within = [
            year for year in range(first, last + 1) if low <= year * 10_000 + 101 and _end(year) <= high
        ]
        found = [one_of(self._schema, "keys", [dated(year) for year in within])] if within else []
        for year in {first, last} - set(within):
            days = [self.between("last_day", low, None), self.between("first_day", None, high)]
            found.append(conjunction([self._keys(dated(year)), *days]))
        return disjunction(found)

    @staticmethod
    def _fields(name: str, scope: Scope) -> tuple[str, ...]:
        """Who may see former codes finds them as codes too."""
        return ("code", "former_code") if name == "code" and "former_code" in scope.asked else (name,)

    def _run(self, run: tuple[str, ...], scope: Scope, places: Sequence[str]) -> Query:
        """Neighbouring tokens in one of the fields."""
        if not scope.private and any(PRIVATE in token for token in run):
            return Query.empty_query()
        made = self._runs
        for name in places:
            if (name, run) not in made:
                made[name, run] = self._near(name, run)
        return disjunction([made[name, run] for name in places])

    def _near(self, name: str, run: tuple[str, ...]) -> Query:
        """Neighbouring tokens in one field: the pairs at every second place and the last."""
        if len(run) == 1:
            return self._term("one", single(name, run[0]))
        if ANY in run:
            return self._gapped(name, run)
        if name in GRAMS and len(run) in GRAM_LENGTHS:
            return self._keys(gram(name, run))
        if run not in self._pairs:
            last = len(run) - 2
            places = [*range(0, last, 2), last]
            self._pairs[run] = [(at, paired(run[at], run[at + 1])) for at in places]
        prefix = PREFIXES[name]
        if len(run) == 2:
            return self._term("two", prefix + self._pairs[run][0][1])
        pairs: list[str | tuple[int, str]] = [(at, prefix + told) for at, told in self._pairs[run]]
        return Query.phrase_query(self._schema, "two", pairs)

    def _gapped(self, name: str, run: tuple[str, ...]) -> Query:
        if name == "former_code" and len(run) > GAP:
            return Query.empty_query()
        tokens: list[str | tuple[int, str]] = [
            (at, single(name, token)) for at, token in enumerate(run) if token != ANY
        ]
        return Query.phrase_query(self._schema, "one", tokens)

    def _code(self, part: Prefix | Wild, scope: Scope) -> Query:
        names = self._fields("code", scope)
        return disjunction([self._in_keys(name, part) for name in names])

    def _in_keys(self, name: str, part: Prefix | Wild) -> Query:
        """A beginning of a code is one of its levels; a pattern is that of the whole code."""
        is_code = KINDS.get(name) is not Kind.VALUE
        match part:
            case Prefix(start) if is_code and start.endswith("-"):
                return self._keys(keyed(name, start[:-1]))
            case Prefix(start):
                return self._matching("keys", keyed(name, start) + ("[^-]*" if is_code else ".*"))
            case Wild(pattern):
                return self._matching(
                    "keys", keyed(name, _expression(pattern, ".")) + ("=" if is_code else "")
                )

    def _pattern(self, names: Sequence[str], part: Prefix | Wild | Like, scope: Scope) -> Query:
        """Words of some fields that fit, by one expression; personal identifiers where they may be found."""
        if isinstance(part, Like):
            return disjunction([self._like(name, part.token) for name in names])
        fields = "|".join(PREFIXES[name] for name in names)
        hidden = f"({PRIVATE}{{3}})?" if scope.private else ""
        pattern = part.pattern if isinstance(part, Wild) else f"{part.start}*"
        return self._matching("one", f"({fields}){hidden}{_expression(pattern, _OTHER)}")

    def _like(self, name: str, token: str) -> Query:
        if len(token) < _SHORTEST_LIKE:
            return self._term("one", single(name, token))
        return Query.fuzzy_term_query(self._schema, "one", PREFIXES[name] + token, 1, True)

    def _code_range(self, low: str | None, high: str | None) -> Query:
        """`high` holds whatever begins with it; what has no code is in no range."""
        return self.codes_between("[" + ("c" + low if low else "c"), f"c{high}0}}" if high else "d}")

    def _matching(self, name: str, expression: str) -> Query:
        """Terms that an expression describes; it is complete by construction. How large it may be hangs on
        the expression alone, never on what the index holds.
        """
        try:
            return Query.regex_query(self._schema, name, expression)
        except ValueError as error:
            raise QueryMistake(0, "this pattern asks for too much at once") from error

    def _keys(self, term: str) -> Query:
        return Query.term_query(self._schema, "keys", term, "basic")

    def _term(self, name: str, value: str) -> Query:
        return Query.term_query(self._schema, name, value, "basic")


def _end(year: int) -> int:
    return year * 10_000 + 1231


def _expression(pattern: str, character: str) -> str:
    return pattern.replace("?", character).replace("*", f"{character}*")


def alike(node: Node) -> bool:
    """Whether a tree asks the same of a document that is shown wholly and of one shown in part."""
    match node:
        case And(parts) | Or(parts):
            return all(alike(part) for part in parts)
        case Not(part):
            return alike(part)
        case Everything():
            return True
        case Field("code" | "former_code", _):
            return False
        case Field(name, Words(words)):
            return _public(name) and not any(PRIVATE in token for run in words for token in run)
        case Field(name, Phrase(tokens)):
            return _public(name) and not any(PRIVATE in token for token in tokens)
        case Field(name, Range() | CodeRange() | Value()):
            return _public(name)
    return False


def _holds_more(leaf: Node) -> bool:
    """Whether a leaf that names no field finds more in a public field with personal identifiers."""
    match leaf:
        case Words((run,)) | Phrase(run):
            return any(PRIVATE in token for token in run)
    return True


def _public(name: str) -> bool:
    return name in IN_PART.asked
