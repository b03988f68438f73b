"""Corrections keep what was; proofs convince a stranger; damage is found and mended; views come back."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from batches import codes, document, lantai, mixed_batch, new_home, photograph, row, write_batch

REPORT = "A014-WS·2016-Y-BGS-0001"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    lantai(new_home(folder), "ingest", mixed_batch(folder), status=0)
    return folder


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    """A home that has taken one mixed batch in, the batch beside it."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return tmp_path / "home"


def test_a_description_is_corrected_with_its_reason_and_keeps_the_code(home: Path) -> None:
    done = lantai(
        home, "describe", REPORT, "题名=防汛总结", "keywords=防汛", "--reason", "typing error", status=0
    )
    assert done.document["code"] == REPORT
    shown = lantai(home, "show", REPORT, status=0).document
    assert (shown["title"], shown["keywords"]) == ("防汛总结", "防汛")
    described = [event for event in shown["history"] if event["type"] == "item.described"]
    assert len(described) == 2
    assert "typing error" in described[0]["changed"]
    assert "关于report.pdf的报告" in described[0]["changed"]
    assert lantai(home, "search", "title:防汛").document["total"] == 1
    assert lantai(home, "search", "title:report").document["total"] == 0


@pytest.mark.parametrize(
    "change", ["title=", "code=x", "fonds=B001", "nonsense=1", "date=2016-13-01", "titel"]
)
def test_a_correction_that_the_rules_do_not_allow_changes_nothing(home: Path, change: str) -> None:
    before = lantai(home, "show", REPORT).document
    lantai(home, "describe", REPORT, change, "--reason", "trial", status=2)
    assert lantai(home, "show", REPORT).document == before


def test_a_former_code_still_finds_its_item_and_is_never_given_again(home: Path, tmp_path: Path) -> None:
    new = "A014-WS·2015-Y-BGS-0007"
    lantai(home, "recode", REPORT, new, "--reason", "wrong year", status=0)
    for code in (REPORT, new):
        shown = lantai(home, "show", code, status=0).document
        assert shown["code"] == new
        assert shown["former_codes"] == [REPORT]
    assert lantai(home, "search", REPORT).document["total"] == 1
    other = "A014-WS·2016-Y-BGS-0002"
    for taken in (REPORT, new):
        lantai(home, "recode", other, taken, "--reason", "trial", status=2)
    batch = write_batch(
        tmp_path / "more",
        {"a.pdf": document(9), "b.pdf": document(10)},
        [row("a.pdf", category="WS"), row("b.pdf", category="WS", year="2015", date="2015")],
    )
    assert codes(lantai(home, "ingest", batch, status=0).document) == [
        "A014-WS·2016-Y-BGS-0003",
        "A014-WS·2015-Y-BGS-0008",
    ]


def test_a_withdrawn_item_is_kept_but_not_found(home: Path) -> None:
    lantai(home, "withdraw", REPORT, "--reason", "sent by mistake", status=0)
    assert lantai(home, "search", "report").document["total"] == 0
    shown = lantai(home, "show", REPORT, status=0).document
    assert shown["withdrawn"] is True
    lantai(home, "withdraw", REPORT, "--reason", "again", status=2)


def test_a_stranger_can_check_a_proof_and_the_content(home: Path, tmp_path: Path) -> None:
    proof, key, content = tmp_path / "p.json", tmp_path / "k.txt", tmp_path / "report.pdf"
    lantai(home, "describe", REPORT, "keywords=防汛", "--reason", "index", status=0)
    lantai(home, "prove", REPORT, "-o", proof, status=0)
    lantai(home, "checkpoint", "--public-key", "-o", key, status=0)
    lantai(home, "get", REPORT, "-o", content, status=0)
    nowhere = tmp_path / "nowhere"
    checked = lantai(nowhere, "verify", proof, content, "--key", key, status=0).document
    assert [check["what"] for check in checked["checks"]] == [
        "item.registered",
        "item.described",
        "item",
        "content",
    ]
    content.write_bytes(content.read_bytes() + b" ")
    assert lantai(nowhere, "verify", proof, content, "--key", key, status=1).document["ok"] is False


def test_no_changed_proof_convinces(home: Path, tmp_path: Path) -> None:
    proof, key = tmp_path / "p.json", tmp_path / "k.txt"
    lantai(home, "prove", REPORT, "-o", proof, status=0)
    lantai(home, "checkpoint", "--public-key", "-o", key, status=0)
    text = proof.read_text("utf-8")
    genuine = json.loads(text)["proofs"][0]
    lines = genuine.split("\n")
    rng = random.Random(1)
    for place in range(1, len(lines)):
        if not lines[place]:
            continue
        at = rng.randrange(len(lines[place]))
        changed = lines[place][:at] + ("A" if lines[place][at] != "A" else "B") + lines[place][at + 1 :]
        forged = "\n".join([*lines[:place], changed, *lines[place + 1 :]])
        proof.write_text(json.dumps({**json.loads(text), "proofs": [forged]}), "utf-8")
        assert lantai(tmp_path, "verify", proof, "--key", key).status == 1, changed
    for empty in ("{}", '{"format": "lantai-proof/1", "proofs": []}', ""):
        proof.write_text(empty, "utf-8")
        assert lantai(tmp_path, "verify", proof, "--key", key, status=1).document["ok"] is False


def test_another_archives_key_verifies_nothing(home: Path, tmp_path: Path) -> None:
    proof, key = tmp_path / "p.json", tmp_path / "k.txt"
    lantai(home, "prove", REPORT, "-o", proof, status=0)
    other = new_home(tmp_path, "other", another=True)
    lantai(other, "checkpoint", "--public-key", "-o", key, status=0)
    checked = lantai(tmp_path, "verify", proof, "--key", key, status=1).document
    assert checked["ok"] is False
    assert "another archive" in checked["checks"][0]["text"]


def test_one_items_proof_does_not_pass_for_another_items(home: Path, tmp_path: Path) -> None:
    key, proof = tmp_path / "k.txt", tmp_path / "p.json"
    lantai(home, "checkpoint", "--public-key", "-o", key, status=0)
    lantai(home, "prove", "A014-WS·2016-Y-BGS-0002", "-o", proof, status=0)
    batch = tmp_path / "batch"
    lantai(
        tmp_path, "verify", proof, batch / "notice.pdf", batch / "notice-annex.pdf", "--key", key, status=0
    )
    lantai(tmp_path, "verify", proof, batch / "report.pdf", "--key", key, status=1)
    relabelled = json.loads(proof.read_text("utf-8")) | {"code": REPORT}
    proof.write_text(json.dumps(relabelled), "utf-8")
    lantai(tmp_path, "verify", proof, batch / "notice.pdf", "--key", key, status=1)


def test_while_nothing_can_be_published_what_was_published_is_proved(home: Path, tmp_path: Path) -> None:
    key, proof = tmp_path / "k.txt", tmp_path / "p.json"
    lantai(home, "checkpoint", "--public-key", "-o", key, status=0)
    before = lantai(home, "prove", REPORT, "-o", proof, status=0).document
    for site in ("site-b", "site-a"):
        (home / "sites" / site).rename(home / "sites" / f"{site}-away")
        lantai(home, "recode", REPORT, "A014-WS·2015-Y-BGS-0001", "--reason", "year")
        proved = lantai(home, "prove", REPORT, "-o", proof, status=0).document
        assert {name: proved[name] for name in before} == before
        lantai(tmp_path, "verify", proof, "--key", key, status=0)


def _copies(home: Path, site: str) -> list[Path]:
    return sorted((home / "sites" / site / "objects").rglob("o*"))


def test_damage_is_named_once_and_mended_from_the_other_site(home: Path) -> None:
    flipped, cut, gone = _copies(home, "site-a")[:3]
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    cut.write_bytes(cut.read_bytes()[:-1])
    gone.unlink()
    found = lantai(home, "audit", status=1).document["sites"]
    assert {copy["object"] for copy in found[0]["damaged"]} == {flipped.name, cut.name}
    assert [copy["object"] for copy in found[0]["missing"]] == [gone.name]
    assert all(copy["code"] for copy in found[0]["damaged"])
    assert not found[1]["damaged"] + found[1]["missing"]
    mended = lantai(home, "audit", "--repair", status=1).document["sites"][0]
    assert {copy["object"] for copy in mended["repaired"]} == {flipped.name, cut.name, gone.name}
    assert lantai(home, "audit", status=0).document["sites"][0]["damaged"] == []
    twins = [home / "sites/site-b" / path.relative_to(home / "sites/site-a") for path in (flipped, cut, gone)]
    assert [path.read_bytes() for path in (flipped, cut, gone)] == [twin.read_bytes() for twin in twins]


def test_what_no_site_has_whole_is_said_to_be_lost(home: Path) -> None:
    for site in ("site-a", "site-b"):
        _copies(home, site)[0].write_bytes(b"rubbish")
    found = lantai(home, "audit", "--repair", status=1).document["sites"]
    assert len(found[0]["lost"]) == len(found[1]["lost"]) == 1
    assert found[0]["lost"] == found[1]["lost"]


@pytest.mark.parametrize("area", ["keyrings", "ledger"])
def test_damage_to_keyrings_and_the_published_ledger_is_found_and_mended(home: Path, area: str) -> None:
    files = sorted(path for path in (home / "sites/site-b" / area).rglob("*") if path.is_file())
    for number, path in enumerate(files):
        if number % 2:
            path.unlink()
        else:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
    found = lantai(home, "audit", "--repair", status=1).document["sites"][1]
    assert len(found["repaired"]) == len(found["damaged"]) + len(found["missing"])
    assert len(found["repaired"]) >= 3
    lantai(home, "audit", status=0)


def test_a_site_that_cannot_be_read_is_no_pass(home: Path) -> None:
    (home / "sites/site-b").rename(home / "sites/elsewhere")
    sites = lantai(home, "audit", status=1).document["sites"]
    assert [bool(site.get("unreachable")) for site in sites] == [False, True]


def test_content_is_read_from_the_copy_that_is_whole(home: Path, tmp_path: Path) -> None:
    for path in _copies(home, "site-a"):
        content = bytearray(path.read_bytes())
        content[-5] ^= 1
        path.write_bytes(content)
    out = tmp_path / "photo.jpg"
    lantai(home, "get", "A014-ZP·2016-Y-BGS-0001", "-o", out, status=0)
    assert out.read_bytes() == photograph(1)


def test_content_without_a_whole_copy_is_refused_and_leaves_no_file(home: Path, tmp_path: Path) -> None:
    for site in ("site-a", "site-b"):
        for path in _copies(home, site):
            path.write_bytes(path.read_bytes()[:-1])
    out = tmp_path / "photo.jpg"
    lantai(home, "get", "A014-ZP·2016-Y-BGS-0001", "-o", out, status=4)
    assert list(tmp_path.glob("*photo*")) == []


def _views(home: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(home / "database.sqlite") as database:
        names = ("item", "component", "code", "series", "batch")
        return {name: database.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names}


def test_views_are_made_again_from_the_ledger_and_are_equal(home: Path) -> None:
    lantai(home, "describe", REPORT, "keywords=防汛", "--reason", "index", status=0)
    lantai(home, "recode", REPORT, "A014-WS·2015-Y-BGS-0001", "--reason", "year", status=0)
    lantai(home, "withdraw", "A014-LY·2016-Y-BGS-0001", "--reason", "mistake", status=0)
    before, found = _views(home), lantai(home, "search", "*", "--facets").document
    with sqlite3.connect(home / "database.sqlite") as database:
        for name in before:
            database.execute(f"DELETE FROM {name}")
    shutil.rmtree(home / "index")
    (home / "index").mkdir(mode=0o700)
    lantai(home, "rebuild", "--views", status=0)
    assert _views(home) == before
    assert lantai(home, "search", "*", "--facets").document == found


def test_doctor_says_that_two_folders_are_not_off_site(home: Path) -> None:
    checks = {check["name"]: check for check in lantai(home, "doctor", status=0).document["checks"]}
    assert checks["off-site copy"]["ok"] is False
    assert checks["ledger entries"]["ok"] is True
    (home / "keys/signing-key").chmod(0o644)
    assert lantai(home, "doctor", status=1).document["ok"] is False


def test_the_doctor_sees_a_changed_ledger(home: Path) -> None:
    with sqlite3.connect(home / "database.sqlite") as database:
        changed = "CAST(replace(payload, 'report', 'repart') AS BLOB)"
        database.execute(f'UPDATE entry SET payload = {changed} WHERE "index" = 5')
    checks = {check["name"]: check for check in lantai(home, "doctor", status=1).document["checks"]}
    assert checks["ledger entries"]["ok"] is False
