"""What is measured with is sound: the corpus's files are whole and distinct, and a run is told truly."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from random import Random

import av
import pikepdf
import pytest
from PIL import Image

from benchmarks import corpus, media
from benchmarks.contenders import Contender
from benchmarks.ingest import Round, table
from benchmarks.measure import Run, RunFailed, run

MAKERS: dict[str, Callable[[Random], bytes]] = {
    "jpg": media.jpeg,
    "mp3": media.mp3,
    "wav": media.wav,
    "pdf": lambda random: media.pdf(random, "题名", "责任者", ["一句话。", "又一句话。", "再一句话。"]),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_two_files_share_no_long_run_of_bytes(kind: str) -> None:
    one, other = MAKERS[kind](Random(1)), MAKERS[kind](Random(2))
    assert MAKERS[kind](Random(1)) == one
    blocks = {one[n : n + 65536] for n in range(0, len(one) - 65536, 65536)}
    assert not any(other[n : n + 65536] in blocks for n in range(0, len(other), 65536))


def test_shuffled_mp3_frames_decode_to_their_whole_length() -> None:
    data = media.mp3(Random(3))
    with av.open(io.BytesIO(data)) as sound:
        samples = sum(frame.samples for frame in sound.decode(audio=0))
    assert 3800 * 1152 <= samples <= 7600 * 1152


def test_a_photograph_of_the_corpus_decodes_and_holds_no_run_of_zeros() -> None:
    data = media.jpeg(Random(4))
    assert bytes(16) not in data[data.index(b"\xff\xda") :]
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.width * image.height >= 3_900_000


def test_a_stamped_document_is_sound() -> None:
    with pikepdf.open(io.BytesIO(MAKERS["pdf"](Random(5)))) as pdf:
        assert not pdf.check_pdf_syntax()


def test_any_part_of_the_corpus_has_files_of_all_kinds() -> None:
    plan = media.numbered({kind: count // 10 for kind, count in corpus.FULL_SCALE.items()})
    assert {kind for kind, _ in plan[len(plan) // 3 : 2 * len(plan) // 3]} >= {"jpg", "mp3", "pdf"}


def test_a_run_is_told_with_the_memory_of_its_largest_process() -> None:
    inner = "import time; data = bytearray(120_000_000); time.sleep(0.4)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    done = run([sys.executable, "-c", outer])
    assert 120_000_000 < done.largest < 200_000_000
    assert done.together >= done.largest


def test_a_run_that_fails_says_what_it_said_last() -> None:
    with pytest.raises(RunFailed, match="no such thing"):
        run([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_ratios_are_made_inside_a_round() -> None:
    def taken(seconds: float) -> Run:
        return Run(seconds, 1_000_000, 2_000_000, "")

    rounds = [
        Round({"lantai": taken(2), "floor": taken(1)}, 1000, 1900),
        Round({"lantai": taken(9), "floor": taken(3)}, 1000, 1100),
    ]
    chosen = [Contender(name, 2, lambda *_: taken(0)) for name in ("floor", "lantai")]
    lines = table(rounds, chosen, 10, 20_000_000).splitlines()
    assert lines[-2] == "| floor | 2 | 2.0 | 10 | 5 | 1 | 2 | 2.50 (2.00 to 3.00) |"
