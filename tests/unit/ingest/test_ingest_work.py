"""Probe processes: one hostile file costs one child and one finding, and nobody else notices."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hostile_probes
import media
import pytest
from hostile_probes import HOSTILE

from ingest.probes.confine import FULL
from ingest.work import Limits, MoreProbes, ProbePool, ProbesUnavailable, sandbox_state
from policies.formats import ProbeFacts
from policies.suites import CIPHERS
from storage.sealing import Key, Sealer, context

MORE = MoreProbes(HOSTILE, str(Path(hostile_probes.__file__).parent))
SMALL = Limits(seconds=20, memory_mib=256, max_pixels=50_000_000)
FORMATS = {"fmt/43": "jpeg", "fmt/141": "wav", "fmt/134": "mp3", "fmt/17": "pdf", "fmt/353": "tiff"}
TEXT = b"%PDF-1.4\nthis is only identified as a document\n%%EOF\n"


def as_hostile(name: str) -> dict[str, str]:
    return {**FORMATS, "fmt/18": name}


@pytest.fixture(scope="module")
def pool() -> Iterator[ProbePool]:
    with ProbePool(1, SMALL, more=MORE) as opened:
        yield opened


@contextmanager
def memory_file(content: bytes) -> Iterator[int]:
    descriptor = os.memfd_create("test")
    try:
        os.write(descriptor, content)
        yield descriptor
    finally:
        os.close(descriptor)


def probe(pool: ProbePool, content: bytes, formats: dict[str, str] = FORMATS) -> ProbeFacts:
    with memory_file(content) as descriptor:
        return pool.probe(descriptor, "x.bin", len(content), formats)


def kinds(facts: ProbeFacts) -> list[str]:
    return [problem.kind for problem in facts.problems]


def test_real_media_come_back_with_format_and_facts(pool: ProbePool) -> None:
    photo = probe(pool, media.jpeg(800, 600))
    assert (photo.puid, photo.name, photo.mime) == ("fmt/43", "jpeg", "image/jpeg")
    assert photo.format == "JPEG File Interchange Format 1.01"
    assert (photo.values["pixels"], photo.problems) == (480_000, ())
    assert probe(pool, media.wav()).values["sampling_hz"] == 44100
    assert probe(pool, media.mp3()).values["channels"] == 2
    assert probe(pool, media.tiff()).problems == ()
    assert probe(pool, media.pdf(picture=media.jpeg(320, 240))).values["pages"] == 3


def test_the_offset_of_the_descriptor_neither_matters_nor_moves(pool: ProbePool) -> None:
    content = media.jpeg(320, 240)
    with memory_file(content) as descriptor:
        os.lseek(descriptor, 77, os.SEEK_SET)
        assert pool.probe(descriptor, "x", len(content), FORMATS).problems == ()
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 77


def test_a_file_on_disk_that_nobody_may_write_is_probed_too(pool: ProbePool, tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(media.jpeg(320, 240))
    with path.open("rb") as file:
        assert pool.probe(file.fileno(), "x.jpg", path.stat().st_size, FORMATS).problems == ()


def test_a_format_outside_the_rule_set_is_identified_and_not_probed(pool: ProbePool) -> None:
    facts = probe(pool, media.jpeg(320, 240), {})
    assert (facts.puid, facts.name, dict(facts.values), facts.problems) == ("fmt/43", "", {}, ())


def test_a_file_too_damaged_to_be_identified_is_still_told_what_is_wrong(pool: ProbePool) -> None:
    facts = probe(pool, media.jpeg(320, 240)[:5000])
    assert (facts.puid, facts.name, kinds(facts)) == ("", "", ["image-cut"])


@pytest.mark.parametrize("content", [b"", b"\0", b"plain words\n", bytes(100_000), b"PK\x03\x04" + bytes(50)])
def test_nothing_and_nonsense_are_unknown_and_no_error(pool: ProbePool, content: bytes) -> None:
    facts = probe(pool, content)
    assert facts.name == ""
    assert facts.problems == ()


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("segfault", "probe-crashed", "SIGSEGV"),
        ("leave", "probe-crashed", "exit 7"),
        ("raise_wildly", "probe-crashed", "RecursionError"),
        ("eat", "probe-memory", "> 256 MiB"),
        ("eat_in_c", "probe-crashed", "SIGABRT"),
        ("lie", "probe-crashed", "malformed answer"),
        ("lie_halfway", "probe-crashed", "malformed answer"),
    ],
)
def test_a_hostile_file_is_one_finding_and_the_next_file_is_probed(
    pool: ProbePool, name: str, kind: str, found: str
) -> None:
    facts = probe(pool, TEXT, as_hostile(name))
    assert kinds(facts) == [kind]
    assert facts.problems[0].found == found
    assert probe(pool, media.jpeg(320, 240)).problems == ()


def test_a_file_that_hangs_its_probe_is_given_up_after_its_seconds() -> None:
    with ProbePool(1, Limits(seconds=1, memory_mib=256), more=MORE) as pool:
        facts = probe(pool, TEXT, as_hostile("hang"))
        assert kinds(facts) == ["probe-timeout"]
        assert facts.problems[0].expected == "1 s"
        assert probe(pool, media.wav()).problems == ()


def test_other_threads_are_not_disturbed_by_crashes() -> None:
    answers: dict[int, list[str]] = {}

    def honest(number: int, pool: ProbePool) -> None:
        content = media.jpeg(160, 120, seed=number)
        answers[number] = [kind for _ in range(15) for kind in kinds(probe(pool, content))]

    with ProbePool(2, SMALL, more=MORE) as pool:
        threads = [threading.Thread(target=honest, args=(number, pool)) for number in range(3)]
        for thread in threads:
            thread.start()
        crashes = [kinds(probe(pool, TEXT, as_hostile("segfault"))) for _ in range(4)]
        for thread in threads:
            thread.join()
    assert crashes == [["probe-crashed"]] * 4
    assert answers == {0: [], 1: [], 2: []}


def test_a_probe_that_floods_its_answer_is_one_finding(pool: ProbePool) -> None:
    facts = probe(pool, TEXT, as_hostile("flood"))
    assert kinds(facts) == ["probe-crashed"]
    assert probe(pool, media.wav()).problems == ()


def test_a_fresh_child_takes_the_place_of_a_dead_one_and_only_then(pool: ProbePool) -> None:
    first = probe(pool, TEXT, as_hostile("who")).values
    assert probe(pool, TEXT, as_hostile("who")).values["pid"] == first["pid"]
    probe(pool, TEXT, as_hostile("leave"))
    assert probe(pool, TEXT, as_hostile("who")).values["pid"] != first["pid"]


def test_children_do_not_get_the_environment_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTAI_PASSWORD", "secret")
    with ProbePool(1, SMALL, more=MORE) as pool:
        pid = probe(pool, TEXT, as_hostile("who")).values["pid"]
        assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_taken_over_probe_cannot_reach_out(pool: ProbePool) -> None:
    if pool.sandbox_state().text != FULL:
        pytest.skip(f"no system-call filter here: {pool.sandbox_state().text}")
    worked = {name for name, works in probe(pool, TEXT, as_hostile("escape")).values.items() if works}
    assert worked == {"read_own_libraries"}


def test_doctor_can_ask_what_confines_the_probes() -> None:
    state = sandbox_state()
    assert state.text
    assert state.complete == (state.text == FULL)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_sealed_copy_is_probed_through_its_decryption(pool: ProbePool, cipher: str) -> None:
    key, bound = Key(cipher, bytes(range(32))), context("archive", "o1", "main")
    for content in (
        media.jpeg(800, 600),
        media.wav(2),
        media.pdf(),
        media.tiff(compression="tiff_lzw"),
        media.mp3(),
    ):
        sealer = Sealer(key, bound)
        sealed = sealer.update(content) + sealer.finalize()
        with memory_file(sealed) as descriptor:
            facts = pool.probe_sealed(descriptor, len(content), len(sealed), key, bound, FORMATS)
        assert facts == probe(pool, content)


def test_a_closed_pool_refuses_and_may_be_closed_again() -> None:
    pool = ProbePool(2, SMALL)
    pool.start()
    pool.close()
    pool.close()
    with pytest.raises(ProbesUnavailable, match="closed"):
        probe(pool, media.wav())


def test_closing_ends_work_in_hand() -> None:
    raised: list[BaseException] = []
    pool = ProbePool(1, SMALL, more=MORE)
    pool.sandbox_state()

    def hanging() -> None:
        try:
            probe(pool, TEXT, as_hostile("hang"))
        except ProbesUnavailable as error:
            raised.append(error)

    thread = threading.Thread(target=hanging)
    thread.start()
    while thread.is_alive():
        pool.close()
        thread.join(0.2)
    assert len(raised) == 1


def test_children_that_cannot_start_are_broken_machinery_and_not_a_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with ProbePool(1, SMALL) as pool, pytest.raises(ProbesUnavailable, match="do not start"):
        probe(pool, media.wav())
