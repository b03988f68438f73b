"""Setting a page with Typst: its fonts, and what of a text they can show.

Not here: forms and what stands in them (`printed`, `forms/`).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf

from processes.printing.glyphs import characters

STANDARD = "a-2u"
SECONDS = 120
"""So long may one part of a paper take."""
_AT_ONCE = threading.Semaphore(2)
CHINESE = (
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "AR PL UMing CN",
    "Droid Sans Fallback",
)
"""Families with Chinese characters, the first that is there sets the text."""
OTHERS = (
    "Noto Sans",
    "Noto Serif Tibetan",
    "Noto Sans Arabic",
    "Noto Sans Mongolian",
    "Noto Sans Yi",
    "Noto Sans Thai",
    "DejaVu Sans",
    "Plangothic P1",
    "Plangothic P2",
    "Jigmo2",
    "Jigmo3",
    "HanaMinB",
    "BabelStone Han",
    "Unifont",
)
"""What sets the characters that the first does not have, as far as they are there."""
PASSED = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "XDG_CONFIG_HOME",
        "XDG_DATA_HOME", "XDG_DATA_DIRS",
    }
)  # fmt: skip
"""What loading and finding fonts need of the environment; the rest may be secret."""
UNPRINTED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
KEPT = "\n\t\u200b\u200c\u200d"


class Unset(Exception):
    """Typst could not set the page; its words."""


@lru_cache(maxsize=4)
def _fonts(folders: tuple[Path, ...]) -> Any:
    import typst

    there = [str(folder) for folder in folders if folder.is_dir()]
    return typst.Fonts(include_embedded_fonts=False, font_paths=there)


@lru_cache(maxsize=4)
def families(folders: tuple[Path, ...]) -> tuple[str, ...]:
    """The families that text is set in, in order; none where nothing here has Chinese characters."""
    there = set(_fonts(folders).families())
    chinese = [name for name in CHINESE if name in there]
    return tuple(chinese[:1] + [name for name in OTHERS if name in there]) if chinese else ()


@lru_cache(maxsize=4)
def _shown(folders: tuple[Path, ...]) -> frozenset[int]:
    """The characters that the fonts of these families have, all of their weights."""
    wanted = families(folders)
    found: dict[str, frozenset[int]] = {}
    for font in _fonts(folders).fonts():
        if font.family in wanted and font.path and font.weight == 400 and font.family not in found:
            found[font.family] = characters(Path(font.path), font.index)
    return frozenset().union(*found.values())


def printable(value: Any, folders: tuple[Path, ...]) -> Any:
    """`value` with every character that cannot be shown told by its number."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else _told(value, _shown(folders))
    if isinstance(value, Mapping):
        return {name: printable(one, folders) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [printable(one, folders) for one in value]
    return value


def _told(text: str, shown: frozenset[int]) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(_one(character, shown) for character in composed)


def _one(character: str, shown: frozenset[int]) -> str:
    if ord(character) in shown and unicodedata.category(character) not in UNPRINTED:
        return character
    if character in KEPT:
        return " " if character == "\t" else "\n" if character == "\n" else ""
    return f"[U+{ord(character):04X}]"


def pdf(source: Path, given: Mapping[str, str], folders: tuple[Path, ...], made: int) -> bytes:
    """The page of `source`, with `given` among its inputs, set in a process of its own. Raises `Unset`."""
    asked = {
        "source": str(source),
        "root": str(source.parent),
        "fonts": [str(folder) for folder in folders if folder.is_dir()],
        "inputs": dict(given),
        "standard": STANDARD,
        "made": made,
    }
    command = [sys.executable, str(Path(__file__).with_name("child.py"))]
    try:
        with _AT_ONCE:
            done = subprocess.run(
                command, input=json.dumps(asked).encode(), capture_output=True, timeout=SECONDS, check=False,
                env={name: value for name, value in os.environ.items() if name in PASSED},
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unset(f"it took longer than {SECONDS} s") from None
    if done.returncode:
        raise Unset(done.stderr.decode("utf-8", "replace").strip()[-500:])
    return done.stdout


def joined(parts: Sequence[bytes]) -> bytes:
    """Several papers as one, in order; what the first declares of itself holds for all of it."""
    if len(parts) == 1:
        return parts[0]
    with pikepdf.open(io.BytesIO(parts[0])) as whole:
        for part in parts[1:]:
            with pikepdf.open(io.BytesIO(part)) as more:
                whole.pages.extend(more.pages)
        written = io.BytesIO()
        whole.save(written, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return written.getvalue()


def pages(paper: bytes) -> int:
    """How many pages a paper has."""
    with pikepdf.open(io.BytesIO(paper)) as opened:
        return len(opened.pages)
