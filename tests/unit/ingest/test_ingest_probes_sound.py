"""WAV and MP3: what is whole passes, what is cut, zeroed or declared wrongly is found."""

from __future__ import annotations

import random
import struct

import media
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.probes.mp3 import Frame, frame, probe_mp3
from ingest.probes.probed import Options, Probed
from ingest.probes.source import BytesSource
from ingest.probes.wav import probe_wav

OPTIONS = Options(max_pixels=1)
STRUCTURE_ONLY = Options(max_pixels=1, decode=False)
WAVS = {
    "pcm 16": media.wav(),
    "pcm 8 mono, odd length": media.wav(0.01, 11025, 1, width=1)[:-1] + b"\x80",
    "pcm 24": media.sound("wav", "pcm_s24le", 0.2),
    "float": media.sound("wav", "pcm_f32le", 0.2),
    "rf64": media.sound("wav", "pcm_s16le", 0.2, rf64="always"),
    "adpcm": media.sound("wav", "adpcm_ms", 0.5),
}
WITH_INFO, WITHOUT_INFO = media.mp3(), media.mp3(header=False)
ID3V1 = b"TAG" + bytes(125)
MP3S = {
    "info header": WITH_INFO,
    "no header": WITHOUT_INFO,
    "48 kHz": media.mp3(rate=48000),
    "mpeg-2": media.mp3(rate=22050, bit_rate=64_000),
    "layer 2": media.sound("mp2", "mp2"),
    "with id3v1": WITH_INFO + ID3V1,
}


def wav_of(content: bytes, options: Options = OPTIONS) -> Probed:
    return probe_wav(BytesSource(content), options)


def mp3_of(content: bytes, options: Options = OPTIONS) -> Probed:
    return probe_mp3(BytesSource(content), options)


def kinds(probed: Probed) -> set[str]:
    return {problem.kind for problem in probed.problems}


def frame_starts(content: bytes) -> list[int]:
    position, starts = 0, []
    if content[:3] == b"ID3":
        position = 10 + (content[8] << 7 | content[9])
    while found := frame(content[position : position + 4]):
        starts.append(position)
        position += found.length
    return [*starts, position]


@pytest.mark.parametrize("name", WAVS)
def test_a_whole_wav_has_no_problem_and_gives_its_facts(name: str) -> None:
    probed = wav_of(WAVS[name])
    assert probed.problems == []
    assert probed.values["sampling_hz"] in (44100, 11025)
    assert probed.values["duration_ms"] > 0  # type: ignore[operator]


@pytest.mark.parametrize("name", WAVS)
def test_a_wav_cut_anywhere_is_found(name: str) -> None:
    content, rng = WAVS[name], random.Random(name)
    for place in {*range(60), *range(len(content) - 40, len(content)), *rng.sample(range(len(content)), 60)}:
        assert wav_of(content[:place]).problems, f"cut at {place} of {len(content)}"


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([4, 16, 24, 28, 32, 34, 40]), st.integers(0, 2**32 - 1))
def test_any_other_number_in_a_wav_header_is_found(offset: int, number: int) -> None:
    content = bytearray(WAVS["pcm 16"])
    width = 2 if offset in (32, 34) else 4
    number %= 256**width
    if number == int.from_bytes(content[offset : offset + width], "little"):
        return
    if offset == 34 and -(-number // 8) == 2:  # 9 to 15 bits in two bytes a sample are lawful
        return
    content[offset : offset + width] = number.to_bytes(width, "little")
    assert wav_of(bytes(content)).problems


def test_a_recorder_that_never_wrote_the_lengths_is_found() -> None:
    content = bytearray(WAVS["pcm 16"])
    for length in (0, 0xFFFFFFFF):
        struct.pack_into("<I", content, 4, length)
        struct.pack_into("<I", content, 40, length)
        assert "sound-length-differs" in kinds(wav_of(bytes(content)))


def test_bytes_behind_the_last_chunk_are_found() -> None:
    assert kinds(wav_of(WAVS["pcm 16"] + b"\x01\x02\x03\x04\x05")) <= {
        "trailing-data",
        "sound-length-differs",
    }
    assert wav_of(WAVS["pcm 16"] + b"\x01\x02\x03\x04\x05").problems


def test_a_list_chunk_behind_the_samples_is_part_of_a_wav() -> None:
    content = WAVS["pcm 16"] + b"LIST" + struct.pack("<I", 4) + b"INFO"
    content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    assert wav_of(content).problems == []


@pytest.mark.parametrize("name", MP3S)
def test_a_whole_mp3_has_no_problem_and_gives_its_facts(name: str) -> None:
    probed = mp3_of(MP3S[name])
    assert probed.problems == []
    assert abs(probed.values["duration_ms"] - 2000) < 120  # type: ignore[operator]


@pytest.mark.parametrize("name", ["info header", "48 kHz", "mpeg-2", "with id3v1"])
def test_an_mp3_with_a_frame_count_cut_anywhere_is_found(name: str) -> None:
    content, rng = MP3S[name], random.Random(name)
    places = {*range(60), *range(len(content) - 200, len(content)), *rng.sample(range(len(content)), 100)}
    if name == "with id3v1":
        places.discard(len(content) - len(ID3V1))  # only the tag is gone, and nothing says that there was one
    for place in places | set(frame_starts(content)[:-1]):
        assert mp3_of(content[:place]).problems, f"cut at {place} of {len(content)}"


@pytest.mark.parametrize("name", ["no header", "layer 2"])
def test_an_mp3_without_a_frame_count_is_found_cut_except_between_frames(name: str) -> None:
    content, rng = MP3S[name], random.Random(name)
    between = set(frame_starts(content)) - {0}
    for place in {*range(60), *rng.sample(range(len(content)), 150)} - between:
        assert mp3_of(content[:place]).problems, f"cut at {place} of {len(content)}"


@pytest.mark.parametrize("name", MP3S)
def test_four_kib_of_zeros_in_an_mp3_are_found(name: str) -> None:
    content, rng = MP3S[name], random.Random(name)
    for place in rng.sample(range(len(content) - 4096), 40):
        damaged = content[:place] + bytes(4096) + content[place + 4096 :]
        assert mp3_of(damaged).problems, f"zeros at {place} of {len(content)}"


def test_zeros_at_the_end_of_an_mp3_are_found() -> None:
    for content in (WITH_INFO, WITHOUT_INFO):
        assert mp3_of(content[:-4096] + bytes(4096)).problems


def test_a_count_that_includes_the_header_frame_is_accepted_as_some_encoders_count_so() -> None:
    content = bytearray(WITH_INFO)
    at = content.index(b"Info") + 8
    content[at : at + 4] = (int.from_bytes(content[at : at + 4], "big") + 1).to_bytes(4, "big")
    assert mp3_of(bytes(content)).problems == []


@pytest.mark.parametrize(("field", "change"), [(8, -1), (8, 2), (8, 500), (12, -1), (12, 7000)])
def test_a_wrong_count_in_the_info_header_is_found(field: int, change: int) -> None:
    content = bytearray(WITH_INFO)
    at = content.index(b"Info") + field
    number = int.from_bytes(content[at : at + 4], "big") + change
    content[at : at + 4] = number.to_bytes(4, "big")
    assert mp3_of(bytes(content)).problems


def test_a_whole_mp3_with_bytes_behind_it_is_only_warned_of() -> None:
    assert kinds(mp3_of(WITH_INFO + b"something else, not a frame")) == {"trailing-data"}


def test_tags_around_an_mp3_belong_to_it() -> None:
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + bytes(8)
    assert mp3_of(WITH_INFO + ape + ID3V1).problems == []


def test_a_tag_longer_than_the_file_is_a_cut() -> None:
    assert "sound-cut" in kinds(mp3_of(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + WITHOUT_INFO))


def test_a_frame_header_is_read_as_the_standard_has_it() -> None:
    assert frame(bytes.fromhex("fffb9064")) == Frame(3, 3, 44100, 128, 2, 1152, 417)
    assert frame(bytes.fromhex("fffb9264")) == Frame(3, 3, 44100, 128, 2, 1152, 418)
    assert frame(bytes.fromhex("fff344c4")) == Frame(2, 3, 24000, 32, 1, 576, 96)
    assert frame(b"\xff\xff\xff\xff") is None
    assert frame(b"\xff\xfb") is None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_sound_probes_never_raise_whatever_follows_the_first_bytes(junk: bytes) -> None:
    for start in (b"RIFF\x20\0\0\0WAVEfmt ", b"RF64\xff\xff\xff\xffWAVEds64", b"RIFF"):
        assert wav_of(start + junk).problems
    for start in (b"ID3\x04\0\0\0\0\0\x20", b"\xff\xfb\x90\x64"):
        mp3_of(start + junk, STRUCTURE_ONLY)
