"""Every command as a person runs it, in words and both languages; READMEs show what is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import media
import pytest
import warm
from batches import ROOT, mixed_batch, new_home, photograph, row, write_batch

CODE = "A014-ZP·2016-Y-BGS-0001"
OTHER = "A014-ZP·2016-Y-BGS-0002"
CHINESE = re.compile("[\u4e00-\u9fff]")


def said(
    *words: str | Path, language: str = "en", status: int = 0, cwd: Path = ROOT, **environment: str
) -> tuple[str, str]:
    """Run `lantai WORDS…` in words; what it said on standard output and on standard error."""
    spoken = {**os.environ, "LANTAI_LANG": language, **environment}
    done = warm.run([*map(str, words)], spoken, cwd=cwd)
    assert done.returncode == status, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module", params=["en", "zh"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A language, and a folder with a home that has taken one mixed batch in."""
    folder = tmp_path_factory.mktemp(f"words-{request.param}")
    home, batch = new_home(folder), mixed_batch(folder)
    said("--home", home, "ingest", batch, "--wait", "secured", language=request.param)
    return request.param, folder


def test_every_command_answers_in_words(told: tuple[str, Path], tmp_path: Path) -> None:
    language, folder = told
    home, out, key, proof = folder / "home", tmp_path / "a.jpg", tmp_path / "a.key", tmp_path / "a.json"
    batch = said("--home", home, "batches", language=language)[0].split()[0]
    wanted: dict[tuple[str | Path, ...], str] = {
        ("batches",): batch,
        ("batch", batch): CODE,
        ("search", "报告", "--facets"): CODE,
        ("search", "*", "--export", tmp_path / "list.csv", "--save", "all"): "list.csv",
        ("searches",): "all",
        ("suggest", "关"): "关于",
        ("browse", "A014"): "ZP",
        ("show", CODE): "photo-1.jpg",
        ("get", CODE, "-o", out): str(out),
        ("checkpoint",): "lantai/",
        ("checkpoint", "--public-key", "-o", key): str(key),
        ("prove", CODE, "-o", proof): str(proof),
        ("audit",): "site-b",
        ("rebuild", "--views"): "5",
        ("worker", "--once"): "0",
        ("doctor",): "site-a",
        ("describe", OTHER, "notes=checked", "--reason", "a label"): "checked",
        ("recode", OTHER, "A014-ZP·2016-Y-BGS-0009", "--reason", "a mistake"): "0009",
        ("withdraw", "A014-ZP·2016-Y-BGS-0009", "--reason", "twice"): "0009",
        ("show", OTHER): "0009",
    }
    for words, shown in wanted.items():
        answer = said("--home", home, *words, language=language)[0]
        assert shown in answer, words
        assert language == "en" or words == ("checkpoint",) or CHINESE.search(answer), words
    assert said("verify", proof, out, "--key", key, language=language)[0].count("✓") > 1


def test_init_says_where_and_shows_the_recovery_key(told: tuple[str, Path], tmp_path: Path) -> None:
    language, _ = told
    answer = said("--home", tmp_path / "new", "init", language=language)[0]
    assert re.search(r"(?:[0-9A-Z]{4}-){13}[0-9A-Z]{4}", answer)
    assert "keys rotate --recovery" in answer


def test_an_item_is_shown_with_its_history_in_the_readers_words(told: tuple[str, Path]) -> None:
    language, folder = told
    code = "A014-WS·2016-Y-BGS-0001"
    said("--home", folder / "home", "describe", code, "title=新的题名", "--reason", "mistyped")
    shown = said("--home", folder / "home", "show", code, language=language)[0]
    access, history, field = (
        ("开放状态：未审核", "著录更正", "题名：")
        if language == "zh"
        else ("access: unreviewed", "described", "title: ")
    )
    assert access in shown
    assert re.search(rf"{history}  keeper  {field}.* → 新的题名 \(mistyped\)", shown)


def test_a_dry_run_marks_each_item_by_what_would_become_of_it(told: tuple[str, Path], tmp_path: Path) -> None:
    language, folder = told
    files = {"good.jpg": photograph(41), "small.jpg": media.jpeg(64, 64, 3)}
    batch = write_batch(tmp_path / "b", files, [row(name, category="ZP") for name in files])
    words = ("--home", folder / "home", "ingest", batch, "--dry-run", "--accept", "passing")
    answer = said(*words, language=language, status=1)[0]
    assert "  ✓  good.jpg" in answer
    assert "  ✗  small.jpg" in answer
    assert ("would be registered" if language == "en" else "可登记 1 件") in answer


def test_one_warning_is_one_warning(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    late = row("late.jpg", category="ZP", date="20170105", year="2016")
    batch = write_batch(tmp_path / "b", {"late.jpg": photograph(42)}, [late])
    answer = said("--home", home, "ingest", batch, "--dry-run")[0]
    assert "1 warning;" in answer
    assert "1 of 1 item would" in answer
    assert "date: 2017; year: 2016" in answer


def test_a_waiting_batch_says_so_and_can_be_cancelled(told: tuple[str, Path], tmp_path: Path) -> None:
    language, _ = told
    home, batch = new_home(tmp_path), mixed_batch(tmp_path, seed=50)
    (home / "sites" / "site-b").rename(tmp_path / "away")
    answer = said("--home", home, "ingest", batch, language=language, status=4)[0]
    assert ("waiting" if language == "en" else "等待存储点恢复") in answer
    assert ("the same command again" if language == "en" else "重新执行同一命令") in answer
    (tmp_path / "away").rename(home / "sites" / "site-b")
    name = said("--home", home, "batches", language=language)[0].split()[0]
    answer = said("--home", home, "batch", name, "--cancel", language=language)[0]
    assert ("cancelled" if language == "en" else "已取消") in answer


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("get", CODE, "-o", "/no/such/folder/file"), 2),
        (("get", CODE, "-o", "/"), 2),
        (("prove", CODE, "-o", "/no/such/folder/file"), 2),
        (("checkpoint", "-o", "/no/such/folder/file"), 2),
        (("show", "A014-ZP·2016-Y-BGS-9999"), 3),
        (("batch", "bnone"), 3),
        (("audit", "--site", "nowhere"), 3),
        (("describe", CODE, "colour=red", "--reason", "r"), 2),
        (("describe", CODE, "secrecy=秘密", "--reason", "r"), 2),
        (("search", 'title:"unclosed'), 2),
        (("worker", "--as", "nobody"), 3),
        (("doctor", "--as", "nobody"), 3),
        (("ingest", "/no/such/folder"), 2),
        (("rebuild",), 2),
        (("nonsense",), 2),
    ],
)
def test_an_error_is_one_sentence_in_the_readers_language(
    told: tuple[str, Path], words: tuple[str, ...], status: int
) -> None:
    language, folder = told
    out, errors = said("--home", folder / "home", *words, language=language, status=status)
    assert not out
    *pointed, sentence = errors.splitlines()
    assert sentence.startswith("lantai: " if language == "en" else "兰台：")
    assert len(pointed) == (2 if words[0] == "search" else 0)  # the query, and the place of its mistake
    if language == "zh":
        assert CHINESE.search(sentence.removeprefix("兰台："))


def test_the_account_may_stand_before_the_command(told: tuple[str, Path]) -> None:
    home = told[1] / "home"
    said("--home", home, "--as", "keeper", "batches")
    said("--home", home, "--as", "nobody", "batches", status=3)
    said("--home", home, "--as", "nobody", "batches", "--as", "keeper")


def test_no_home_is_not_there(tmp_path: Path) -> None:
    errors = said("--home", tmp_path / "none", "search", "x", status=3)[1]
    assert "init" in errors


@pytest.mark.parametrize("missing", ["proof", "key", "no key"])
def test_verify_says_which_file_it_cannot_use(tmp_path: Path, missing: str) -> None:
    proof, key = tmp_path / "proof.json", tmp_path / "a.key"
    proof.write_text("{}")
    key.write_bytes(b"\xff\xfe not a key" if missing == "no key" else b"name+hash+key")
    {"proof": proof, "key": key}.get(missing, tmp_path / "other").unlink(missing_ok=True)
    errors = said("verify", proof, "--key", key, status=2)[1]
    assert ("proof.json" if missing == "proof" else "a.key") in errors


def test_lantai_alone_prints_its_help() -> None:
    out, errors = said(status=2)
    assert out.startswith("Usage: lantai")
    assert not errors


def test_a_closed_pipe_ends_quietly(told: tuple[str, Path]) -> None:
    command = f"'{sys.executable}' -m lantai.cli.main --home '{told[1]}/home' search '*' --json"
    for reader in ("true", "head -c 1 >/dev/null"):
        done = subprocess.run(
            ["bash", "-c", f"{command} | {{ {reader}; }}; echo ${{PIPESTATUS[0]}}"],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert done.stdout.strip() in ("0", "141")
        assert not done.stderr
    closed = subprocess.run(
        ["bash", "-c", f"{{ sleep 0.2; {command}; echo $? >&2; }} | true"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert closed.stderr.split() == ["141"]


READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
# What no two runs have in common: identifiers, the recovery key, seconds, times of day.
MASKS = [
    (r"\b[boi][a-z2-7]{24}\b", "ID"),
    (r"(?:[0-9A-Z]{4}-){13}[0-9A-Z]{4}", "KEY"),
    (r"(?:[0-9A-Z]{4}-){2}…", "KEY"),
    (r"\d+\.\d (s|秒)", r"0.0 \1"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\d+ MiB", "N MiB"),  # encoders and fonts of other versions give other lengths
    (r"(?<!\d)\d{5,}(?!\d| px)", "N"),
]


def masked(text: str) -> Iterator[str]:
    for line in text.strip("\n").splitlines():
        for pattern, instead in MASKS:
            line = re.sub(pattern, instead, line)
        yield line.rstrip()


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.long)])
def test_the_readme_shows_what_the_demonstration_prints(language: str, tmp_path: Path) -> None:
    printed = list(masked(said("demo", language=language, cwd=tmp_path)[0]))
    text = READMES[language].read_text(encoding="utf-8")
    block = re.search(r"<!-- demo -->\n```text\n(.*?)```\n<!-- end of demo -->", text, re.DOTALL)
    assert block, "the transcript stands between its marks"
    skipping = False
    for line in masked(block.group(1)):
        if line.strip() == "…":
            skipping = True
            continue
        shape = re.compile(re.escape(line).replace("…", ".*"))
        while skipping and printed and not shape.fullmatch(printed[0]):
            printed.pop(0)
        assert printed, f"the demonstration does not print: {line}"
        assert shape.fullmatch(printed[0]), (
            f"README has\n{line}\nwhere the demonstration prints\n{printed[0]}"
        )
        printed.pop(0)
        skipping = False
    assert not printed
