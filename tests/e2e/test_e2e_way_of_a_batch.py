"""A records officer's day: a batch handed in, sent back, handed in again, found, corrected, proved."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import media
import pytest
from batches import ROOT, codes, document, kinds, lantai, mixed_batch, new_home, photograph, row, write_batch


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home that has taken one mixed batch in, and the batch. Tests on it only read."""
    folder = tmp_path_factory.mktemp("taken")
    home, batch = new_home(folder), mixed_batch(folder)
    lantai(home, "ingest", batch, "--wait", "secured", status=0)
    return home, batch


def test_every_item_of_a_good_batch_gets_its_code(taken: tuple[Path, Path]) -> None:
    home, batch = taken
    again = lantai(home, "ingest", batch, status=0).document
    assert again["repeated"] is True
    assert again["state"] == "secured"
    assert codes(again) == [
        "A014-ZP·2016-Y-BGS-0001",
        "A014-ZP·2016-Y-BGS-0002",
        "A014-LY·2016-Y-BGS-0001",
        "A014-WS·2016-Y-BGS-0001",
        "A014-WS·2016-Y-BGS-0002",
    ]
    assert again["counts"] == {"items": 5, "registered": 5, "returned": 0, "warnings": 0}


def test_content_comes_back_byte_for_byte(taken: tuple[Path, Path], tmp_path: Path) -> None:
    home, batch = taken
    out = tmp_path / "annex.pdf"
    told = lantai(home, "get", "A014-WS·2016-Y-BGS-0002", "--component", "2", "-o", out, status=0).document
    assert out.read_bytes() == (batch / "notice-annex.pdf").read_bytes()
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()


def test_an_item_shows_its_components_and_history(taken: tuple[Path, Path]) -> None:
    shown = lantai(taken[0], "show", "A014-ZP•2016－Y－BGS－0001", status=0).document
    assert shown["title"] == "关于photo-1.jpg的报告"
    part = shown["components"][0]
    assert part["format"]["puid"].startswith("fmt/")
    assert part["probe"]["width"] * part["probe"]["height"] == 2048 * 1536
    assert [event["type"] for event in shown["history"]] == ["item.registered"]
    assert shown["access"] == "unreviewed"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("报告", 5),
        ('"关于photo"', 2),
        ("title:speech", 1),
        ("题名:notice", 1),
        ("category:LY", 1),
        ("年度:[2015 TO 2016]", 5),
        ("date:[2017 TO 2018]", 0),
        ("A014-ZP•2016-Y-BGS-0002", 1),
        ("报告 NOT category:WS", 3),
    ],
)
def test_search_finds_by_words_phrases_fields_and_ranges(
    taken: tuple[Path, Path], query: str, found: int
) -> None:
    assert lantai(taken[0], "search", query, status=0).document["total"] == found


def test_a_mistaken_query_names_its_place(taken: tuple[Path, Path]) -> None:
    said = lantai(taken[0], "search", 'title:"unclosed', status=2).document
    assert said["error"]["code"] == "query-mistake"


def test_absent_things_are_not_found(taken: tuple[Path, Path]) -> None:
    home = taken[0]
    for words in (["show", "A014-ZP·2016-Y-BGS-9999"], ["get", "nonsense"], ["batch", "bnone"]):
        assert lantai(home, *words, status=3).document["error"]["code"] == "not-found"
    assert (
        lantai(home, "search", "x", "--as", "stranger", status=3).document["error"]["code"]
        == "no-such-account"
    )


def test_one_failing_item_returns_the_whole_batch(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    files = {"good.jpg": photograph(1), "small.jpg": media.jpeg(640, 480)}
    rows = [row("good.jpg", category="ZP"), row("small.jpg", category="ZP")]
    batch = write_batch(tmp_path / "batch", files, rows)
    report = lantai(home, "ingest", batch, status=1).document
    assert report["state"] == "returned"
    assert codes(report) == [None, None]
    assert kinds(report["items"][1]) == {"pixels-below-floor"}
    note = next(n for n in report["items"][1]["findings"] if n["severity"] == "fail")
    assert note["code"] == "3-3"
    assert "3000000" in note["expected"].replace(",", "").replace(" ", "")
    assert note["texts"]["zh"] and note["texts"]["en"]
    assert not list((home / "sites").rglob("objects/*/o*")), "nothing of a returned batch is kept"
    kept = lantai(home, "ingest", batch, "--accept", "passing", status=1).document
    assert kept["state"] == "registered"
    assert codes(kept) == ["A014-ZP·2016-Y-BGS-0001", None]
    assert len(list((home / "sites/site-a/objects").rglob("o*"))) == 1


def test_a_mended_batch_passes_where_it_was_returned(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    batch = write_batch(tmp_path / "batch", {"a.jpg": photograph(1)[:200_000]}, [row("a.jpg", category="ZP")])
    assert kinds(lantai(home, "ingest", batch, status=1).document["items"][0]) == {"image-cut"}
    (batch / "a.jpg").write_bytes(photograph(1))
    assert lantai(home, "ingest", batch, status=0).document["state"] == "registered"
    states = [entry["state"] for entry in lantai(home, "batches").document["batches"]]
    assert sorted(states) == ["registered", "returned"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)

    def everything() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in sorted((home / "sites").rglob("*")) if p.is_file()}

    before, ledger = everything(), lantai(home, "checkpoint").document
    report = lantai(home, "ingest", batch, "--dry-run", status=0).document
    assert report["counts"]["registered"] == 5
    assert codes(report) == [None] * 5
    assert everything() == before
    assert lantai(home, "checkpoint").document == ledger
    assert lantai(home, "batches").document["batches"] == []


def test_a_state_secret_leaves_no_trace(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    canary = "雷鸣计划KANARIE"
    files = {"plan-KANARIE.pdf": document(2), "notice.pdf": document(3)}
    rows = [
        row("plan-KANARIE.pdf", title=canary, secrecy="机密★10年", category="WS"),
        row("notice.pdf", secrecy="", category="WS"),
    ]
    batch = write_batch(tmp_path / "batch", files, rows)
    report = lantai(home, "ingest", batch, "--accept", "passing", status=1)
    assert codes(report.document) == [None, "A014-WS·2016-Y-BGS-0001"]
    assert report.document["items"][0]["file"] is None
    assert kinds(report.document["items"][0]) == {"secrecy-refused"}
    secrets = [canary.encode(), b"KANARIE", hashlib.sha256(document(2)).hexdigest().encode()]
    for path in (p for p in home.rglob("*") if p.is_file()):
        content = path.read_bytes()
        assert not any(secret in content for secret in secrets), path
    assert "KANARIE" not in str(report.document) + report.errors


def test_a_batch_waits_while_too_few_sites_can_be_written(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    (home / "sites/site-b").rename(home / "sites/elsewhere")
    report = lantai(home, "ingest", batch, status=4).document
    assert report["state"] == "waiting"
    assert [b["state"] for b in lantai(home, "batches").document["batches"]] == ["waiting"]
    assert lantai(home, "search", "*", status=0).document["total"] == 0
    (home / "sites/elsewhere").rename(home / "sites/site-b")
    report = lantai(home, "ingest", batch, status=0).document
    assert report["state"] == "registered"
    assert len(lantai(home, "batches").document["batches"]) == 1


def test_a_waiting_batch_can_be_given_up(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    (home / "sites/site-b").rename(home / "sites/elsewhere")
    waiting = lantai(home, "ingest", batch, status=4).document["batch"]
    (home / "sites/elsewhere").rename(home / "sites/site-b")
    assert lantai(home, "batch", waiting, "--cancel", status=0).document["state"] == "cancelled"
    assert lantai(home, "batches").document["batches"] == []


def test_two_ingests_at_once_share_a_series_without_gaps(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    batches = []
    for name, seeds in (("one", range(1, 5)), ("two", range(11, 15))):
        files = {f"{name}-{seed}.jpg": photograph(seed) for seed in seeds}
        rows = [row(file, category="ZP") for file in files]
        batches.append(write_batch(tmp_path / name, files, rows))
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda b: lantai(home, "ingest", b, status=0).document, batches))
    numbers = sorted(int(str(code)[-4:]) for report in reports for code in codes(report))
    assert numbers == list(range(1, 9))
    for report in reports:
        mine = [int(str(code)[-4:]) for code in codes(report)]
        assert mine == list(range(mine[0], mine[0] + 4)), "a batch's numbers are contiguous"


def test_the_same_batch_at_once_is_one_batch(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: lantai(home, "ingest", batch, status=0).document, range(2)))
    assert codes(reports[0]) == codes(reports[1])
    assert reports[0]["batch"] == reports[1]["batch"]
    assert sorted(report["repeated"] for report in reports) == [False, True]


def test_the_senders_order_numbers_the_items(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    files = {f"{n}.pdf": document(n + 1) for n in range(1, 4)}
    rows = [row(f"{n}.pdf", category="WS", number=str(4 - n)) for n in range(1, 4)]
    report = lantai(home, "ingest", write_batch(tmp_path / "batch", files, rows), status=0).document
    assert [str(code)[-4:] for code in codes(report)] == ["0003", "0002", "0001"]


def test_content_that_is_kept_already_only_warns(tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path)
    lantai(home, "ingest", batch, status=0)
    again = write_batch(tmp_path / "again", {"copy.jpg": photograph(1)}, [row("copy.jpg", category="ZP")])
    report = lantai(home, "ingest", again, status=0).document
    assert kinds(report["items"][0], "warn") == {"duplicate-content"}
    assert codes(report) == ["A014-ZP·2016-Y-BGS-0003"]


def test_a_file_over_the_memory_limit_goes_the_same_way(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    batch = write_batch(tmp_path / "batch", {"long.wav": _long_wav()}, [row("long.wav", category="LY")])
    report = lantai(home, "ingest", batch, "--wait", "secured", status=0).document
    out = tmp_path / "out.wav"
    lantai(home, "get", codes(report)[0] or "", "-o", out, status=0)
    assert out.read_bytes() == (batch / "long.wav").read_bytes()
    shown = lantai(home, "show", codes(report)[0] or "").document
    assert shown["components"][0]["probe"]["sampling_hz"] == 44100


def test_a_batch_is_the_same_in_words(taken: tuple[Path, Path]) -> None:
    home, _ = taken
    batch = lantai(home, "batches").document["batches"][0]["batch"]
    command = [sys.executable, "-m", "lantai.cli.main", "--home", str(home), "batch", batch]
    for language, word in (("en", "registered"), ("zh", "已登记")):
        said = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env={"LANTAI_LANG": language}
        )
        assert said.returncode == 0
        assert word in said.stdout
        assert "A014-LY·2016-Y-BGS-0001" in said.stdout


def _long_wav() -> bytes:
    """70 MiB of 44.1 kHz stereo noise that no decoder can call silence."""
    frames = media.samples(2.0, 44100, 2) * 210
    out = bytearray(media.wav(0.01)[:44])
    out[4:8] = (36 + len(frames)).to_bytes(4, "little")
    out[40:44] = len(frames).to_bytes(4, "little")
    return bytes(out) + frames
