"""A seeded mix of what people ask an archive for, by class, of seeded records (`benchmarks.records`).

Words are drawn as they occur, so a class holds common and rare ones; `common` and `rare` are what their
names say. A question that two words, a filter and an order can tell is also written down for other engines
(`Plain`). Nothing here measures anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from benchmarks.records import records, vocabulary
from policies.access import Subject, Zone
from processes.finding.browse import LEVELS, Place
from processes.finding.find import Asked
from search.index import Document, Order

_SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class Plain:
    """A question in terms that any engine has: words that must all be there, days, filters, an order."""

    words: tuple[str, ...] = ()
    days: tuple[int, int] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    order: Order = Order.RELEVANCE


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its class, who asks, and what: a search, a level to browse, or what was typed so far.

    `page` 2 asks for the page behind the first.
    """

    kind: str
    who: str
    asked: Asked | Place | str
    page: int = 1
    plain: Plain | None = None


def subjects() -> dict[str, Subject]:
    """An officer of five fonds in the house, a researcher on the public network, and one who sees all."""
    fonds = [one.code for one in vocabulary().fonds.values]
    own = frozenset(fonds[place] for place in (2, 9, 19, 39, 79))
    return {
        "officer": Subject("officer", handles=own, zone=Zone.INTERNAL),
        "researcher": Subject("researcher"),
        "all": Subject("keeper", handles=None),
    }


def questions(count: int, each: int, seed: int = 7) -> list[Question]:
    """`each` questions a class and subject about the first `count` records, in a drawn order."""
    random = Random(seed)
    sample = list(islice(records(count), min(count, _SAMPLE)))
    found = [
        make(kind, who, random, random.choice(sample))
        for kind, make in _MAKERS.items()
        for who in subjects()
        for _ in range(each)
    ]
    random.shuffle(found)
    return found


def _asked(query: str, **more: object) -> Asked:
    return Asked(query, facets=True, **more)  # type: ignore[arg-type]  # the fields of Asked by name


def _object(random: Random) -> str:
    return str(vocabulary().objects.draw(random, 1)[0])


def _words(kind: str, who: str, words: tuple[str, ...], **more: object) -> Question:
    return Question(kind, who, _asked(" ".join(words), **more), plain=Plain(words, **more))  # type: ignore[arg-type]


def _one(kind: str, who: str, random: Random, _near: Document) -> Question:
    return _words(kind, who, (_object(random),))


def _two(kind: str, who: str, random: Random, _near: Document) -> Question:
    return _words(kind, who, (_object(random), vocabulary().actions.draw(random, 1)[0]))


def _phrase(kind: str, who: str, random: Random, _near: Document) -> Question:
    pair = _object(random)[-2:] + vocabulary().actions.draw(random, 1)[0]
    return Question(kind, who, _asked(f'"{pair}"'))


def _in_field(kind: str, who: str, random: Random, near: Document) -> Question:
    name = random.choice(("题名", "责任者", "关键词"))
    word = near.author if name == "责任者" else _object(random)
    return Question(kind, who, _asked(f"{name}:{word}"))


def _days(kind: str, who: str, random: Random, _near: Document) -> Question:
    low = random.randrange(1949, 2010)
    high, word = low + random.choice((1, 5, 17)), _object(random)
    plain = Plain((word,), days=(low * 10_000 + 101, high * 10_000 + 1231))
    return Question(kind, who, _asked(f"{word} date:[{low} TO {high}]"), plain=plain)


def _code(kind: str, who: str, _random: Random, near: Document) -> Question:
    return Question(kind, who, _asked(near.code))


def _code_prefix(kind: str, who: str, random: Random, near: Document) -> Question:
    parts = near.code.split("-")
    start = "-".join(parts[: random.choice((2, 3, 4))])
    return Question(kind, who, _asked(f"code:{start}*"))


def _wildcard(kind: str, who: str, random: Random, near: Document) -> Question:
    parts = near.code.split("-")
    shapes = (f"code:{parts[0]}-WS·19?{parts[1][-1]}-*", f"code:{parts[0][:3]}?-*-{parts[-1]}", "文号:20*")
    return Question(kind, who, _asked(random.choice(shapes)))


def _filtered(kind: str, who: str, random: Random, near: Document) -> Question:
    names = random.sample(("fonds", "year", "category", "retention"), 2)
    return _words(kind, who, (_object(random),), filters={name: getattr(near, name) for name in names})


def _newest(kind: str, who: str, random: Random, _near: Document) -> Question:
    return _words(kind, who, (_object(random),), order=Order.NEWEST)


def _by_code(kind: str, who: str, random: Random, _near: Document) -> Question:
    return _words(kind, who, (_object(random),), order=Order.CODE)


def _second_page(kind: str, who: str, random: Random, _near: Document) -> Question:
    return Question(kind, who, _asked(_object(random)), page=2)


def _browse(kind: str, who: str, random: Random, near: Document) -> Question:
    values = tuple(getattr(near, name) for name in LEVELS[: random.randrange(len(LEVELS) + 1)])
    return Question(kind, who, Place(values))


def _narrowed(kind: str, who: str, random: Random, near: Document) -> Question:
    """Everything of a fonds or year, with facets: where people go on from."""
    name = random.choice(("fonds", "year"))
    return Question(kind, who, _asked("*", filters={name: getattr(near, name)}))


def _typed(kind: str, who: str, random: Random, near: Document) -> Question:
    word = random.choice((_object(random), near.author, near.title[2:], near.code))
    return Question(kind, who, word[: random.randrange(1, 7)])


def _rare(kind: str, who: str, _random: Random, near: Document) -> Question:
    return _words(kind, who, (vocabulary().firms.values[-1 - near.rank % 2_000],))


def _common(kind: str, who: str, random: Random, _near: Document) -> Question:
    return _words(kind, who, (random.choice(("关于", "通知", "工作", "山东省", "水利工程", "管理")),))


def _misspelt(kind: str, who: str, random: Random, _near: Document) -> Question:
    """One character of a subject is another: little is found, and something may have been meant."""
    word, other = _object(random), _object(random)
    place = random.randrange(len(word))
    return Question(kind, who, _asked(word[:place] + other[0] + word[place + 1 :]))


def _nothing(kind: str, who: str, random: Random, _near: Document) -> Question:
    return _words(kind, who, (f"{_object(random)}{random.choice('魑魅魍魉')}",))


_MAKERS: dict[str, Callable[[str, str, Random, Document], Question]] = {
    "one word": _one,
    "two words": _two,
    "phrase of four characters": _phrase,
    "in a field": _in_field,
    "word and dates": _days,
    "code": _code,
    "beginning of a code": _code_prefix,
    "wildcard": _wildcard,
    "word and two filters": _filtered,
    "newest first": _newest,
    "by code": _by_code,
    "second page": _second_page,
    "browse": _browse,
    "everything, one filter": _narrowed,
    "suggest": _typed,
    "rare word": _rare,
    "common word": _common,
    "misspelt": _misspelt,
    "nothing found": _nothing,
}
