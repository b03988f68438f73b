"""A seeded corpus of media files with its list, at any scale: `python -m benchmarks.corpus FOLDER`.

Scale 1 is 2,000 files and about 4 GB: what one unit of a province hands over in a year. With
`--small-documents N` the corpus is N documents of 50 to 150 KB instead. The same seed, scale and
versions of the codecs give the same bytes. Nothing here measures anything.
"""

from __future__ import annotations

import argparse
import csv
import os
import tomllib
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from random import Random

from benchmarks import media

# Files at scale 1, with their mean size in MB: 2.6, 22, 15, 3, 0.1.
FULL_SCALE = {"jpg": 1130, "tif": 20, "wav": 20, "mp3": 130, "pdf": 700}
_CATEGORY = {"jpg": "ZP", "tif": "ZP", "wav": "LY", "mp3": "LY", "pdf": "WS"}
_SUBJECTS = {
    "ZP": "重点工程建设现场照片",
    "LY": "业务会议现场录音",
    "WS": "关于做好档案移交进馆工作的通知",
}
_HEADINGS = (
    "文件名", "题名", "责任者", "日期", "全宗号", "门类", "年度", "保管期限", "机构", "密级", "开放意见",
)  # fmt: skip


def make_corpus(folder: Path, scale: float = 1.0, small_documents: int = 0, seed: int = 2016) -> int:
    """Make a corpus in `folder` and return the bytes of its files.

    `scale` multiplies the numbers of `FULL_SCALE`, at least one file a kind. Where
    `small_documents` is not 0 the corpus is that many PDF files and `scale` counts for nothing.
    """
    counts = {kind: max(1, round(count * scale)) for kind, count in FULL_SCALE.items()}
    plan = media.numbered({"pdf": small_documents} if small_documents else counts)
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(str(folder), seed, index, kind) for index, (kind, _) in enumerate(plan)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        total = sum(pool.map(_make, jobs, chunksize=8))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(_HEADINGS)
        rows.writerows(_row(index, kind) for index, (kind, _) in enumerate(plan))
    return total


def _name(index: int, kind: str) -> str:
    return f"{index // 200:03}/{index:06}.{kind}"


def _title(index: int, kind: str) -> str:
    return f"{_SUBJECTS[_CATEGORY[kind]]}（{index + 1}）"


def _row(index: int, kind: str) -> tuple[str, ...]:
    """One item a file; ten years, two retention periods and two offices make the series."""
    year = str(2008 + index % 10)
    date = f"{year}{1 + index % 12:02}{1 + index % 28:02}"
    kept, office = ("永久", "定期30年")[index % 2], ("BGS", "XCC")[index // 2 % 2]
    return (
        _name(index, kind), _title(index, kind), "综合办公室", date, "A014",
        _CATEGORY[kind], year, kept, office, "公开", "开放",
    )  # fmt: skip


def _make(job: tuple[str, int, int, str]) -> int:
    """Write one file; the bytes it has. Runs in a process of the pool."""
    folder, seed, index, kind = job
    random = Random(f"{seed}/{index}/{kind}")
    if kind == "pdf":
        data = media.pdf(random, _title(index, kind), "综合办公室", _sentences())
    else:
        data = {"jpg": media.jpeg, "tif": media.tiff, "wav": media.wav, "mp3": media.mp3}[kind](random)
    path = Path(folder, _name(index, kind))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return len(data)


@cache
def _sentences() -> list[str]:
    text = files("lantai").joinpath("samples_files.toml").read_text(encoding="utf-8")
    sentences: list[str] = tomllib.loads(text)["text"]["sentences"]
    return sentences


def main() -> None:
    """Read the arguments, make the corpus, say what it holds."""
    parser = argparse.ArgumentParser(description=make_corpus.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--small-documents", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=2016)
    chosen = parser.parse_args()
    total = make_corpus(chosen.folder, chosen.scale, chosen.small_documents, chosen.seed)
    print(f"{chosen.folder}: {total / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
