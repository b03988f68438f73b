"""The sample batch: a few dozen real media files with their list, six of them bad in known ways.

The list is `samples_list.csv`, written out as it stands; `samples_files.toml` says how each file in
it is made. Titles, units and people's offices are invented. The same seed gives the same bytes on
the same machine. Nothing is taken into an archive here.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from lantai import samples_document as paper
from lantai import samples_media as media

_ZEROS_BYTES = 4096


def make_sample_batch(folder: Path, seed: int = 2016) -> Path:
    """Make the sample batch in `folder` (made if absent) and return the folder.

    34 items in 39 files with `manifest.csv` in UTF-8, headings in Chinese; 28 items pass the rule
    set `shandong-2016` and six fail it. Raises OSError where the folder cannot be written.
    """
    data = files("lantai")
    text = data.joinpath("samples_list.csv").read_text(encoding="utf-8")
    plan = tomllib.loads(data.joinpath("samples_files.toml").read_text(encoding="utf-8"))
    plan["titles"] = _titles(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").write_text(text, encoding="utf-8", newline="\r\n")

    def make(name: str) -> None:
        # Each file has a generator of its own, so that threads and order change nothing.
        random = Random(f"{seed}/{name}")  # noqa: S311 - pictures, not secrets
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_file(name, plan["files"][name], plan, random))

    with ThreadPoolExecutor(2) as pool:  # Pillow and PyAV let go of the interpreter while they encode
        list(pool.map(make, plan["files"]))
    return folder


def _titles(text: str) -> dict[str, tuple[str, str]]:
    """Title and author of each file in the list."""
    rows = csv.DictReader(text.splitlines())
    return {name: (row["题名"], row["责任者"]) for row in rows for name in row["文件名"].split("|")}


def _file(name: str, recipe: Mapping[str, Any], plan: Mapping[str, Any], random: Random) -> bytes:
    """The bytes of one file, damaged where its recipe says so."""
    data = _MAKERS[recipe["kind"]](name, recipe, plan, random)
    defect = recipe.get("defect")
    return data if defect is None else _DEFECTS[defect](data)


def _picture(_name: str, recipe: Mapping[str, Any], plan: Mapping[str, Any], random: Random) -> bytes:
    image = media.photograph(random, recipe["width"], recipe["height"], recipe.get("noise", 9))
    camera = media.Camera(**plan["cameras"][recipe["camera"]])
    if recipe["kind"] == "tiff":
        return media.tiff(image, camera, recipe["compression"])
    return media.jpeg(image, camera, recipe["taken"], progressive=recipe.get("progressive", False))


def _sound(name: str, recipe: Mapping[str, Any], plan: Mapping[str, Any], random: Random) -> bytes:
    rate, channels = recipe["rate"], recipe["channels"]
    samples = media.sound(random, recipe["seconds"], rate, channels)
    if recipe["kind"] == "wav":
        return media.wav(samples, rate, channels)
    title, author = plan["titles"][name]
    return media.mp3(samples, rate, channels, {"title": title, "artist": author})


def _document(name: str, recipe: Mapping[str, Any], plan: Mapping[str, Any], random: Random) -> bytes:
    text = plan["text"]
    paragraphs: list[str] = []
    for head in text["heads"]:
        paragraphs += [head, *("".join(random.sample(text["sentences"], 2)) for _ in range(2))]
    title, author = plan["titles"][name]
    return paper.document(title, author, paragraphs, recipe["pages"])


def cut_short(data: bytes) -> bytes:
    """The first 61 % of a file, as an interrupted transfer leaves it."""
    return data[: len(data) * 61 // 100]


def with_zeros(data: bytes) -> bytes:
    """A JPEG with 4 KiB of its scan lost to zeros, as a failing disk leaves it."""
    scan = data.index(b"\xff\xda")
    middle = scan + (len(data) - scan) // 2
    return data[:middle] + bytes(_ZEROS_BYTES) + data[middle + _ZEROS_BYTES :]


_Maker = Callable[[str, Mapping[str, Any], Mapping[str, Any], Random], bytes]
_MAKERS: Mapping[str, _Maker] = {
    "jpeg": _picture,
    "tiff": _picture,
    "wav": _sound,
    "mp3": _sound,
    "pdf": _document,
}
_DEFECTS: Mapping[str, Callable[[bytes], bytes]] = {
    "cut": cut_short,
    "zeros": with_zeros,
    "encrypted": paper.encrypted,
}
