"""The words of the interface, from one catalogue (`messages.toml`), in Chinese and English."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["zh", "en"]


def language() -> Language:
    """The reader's language: `LANTAI_LANG`, else the locale's; English where neither says Chinese."""
    for name in ("LANTAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(key: str, /, **values: object) -> str:
    """The message `key` in the reader's language with `values` filled in. Unknown keys raise `KeyError`."""
    return catalogue()[key][language()].format(**values)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every message: key → language → text."""
    return tomllib.loads(resources.files("lantai").joinpath("messages.toml").read_text("utf-8"))
