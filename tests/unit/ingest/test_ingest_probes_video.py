"""Videos read to their end: what they are, cuts and damage in each container, and what is drawn of them."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator
from typing import Any

import av
import media
import pytest
from PIL import Image

from ingest.drawn import Drawn, Wanted
from ingest.work import ProbePool
from policies.content import judge_content
from policies.formats import ProbeFacts
from policies.ruleset import RuleSet, builtin

KINDS = [("mp4", "libx264"), ("mp4", "mpeg4"), ("avi", "mpeg4"), ("avi", "mjpeg"), ("vob", "mpeg2video")]
SUFFIXES = {"mp4": "mp4", "avi": "avi", "vob": "mpg"}
CODECS = {"libx264": "h264"}


@pytest.fixture(scope="module")
def pool() -> Iterator[ProbePool]:
    with ProbePool(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return builtin("shandong-2016")


def asked(content: bytes, ask: Any) -> Any:
    memory = os.memfd_create("test")
    try:
        os.write(memory, content)
        return ask(memory)
    finally:
        os.close(memory)


def probed(pool: ProbePool, rules: RuleSet, content: bytes) -> ProbeFacts:
    facts: ProbeFacts = asked(content, lambda fd: pool.probe(fd, "", len(content), rules.probes))
    return facts


def drawn(pool: ProbePool, content: bytes, kind: str) -> Drawn:
    found: Drawn = asked(content, lambda fd: pool.draw(fd, len(content), Wanted("video", kind)))
    return found


def judged(facts: ProbeFacts, rules: RuleSet, suffix: str = "mp4") -> list[str]:
    found = judge_content(
        file=f"a.{suffix}", role="main", category="LX", extension=suffix, facts=facts, rules=rules
    )
    return [one.kind for one in found]


@pytest.mark.parametrize(("kind", "codec"), KINDS)
def test_a_whole_video_tells_what_it_is_and_is_accepted(
    pool: ProbePool, rules: RuleSet, kind: str, codec: str
) -> None:
    facts = probed(pool, rules, media.video(kind, codec, sounds="mp2" if kind == "vob" else ""))
    assert facts.problems == ()
    told = {name: facts.values[name] for name in ("codec", "width", "height", "frames", "decoded")}
    assert told == {
        "codec": CODECS.get(codec, codec), "width": 320, "height": 240, "frames": 50, "decoded": "whole",
    }  # fmt: skip
    assert abs(int(facts.values["duration_ms"]) - 2000) < 200
    assert judged(facts, rules, SUFFIXES[kind]) == []


@pytest.mark.parametrize(("kind", "codec"), KINDS)
@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_a_video_that_was_cut_is_found_out(
    pool: ProbePool, rules: RuleSet, kind: str, codec: str, kept: float
) -> None:
    content = media.video(kind, codec)
    facts = probed(pool, rules, content[: int(len(content) * kept)])
    assert {problem.kind for problem in facts.problems} <= {"video-cut", "video-damaged"}
    assert facts.problems


@pytest.mark.parametrize(("kind", "codec"), [one for one in KINDS if one[1] != "mjpeg"])
def test_foreign_bytes_in_a_video_are_found_out(
    pool: ProbePool, rules: RuleSet, kind: str, codec: str
) -> None:
    content = bytearray(media.video(kind, codec, 4.0))
    middle = len(content) // 2
    content[middle : middle + 3_000] = random.Random(1).randbytes(3_000)
    assert probed(pool, rules, bytes(content)).problems


def test_a_coding_is_the_rule_sets_to_accept(pool: ProbePool, rules: RuleSet) -> None:
    facts = probed(pool, rules, media.video("avi", "mpeg1video"))
    assert judged(facts, rules, "avi") == ["codec-not-accepted"]


def test_a_video_of_which_nothing_is_left_is_no_crash(pool: ProbePool, rules: RuleSet) -> None:
    for content in (b"\0\0\0\x18ftypisom", b"RIFF\xff\xff\xff\xffAVI LIST", b"\0\0\1\xba" + b"\xff" * 500):
        assert "probe-crashed" not in {problem.kind for problem in probed(pool, rules, content).problems}


def test_a_frame_that_is_not_black_stands_for_a_video(pool: ProbePool) -> None:
    found = drawn(pool, media.video(), "thumb").parts
    picture = Image.open(io.BytesIO(found["thumb"]))
    assert picture.size == (256, 192)
    assert Image.open(io.BytesIO(found["screen"])).size == (320, 240)
    corner = picture.getpixel((5, 5))
    assert isinstance(corner, tuple)
    assert max(corner) > 100


@pytest.mark.parametrize(("kind", "codec", "sounds"), [("avi", "mpeg4", "mp2"), ("vob", "mpeg2video", "")])
def test_what_browsers_do_not_play_is_coded_anew(pool: ProbePool, kind: str, codec: str, sounds: str) -> None:
    played = drawn(pool, media.video(kind, codec, size=(1440, 1080), seconds=1, sounds=sounds), "play").parts[
        "play"
    ]
    with av.open(io.BytesIO(played)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 960, 720)
        assert [one.codec_context.name for one in container.streams.audio] == (["aac"] if sounds else [])
        assert sum(1 for _ in container.decode(stream)) == 25
