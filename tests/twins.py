"""Two indexes equal but for what somebody may not see: whatever that person asks, both must say the same.

`world` makes records of every standing; `Twins` feeds them all to one index, in shuffled pieces, and to
another only what a subject may see: under other ranks, in one piece, and with everything that the subject
sees nothing of (staff's fields, personal identifiers) put in other words. Requests: `twin_requests`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policies.access import (
    DOMESTIC_MARK,
    INTERNAL_MARK,
    Standing,
    Subject,
    View,
    Zone,
    may,
    shows_all,
    view_of,
)
from search.index import Document, Index

FONDS = ("A014", "B002", "K021")
COMMON = (
    "关于", "山东省", "档案", "管理", "办法", "通知", "会议", "纪要", "水库", "水利", "预算", "報告", "济南",
    "reservoir", "report", "2016", "鲁水发",
)  # fmt: skip
"""Words of any record."""
RARE = ("海燕", "水犀", "水军", "潜艇", "龘", "secretum", "reservoit", "repork", "zanzibar", "檔安")
"""Words that open records never hold; some differ by one letter from those that they do."""
STAFF = ("王小明", "赵铁柱", "密封", "甲柜", "ostrich", "A001")
"""Words of the fields that only staff see."""

SUBJECTS: dict[str, Subject | None] = {
    "stranger": None,
    "researcher": Subject("r"),
    "reading room": Subject("rr", zone=Zone.READING_ROOM),
    "government": Subject("g", zone=Zone.GOVERNMENT),
    "cleared": Subject("c", clearances=frozenset({INTERNAL_MARK})),
    "officer": Subject("o", frozenset({"B002"}), Zone.INTERNAL),
    "officer of nothing": Subject("n", frozenset({"Z999"}), Zone.INTERNAL),
    "grantee": Subject("h", granted=frozenset({"i7", "i8", "i9", "i30", "i31", "i32", "i33"})),
    "officer with a grant": Subject("og", frozenset({"K021"}), granted=frozenset({"i7", "i8", "i40", "i41"})),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A record before it is written down: `{0}` … in its texts stand for personal identifiers."""

    document: Document
    withdrawn: bool

    @property
    def standing(self) -> Standing:
        one = self.document
        return Standing(one.id, one.fonds, one.access, one.secrecy, one.holder, self.withdrawn)


def world(seed: int, count: int = 60) -> list[Made]:
    """Records of every standing, in the order in which they were registered."""
    dice = random.Random(seed)
    return [_made(number, dice) for number in range(count)]


def _made(number: int, dice: random.Random) -> Made:
    opened = dice.random() < 0.6
    access = "open" if opened else dice.choice(["unreviewed", "restricted", "postponed", "closed", "neu"])
    words = COMMON if opened else COMMON + RARE * 2

    def some(least: int, most: int) -> str:
        return "".join(dice.choices(words, k=dice.randint(least, most)))

    fonds, year, office = dice.choice(FONDS), str(dice.randint(1998, 2003)), dice.choice(["BGS", "RSC"])
    if not opened and dice.random() < 0.3:
        fonds, year, office = "A013", "1949", "JMC"
    pages = " ".join(dice.choices(words, k=dice.choice([0, 0, 20, 3_000 if not opened else 40])))
    document = Document(
        id=f"i{number}",
        rank=number,
        code=f"{fonds}-WS·{year}-Y-{office}-{number:04}",
        former_codes=(f"A001-WS·1990-Y-{number:04}",) if dice.random() < 0.3 else (),
        title=f"关于{some(2, 5)}的通知" + ("（电话{0}）" if dice.random() < 0.3 else ""),
        author=dice.choice(words) + "厅",
        fonds=fonds,
        category=dice.choice(["WS", "KU·01"]),
        year=year,
        retention=dice.choice(["Y", "D30"]),
        office=office,
        date=dice.choice([year, f"{year}-05", f"{year}-05-17", "不详", ""]),
        access=access,
        secrecy=dice.choice([*[""] * 8, INTERNAL_MARK, DOMESTIC_MARK, "unknown"]),
        holder=dice.choice([*[""] * 6, "reading-room", "consent"]),
        keywords=";".join(dice.choices(words, k=2)),
        people=dice.choice(STAFF),
        place=dice.choice(["济南", "青岛", ""]),
        abstract=f"{some(3, 8)}，身份证{{1}}，{some(1, 3)}",
        document_number=f"鲁水发〔{year}〕{number}号",
        genre=dice.choice(["通知", "报告", ""]),
        notes=dice.choice(STAFF) + "备注",
        box=f"盒{number % 7}",
        shelf=dice.choice(STAFF) + "架",
        text=pages + " 联系 {0} 卡号 {2}",
    )
    return Made(document, dice.random() < 0.1)


def numbered(document: Document, dice: random.Random) -> Document:
    """The record with personal identifiers in it, of always the same length."""
    numbers = [
        "138" + "".join(dice.choices("0123456789", k=8)),
        "370102" + dice.choice(["19621004", "19710923"]) + "".join(dice.choices("0123456789", k=4)),
        "622202" + "".join(dice.choices("0123456789", k=13)),
    ]
    written = {name: getattr(document, name) for name in ("title", "abstract", "text")}
    return replace(document, **{name: text.format(*numbers) for name, text in written.items()})


def unseen_changed(document: Document, dice: random.Random) -> Document:
    """The record with other words wherever only staff see them."""
    other = {name: dice.choice(RARE + STAFF + COMMON) for name in ("people", "notes", "box", "shelf")}
    former = (f"A001-WS·1990-Y-{dice.randint(0, 200):04}x",) if dice.random() < 0.5 else ()
    return replace(document, former_codes=former, **other)


@dataclass(frozen=True, repr=False)
class Twins:
    """An index of everything, and one of what `view` shows; `hidden` are the records that the one lacks."""

    name: str

    view: View
    full: Index
    bare: Index
    hidden: tuple[Document, ...]
    visible: tuple[Document, ...]


def filled(index: Index, records: Sequence[Document], dice: random.Random) -> Index:
    """`index` with the records, fed in shuffled pieces, some of them twice and some after being removed."""
    together = list(records)
    dice.shuffle(together)
    while together:
        size = dice.randint(1, 25)
        index.feed(together[:size])
        together = together[size:]
    again = dice.sample(list(records), len(records) // 4)
    index.feed([], [one.id for one in again[::2]])
    index.feed(again)
    return index


def twins(opened: Callable[[Path], Index], folder: Path, seed: int, subject: Subject | None) -> Twins:
    """The indexes of one world for one subject; `opened` opens an empty one in a folder."""
    view, dice = view_of(subject), random.Random(seed)
    made = world(seed)
    # What was withdrawn is in no index (`processes.finding.index`), whoever may be told of it.
    everything = [numbered(one.document, dice) for one in made if not one.withdrawn]
    shown = [one for one in made if not one.withdrawn and may(view, one.standing)]
    seen = tuple(_seen(view, one, everything, dice) for one in shown)
    full = filled(opened(folder / "full"), everything, dice)
    bare = opened(folder / "bare")
    bare.feed(replace(one, rank=place) for place, one in enumerate(seen))
    names = {one.id for one in seen}
    return Twins(folder.name, view, full, bare, tuple(one for one in everything if one.id not in names), seen)


def _seen(view: View, made: Made, everything: Iterable[Document], dice: random.Random) -> Document:
    if shows_all(view, made.standing):
        return next(one for one in everything if one.id == made.document.id)
    return numbered(unseen_changed(made.document, dice), dice)
