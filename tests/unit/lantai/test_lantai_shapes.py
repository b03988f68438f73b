"""`--json` of every command has the shape of the interface: keys, types, null only where it may be.

Further keys are allowed. A shape is a type, None, a list of one shape, a dict of shapes, or a tuple of
alternatives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import media
import pytest
from batches import FONDS, mixed_batch, new_home, photograph, row, write_batch

from lantai.cli.main import outcome

FINDING = {"code": str, "severity": str, "rule": str, "expected": str, "found": str, "text": str}
ITEM = {
    "file": (str, None),
    "id": (str, None),
    "code": (str, None),
    "outcome": str,
    "findings": [FINDING],
}
COUNTS = {"items": int, "registered": int, "returned": int, "warnings": int}
REPORT = {
    "batch": str,
    "state": str,
    "repeated": bool,
    "findings": [FINDING],
    "items": [ITEM],
    "counts": COUNTS,
    "seconds": float,
    "bytes": int,
}
HIT = dict.fromkeys(
    ("code", "title", "fonds", "year", "category", "retention", "date", "access", "snippet"), str
) | {"author": str, "office": str}
HITS = {"total": int, "hits": [HIT], "facets": dict, "cursor": (str, None), "did_you_mean": [str]}
LEVEL = {"path": dict, "level": str, "total": int, "values": [dict], "unnamed": int, "hits": [HIT]}
KEPT = {"name": str, "saved": str, "query": str, "filters": dict, "order": str, "total": (int, None)}
PART = {
    "file": str,
    "bytes": int,
    "sha256": str,
    "format": {"puid": str, "name": str, "mime": str},
    "probe": dict,
}
ENTRY = {"entry": int, "time": str, "type": str, "account": str, "changed": str}
SHOWN = {
    **dict.fromkeys(("code", "id", "batch", "title", "author", "date", "fonds", "access"), str),
    "withdrawn": bool,
    "components": [PART],
    "former_codes": [str],
    "history": [ENTRY],
}
COPY = {"object": str, "code": (str, None)}
SITE = {
    "site": str,
    "checked": int,
    "bytes": int,
    **{key: [COPY] for key in ("damaged", "missing", "repaired", "lost")},
}
CHANGED = {"code": str, "id": str, "changes": [{"field": str, "old": str, "new": str}]}
LINE = {"batch": str, "state": str, "time": str, "source": str, "registered": int, "returned": int}
CHECK = {"name": str, "ok": bool, "severity": str, "text": str, "zh": str}
CODE, OTHER, NEW = "A014-ZP·2016-Y-BGS-0001", "A014-ZP·2016-Y-BGS-0002", "A014-ZP·2016-Y-BGS-0009"

Run = Callable[..., Any]


def faults(value: Any, shape: Any, place: str = "") -> list[str]:
    """Where `value` does not have `shape`."""
    if isinstance(shape, tuple):
        return [] if any(not faults(value, one, place) for one in shape) else [f"{place}: {value!r}"]
    if isinstance(shape, list):
        parts = enumerate(value) if isinstance(value, list) else [("", None)]
        return [fault for at, part in parts for fault in faults(part, shape[0], f"{place}[{at}]")]
    if isinstance(shape, dict):
        missing = [f"{place}.{key} is missing" for key in shape if key not in value]
        inner = [faults(value[key], one, f"{place}.{key}") for key, one in shape.items() if key in value]
        return missing + [fault for found in inner for fault in found]
    fits = value is None if shape is None else type(value) is shape
    return [] if fits else [f"{place}: {value!r} is not {shape}"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shapes")
    made, batch = new_home(folder), mixed_batch(folder, seed=70)
    assert outcome(["--home", str(made), "ingest", str(batch), "--json"], True) == 0
    return made


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def one(*words: str | Path, status: int = 0, at: Path = home) -> Any:
        assert outcome(["--home", str(at), *map(str, words), "--json"], True) == status
        return json.loads(capsys.readouterr().out)

    return one


def test_init(run: Run, tmp_path: Path) -> None:
    made = run("init", at=tmp_path / "new")
    assert not faults(made, dict.fromkeys(("home", "archive", "ruleset", "recovery_key"), str))


def test_ingest_and_batch(run: Run, tmp_path: Path) -> None:
    files = {"good.jpg": photograph(81), "small.jpg": media.jpeg(64, 64, 3), "secret.jpg": photograph(82)}
    rows = [row(name, category="ZP", secrecy="秘密" if name == "secret.jpg" else "") for name in files]
    batch = write_batch(tmp_path / "b", files, rows)
    report = run("ingest", batch, "--accept", "passing", status=1)
    assert not faults(report, REPORT)
    good, small, secret = report["items"]
    assert (good["outcome"], small["outcome"], secret["outcome"]) == ("registered", "returned", "returned")
    assert isinstance(good["code"], str)
    assert small["code"] is None
    assert secret["file"] is None
    again = run("batch", report["batch"], status=1)
    assert not faults(again, REPORT)
    assert again["items"] == report["items"]


def test_a_dry_run(run: Run, tmp_path: Path) -> None:
    batch = write_batch(tmp_path / "b", {"a.jpg": photograph(83)}, [row("a.jpg", category="ZP")])
    report = run("ingest", batch, "--dry-run")
    assert not faults(report, REPORT | {"batch": None})
    assert report["state"] == "inspected"


def test_a_waiting_batch_and_its_end(run: Run, tmp_path: Path) -> None:
    home, batch = new_home(tmp_path), mixed_batch(tmp_path, seed=84)
    run("batches", at=home)
    (home / "sites" / "site-b").rename(tmp_path / "away")
    report = run("ingest", batch, at=home, status=4)
    assert not faults(report, REPORT | {"reason": str})
    assert report["state"] == "waiting"
    (tmp_path / "away").rename(home / "sites" / "site-b")
    assert not faults(run("batches", at=home), {"batches": [LINE]})
    gone = run("batch", report["batch"], "--cancel", at=home)
    assert gone == {"batch": report["batch"], "state": "cancelled"}


def test_batches(run: Run) -> None:
    assert not faults(run("batches"), {"batches": [LINE]})


def test_search(run: Run) -> None:
    found = run("search", "报告", "--facets", "--limit", "2")
    assert not faults(found, HITS)
    assert isinstance(found["cursor"], str)
    assert not faults(found["facets"]["fonds"], [{"value": str, "count": int}])
    assert run("search", "报告", "--limit", "100")["cursor"] is None


def test_the_other_ways_of_finding(run: Run, tmp_path: Path) -> None:
    assert not faults(run("suggest", "关于"), {"text": str, "suggestions": [{"text": str, "kind": str}]})
    assert not faults(run("browse"), LEVEL | {"cursor": None})
    assert not faults(run("browse", FONDS, "--list", "--limit", "1"), LEVEL | {"cursor": str})
    done = run("search", "*", "--export", tmp_path / "list.xlsx", "--save", "all")
    assert not faults(done, {"file": str, "rows": int, "undescribed": int})
    assert not faults(run("searches"), {"searches": [KEPT | {"mistake": str}]})


def test_show_and_get(run: Run, tmp_path: Path) -> None:
    assert not faults(run("show", CODE), SHOWN)
    told = run("get", CODE, "-o", tmp_path / "a.jpg")
    wanted = {"code": str, "component": int, "file": str, "bytes": int, "sha256": str, "output": str}
    assert not faults(told, wanted)


def test_corrections(run: Run) -> None:
    assert not faults(run("describe", OTHER, "notes=seen", "--reason", "r"), CHANGED)
    assert not faults(run("recode", OTHER, NEW, "--reason", "r"), CHANGED)
    assert not faults(run("withdraw", NEW, "--reason", "r"), CHANGED)
    assert not faults(run("show", OTHER), SHOWN)


def test_audit(run: Run) -> None:
    assert not faults(run("audit"), {"sites": [SITE]})


def test_checkpoint_prove_and_verify(run: Run, tmp_path: Path) -> None:
    key, proof = tmp_path / "a.key", tmp_path / "a.json"
    assert not faults(run("checkpoint"), {"origin": str, "size": int, "root": str, "note": str})
    assert not faults(run("checkpoint", "--public-key", "-o", key), {"key": str})
    assert not faults(
        run("prove", CODE, "-o", proof), {"code": str, "entries": int, "size": int, "output": str}
    )
    checks = [{"file": str, "what": str, "ok": bool, "text": str}]
    assert not faults(run("verify", proof, "--key", key), {"ok": bool, "checks": checks})


def test_rebuild_worker_and_doctor(run: Run) -> None:
    assert not faults(run("rebuild", "--views"), dict.fromkeys(("entries", "items", "indexed"), int))
    assert not faults(run("worker", "--once"), dict.fromkeys(("size", "indexed", "secured"), int))
    assert not faults(run("doctor"), {"ok": bool, "checks": [CHECK]})


def test_demo(run: Run, tmp_path: Path) -> None:
    told = run("demo", "--dir", tmp_path / "demo")
    ingested = {"batch": str, "state": str, "registered": int, "returned": int}
    audited = {"before": bool, "damaged": int, "after": bool}
    shape = {"ingest": ingested, "code": str, "search": {"query": str, "total": int}, "proof": {"ok": bool}}
    assert not faults(told, shape | {"bucket": bool, "audit": audited, "seconds": float})


@pytest.mark.parametrize(
    ("words", "status"), [(("show", "A014-ZP·2016-Y-BGS-9999"), 3), (("search", "("), 2), (("rebuild",), 2)]
)
def test_errors(run: Run, words: tuple[str, ...], status: int) -> None:
    assert not faults(run(*words, status=status), {"error": {"code": str, "text": str}})


def test_what_nobody_foresaw_is_told_as_an_error(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a wheel came off")

    monkeypatch.setattr("lantai.batch_lists.list_batches", broken)
    monkeypatch.setenv("LANTAI_LANG", "en")
    monkeypatch.delenv("LANTAI_DEBUG", raising=False)
    assert outcome(["--home", str(home), "batches"], False) == 4
    assert "Traceback" not in capsys.readouterr().err
    answer = run("batches", status=4)
    assert answer["error"]["code"] == "machinery"
    assert "a wheel came off" in answer["error"]["text"]
    monkeypatch.setenv("LANTAI_DEBUG", "1")
    assert outcome(["--home", str(home), "batches"], False) == 4
    errors = capsys.readouterr().err
    assert "Traceback" in errors
    assert errors.endswith("lantai: ZeroDivisionError: a wheel came off\n")
