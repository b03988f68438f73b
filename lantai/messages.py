"""The words of the interface, from one catalogue, in Chinese and English: `messages.toml`
of commands and errors, `words/` of the pages.

The rooms below say their errors and checks in English. For a Chinese reader `retell` finds the
sentence among those of the catalogue that have a `pattern`; what it does not find stays English.
Not here: the sentences of findings (`policies.findings`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Literal

from policies.findings import table

Language = Literal["zh", "en"]


class Count(int):
    """A number that agrees with its noun: `{n:warning}` is `1 warning`, `{n:entry|entries}` `2 entries`."""

    def __format__(self, nouns: str) -> str:
        if not nouns:
            return str(int(self))
        one, _, more = nouns.partition("|")
        return f"{int(self)} {one if self == 1 else more or one + 's'}"


_READER: ContextVar[Language | None] = ContextVar("reader", default=None)


@contextmanager
def reading(wanted: Language) -> Iterator[None]:
    """Speak `wanted` to whoever is served meanwhile: a door that serves many at once."""
    former = _READER.set(wanted)
    try:
        yield
    finally:
        _READER.reset(former)


def language() -> Language:
    """The reader's language: the one being served, else `LANTAI_LANG`, else the locale's; else English."""
    if (served := _READER.get()) is not None:
        return served
    for name in ("LANTAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(key: str, /, **values: object) -> str:
    """The message `key` in the reader's language with `values` filled in. Unknown keys raise `KeyError`."""
    counted = {name: Count(value) if type(value) is int else value for name, value in values.items()}
    return catalogue()[key][language()].format(**counted)


def word(family: str, name: str) -> str:
    """What `name` is called: the message `family-name` in the reader's language, else `name` as it is."""
    message = catalogue().get(f"{family}-{re.sub('[ .]', '-', name)}")
    return message[language()] if message else name


def finding_name(kind: str) -> str:
    """What a kind of finding says, without its place and values; `kind` itself where nobody knows it."""
    known = table().kinds.get(kind)
    told = (known.zh if language() == "zh" else known.en) if known else kind
    return told[:1].upper() + told[1:]


def label(field: str) -> str:
    """A field's name in the reader's language, where the list has such a field."""
    names = table().fields.get(field)
    named = word("field", field)
    return names[language()] if names and named == field else named


def retell(sentence: str) -> str:
    """A sentence of the rooms below in the reader's language, as far as the catalogue knows it; and so the
    `reason` that stands in it.
    """
    if language() == "en":
        return sentence
    for pattern, chinese in _sentences():
        found = pattern.fullmatch(sentence)
        if found:
            told = found.groupdict("")
            return chinese.format(
                **{name: retell(told[name]) if name == "reason" else told[name] for name in told}
            )
    return sentence


def error_sentence(code: str, text: str) -> str:
    """An error for the reader: in Chinese what kind it is, and then the detail."""
    if language() == "en":
        return text
    told = retell(text)
    head = catalogue().get(f"error-{code}", catalogue()["error-unknown"])["zh"]
    return told if told != text else f"{head}：{text}"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every message: key → language → text: those of commands and errors, and those of each room's pages.

    Raises `ValueError` where a key stands twice.
    """
    room = resources.files("lantai")
    pages = sorted(room.joinpath("words").iterdir(), key=lambda file: file.name)
    every: dict[str, dict[str, str]] = {}
    for file in (room.joinpath("messages.toml"), *pages):
        more = tomllib.loads(file.read_text("utf-8"))
        if twice := every.keys() & more.keys():
            raise ValueError(f"{file.name}: said before: {sorted(twice)}")
        every |= more
    return every


@cache
def _sentences() -> list[tuple[re.Pattern[str], str]]:
    known = (message for message in catalogue().values() if "pattern" in message)
    return [(re.compile(message["pattern"], re.DOTALL), message["zh"]) for message in known]
