"""Suggestions and other readings are the same whether hidden records exist or not, whoever asks.

Two indexes, equal but for what a subject may not see (`twins`); beginnings and mistyped
words, many of them made out of what is hidden.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import pytest
from twins import COMMON, RARE, STAFF, SUBJECTS, Twins, twins

from search.corrections import meant
from search.suggestions import completions
from search.tantivy_index import TantivyIndex

FIELDS = [
    "",
    "题名:",
    "title:",
    '题名:"',
    "责任者:",
    "关键词:",
    "人名:",
    "备注:",
    "档号:",
    "年度:",
    "全宗:",
    "access:",
]


@pytest.fixture(scope="module", params=list(SUBJECTS))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    folder = tmp_path_factory.mktemp("twins") / request.param.replace(" ", "-")
    return twins(TantivyIndex, folder, 7, SUBJECTS[request.param])


def typed(pair: Twins, dice: random.Random) -> Iterator[str]:
    """What somebody may type who knows or guesses a hidden word, a code, an identifier."""
    words = COMMON + RARE + STAFF
    for _ in range(25):
        one = dice.choice([*pair.hidden, *pair.visible])
        text = dice.choice([one.title, one.title, one.code, one.author, one.abstract, one.keywords])
        start = dice.choice([0, 2, 4]) if text != one.code else 0
        word = dice.choice(words)
        at = dice.randrange(len(word))
        yield from (
            text[start : start + dice.randint(1, 9)],
            dice.choice(FIELDS) + dice.choice([text[:3], word[:2], "20", "A0", ""]),
            dice.choice(["", "档案 ", "题名:", "("])
            + word[:at]
            + dice.choice("防檔案讯aot")
            + word[at + 1 :],
        )


def test_no_suggestion_and_no_reading_tells_of_what_is_hidden(pair: Twins) -> None:
    dice, told = random.Random(pair.name), 0
    for text in typed(pair, dice):
        full, bare = (partial(one.search, view=pair.view) for one in (pair.full, pair.bare))
        suggested, read = completions(text, full), meant(text, found := dice.randrange(4), full)
        assert suggested == completions(text, bare), text
        assert read == meant(text, found, bare), text
        told += bool(suggested) + bool(read)
    assert told > 15 or not pair.visible
