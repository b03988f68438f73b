"""Seeded archival records of a province, 1949 to 2020, as many as are wanted.

Words follow Zipf's law, so there are common ones, and rare ones that a handful of records have; fonds are of
uneven size; the years grow. Of 100 records about 30 are open, most of the rest not reviewed, 5 are marked
内部, 1 is restricted by its depositor, and of 500 one names an identity number in its title. The same
numbers give the same records: the first ten thousand of a million are the ten thousand.

Not here: a home that holds them (`benchmarks.record_home`), measuring.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from search.index import Document

AT_ONCE = 10_000
FIRST_YEAR, LAST_YEAR = 1949, 2020
FONDS = 240
_PLACES, _FIRMS, _PEOPLE = 6_000, 4_000, 40_000
_DOT = "\u00b7"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn from, the first most often: the n-th with a weight of 1/n**slope."""

    values: Sequence[Any]
    weights: Sequence[float]

    @classmethod
    def zipf(cls, values: Sequence[Any], slope: float = 1.0) -> Choice:
        """By Zipf's law; with a slope of 0 all alike."""
        return cls(values, list(accumulate((n + 1) ** -slope for n in range(len(values)))))

    @classmethod
    def shares(cls, shares: Mapping[Any, float]) -> Choice:
        """By the shares given."""
        return cls(list(shares), list(accumulate(shares.values())))

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many of the values."""
        return random.choices(self.values, cum_weights=self.weights, k=count)


@dataclass(frozen=True, slots=True)
class Fonds:
    """An organ's records: the code, its name, the short form in document numbers, its first year."""

    code: str
    name: str
    short: str
    since: int


@dataclass(frozen=True, slots=True)
class Words:
    """All that records are made of; made once."""

    fonds: Choice
    places: Choice
    objects: Choice
    actions: Choice
    kinds: Choice
    firms: Choice
    people: Choice
    years: Choice
    offices: Choice
    office_names: Mapping[str, str]
    reasons: Sequence[str]
    sentences: Choice


_CATEGORIES = Choice.shares({"WS": 80, "KJ": 6, f"KU{_DOT}01": 4, "ZP": 6, "RS": 2, "LY": 1, "ZY": 1})
_RETENTION = Choice.shares({"Y": 45, "D30": 30, "D10": 25})
_OLD_RETENTION = Choice.shares({"Y": 45, "C": 33, "D": 22})
_ACCESS = Choice.shares({"open": 27, "unreviewed": 63, "restricted": 4, "postponed": 4, "closed": 2})
_OLD_ACCESS = Choice.shares({"open": 42, "unreviewed": 48, "restricted": 4, "postponed": 4, "closed": 2})
_SECRECY = Choice.shares({"": 40, "公开": 54.5, "内部": 5, "国内": 0.5})
_HOLDER = Choice.shares({"": 990, "reading-room": 7, "consent": 3})
_SHAPES = Choice.shares(
    {"plain": 45, "printed": 12, "firm": 14, "yearly": 12, "meeting": 6, "person": 7, "photo": 4}
)
_NUMBERED = Choice.shares({True: 70, False: 30})
_PRECISION = Choice.shares({"day": 82, "month": 11, "year": 5, "none": 2})
_EXTRA = Choice.shares({"": 66, "abstract": 22, "notes": 10, "former": 2})
_PEOPLE_NAMED = Choice.shares({0: 68, 1: 20, 2: 8, 3: 4})
_NAMES_IDENTITY = Choice.shares({False: 499, True: 1})


def records(count: int, seed: int = 1949) -> Iterator[Document]:
    """The first `count` records; their ranks are 1, 2, 3 and so on, their ids `r000000001` and so on.

    `secrecy` is written as a list writes it, `holder` as a decision does.
    """
    words, numbers, papers = vocabulary(), Counter[str](), Counter[str]()
    for start in range(0, count, AT_ONCE):
        drawn = _draw(words, Random(f"{seed}/{start}"), AT_ONCE)
        for rank, row in zip(range(start + 1, count + 1), zip(*drawn, strict=True), strict=False):
            yield _record(words, rank, row, numbers, papers)


def access_of(rank: int, access: str, holder: str) -> dict[str, str]:
    """What the decision on a record's access said, as an item keeps it; empty where there was none."""
    if access == "unreviewed" and not holder:
        return {}
    reasons = vocabulary().reasons
    closed = access not in ("open", "unreviewed")
    return {
        "clause": f"第{rank % 12 + 1}条" if closed else "",
        "reason": reasons[rank % len(reasons)] if closed else "",
        "until": f"{2027 + rank % 20}1231" if access == "postponed" else "",
        "holder": holder,
    }


@cache
def vocabulary() -> Words:
    """The words, always the same."""
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    words, random = {name: text.split() for name, text in told["words"].items()}, Random("words")
    return Words(
        fonds=Choice.zipf(_fonds(told["organs"], words["cities"], words["objects"]), 0.9),
        places=Choice.zipf(_places(words, random), 0.8),
        objects=Choice.zipf(words["objects"], 0.75),
        actions=Choice.zipf(words["actions"], 0.75),
        kinds=Choice.zipf(words["kinds"], 0.9),
        firms=Choice.zipf(_firms(words, random), 0.85),
        people=Choice.zipf(_people(words, random), 0.5),
        years=_years(),
        offices=Choice.zipf(list(told["offices"]), 0.8),
        office_names=told["offices"],
        reasons=words["reasons"],
        sentences=Choice.zipf([line.strip() for line in told["words"]["sentences"].split("|")], 0.5),
    )


def _fonds(organs: Mapping[str, str], cities: Sequence[str], objects: Sequence[str]) -> list[Fonds]:
    """The organs of the province, and below them a society or institute a subject and city."""
    named = list(organs.items())
    kinds = ("研究所", "公司", "协会", "学校", "设计院")
    for number in range(FONDS - len(named)):
        subject, city = objects[number % len(objects)], cities[number * 7 % len(cities)]
        named.append((f"{city}市{subject}{kinds[number % len(kinds)]}", f"{city[0]}{subject[0]}"))
    return [
        Fonds(f"{'ABCDEFGHJK'[n % 10]}{n:03}", name, short, FIRST_YEAR + n * 11 % 45 * (n > 20))
        for n, (name, short) in enumerate(named, 1)
    ]


def _places(words: Mapping[str, list[str]], random: Random) -> list[str]:
    settled, endings = words["settled"][0], Choice.zipf(words["endings"], 1.2)
    villages = {
        f"{random.choice(words['counties'])}{''.join(random.sample(settled, 2))}{endings.draw(random, 1)[0]}"
        for _ in range(_PLACES)
    }
    near = [
        f"{name}{'市' if name in words['cities'] else '县'}" for name in words["cities"] + words["counties"]
    ]
    return near + sorted(villages)


def _firms(words: Mapping[str, list[str]], random: Random) -> list[str]:
    heads, kinds, cities = words["firm_heads"][0], words["industries"], words["cities"]
    known = [f"{city}{firm}{random.choice(kinds)}" for city in cities for firm in words["firms"]]
    random.shuffle(known)
    rare = {f"{''.join(random.sample(heads, 2))}{random.choice(kinds)}" for _ in range(_FIRMS)}
    return known + sorted(rare)


def _people(words: Mapping[str, list[str]], random: Random) -> list[str]:
    surnames, given = Choice.zipf(words["surnames"], 0.7), words["given"][0]
    first = surnames.draw(random, _PEOPLE)
    return [name + "".join(random.sample(given, 1 + (n % 10 < 8))) for n, name in enumerate(first)]


def _years() -> Choice:
    """Four of a hundred more every year; less was written from 1966 to 1971."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    quiet = range(1966, 1972)
    return Choice.shares(
        {year: 1.04 ** (year - FIRST_YEAR) * (0.35 if year in quiet else 1) for year in years}
    )


def _draw(words: Words, random: Random, count: int) -> list[list[Any]]:
    """One list a respect, `count` long; column after column is three times as fast as record by record."""
    columns = (
        words.fonds, words.years, _CATEGORIES, _RETENTION, _OLD_RETENTION, words.offices, _ACCESS,
        _OLD_ACCESS, _SECRECY, _HOLDER, _SHAPES, words.places, words.objects, words.actions, words.kinds,
        words.firms,
        words.people, words.people, words.objects, _PEOPLE_NAMED, _NUMBERED, _PRECISION, _EXTRA,
        words.sentences, _NAMES_IDENTITY,
    )  # fmt: skip
    return [column.draw(random, count) for column in columns] + [
        random.choices(range(360), k=count)  # the day of the year
    ]


def _record(
    words: Words, rank: int, row: tuple[Any, ...], numbers: Counter[str], papers: Counter[str]
) -> Document:
    (
        fonds, year, category, retention, old_retention, office, access, old_access, secrecy, holder, shape,
        place, thing, action, kind, firm, person, other, second, named, numbered, precision, extra, sentence,
        identity, day,
    ) = row  # fmt: skip
    year = max(year, fonds.since)
    if year < 2006:
        retention = old_retention
    series = f"{fonds.code}-{category}{_DOT}{year}-{retention}-{office}"
    numbers[series] += 1
    number = ""
    if numbered and shape != "photo":
        issued = f"{fonds.short}发〔{year}〕"
        papers[issued] += 1
        number = f"{issued}{papers[issued]}号"
    title = _title(shape, fonds.name, year, place, thing, action, kind, firm, person, rank)
    if identity:
        title += f"（身份证号{_identity(rank, year)}）"
    people = "；".join((person, other, words.people.values[rank % _PEOPLE])[: max(named, shape == "person")])
    return Document(
        id=f"r{rank:09}",
        rank=rank,
        code=f"{series}-{numbers[series]:04}",
        former_codes=(f"{fonds.code}-{rank % 90 + 1:03}-{rank % 700:03}-{rank:07}",)
        if extra == "former"
        else (),
        title=title,
        author=fonds.name if rank % 4 else f"{fonds.name}{words.office_names[office]}",
        fonds=fonds.code,
        category=category,
        year=str(year),
        retention=retention,
        office=office,
        date=_date(precision, year, day),
        access=old_access if year < 1995 else access,
        secrecy=secrecy,
        holder=holder,
        keywords=f"{thing}；{action}；{second}",
        people=people,
        place=place if shape in ("plain", "photo", "yearly") else "",
        abstract=f"{place}{thing}{action}。{sentence}。" if extra == "abstract" else "",
        document_number=number,
        genre="照片" if shape == "photo" else kind,
        notes=f"原件有{kind}附页，经手人{other}" if extra == "notes" else "",
        box=f"{fonds.code}-{rank // 30 % 4000:04}" if rank % 3 else "",
        shelf=f"{rank // 4000 % 40 + 1}-{rank // 400 % 10 + 1}-{rank // 100 % 4 + 1}" if rank % 3 else "",
    )


def _title(
    shape: str, organ: str, year: int, place: str, thing: str, action: str, kind: str, firm: str, person: str,
    rank: int,
) -> str:  # fmt: skip
    match shape:
        case "plain":
            return f"关于{place}{thing}{action}的{kind}"
        case "printed":
            return f"{organ}关于印发《{thing}{action}办法》的通知"
        case "firm":
            return f"关于{firm}{thing}{action}问题的{kind}"
        case "yearly":
            return f"{year}年度{place}{thing}{action}情况{kind}"
        case "meeting":
            return f"{organ}研究{thing}{action}工作会议纪要（第{rank % 48 + 1}号）"
        case "person":
            return f"关于{person}同志职务任免和{thing}{action}分工的{kind}"
        case _:
            return f"{place}{thing}{action}现场照片"


def _date(precision: str, year: int, day: int) -> str:
    match precision:
        case "day":
            return f"{year}{day // 30 + 1:02}{min(day % 30 + 1, 28):02}"
        case "month":
            return f"{year}{day // 30 + 1:02}"
        case "year":
            return str(year)
        case _:
            return ""


def _identity(rank: int, year: int) -> str:
    """18 digits of the right form; nobody's, for the sequence number 000 is not given."""
    return f"370{rank % 900 + 100}{year - 30}{rank % 12 + 1:02}{rank % 28 + 1:02}000{rank % 10}"
