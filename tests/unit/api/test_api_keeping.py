"""Keeping over HTTP: each answer is the command's document; what takes long is told at its job."""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from media import pdf
from starlette.testclient import TestClient

from storage.slots import Slot

BASE = "/api/v1"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with two items of two fonds, and its recovery key. The founder is alone."""
    folder = tmp_path_factory.mktemp("kept")
    home = new_home(folder)
    files = {f"{name}.pdf": pdf(pages) for pages, name in enumerate("ab", start=1)}
    rows = [row("a.pdf", category="WS"), row("b.pdf", category="WS", fonds="B001")]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    key = lantai(home, "keys", "rotate", "--recovery", status=0).document["recovery_key"]
    return home, str(key)


@pytest.fixture(scope="module")
def door(kept: tuple[Path, str]) -> Iterator[Door]:
    with doors(kept[0]) as door:
        yield door


@pytest.fixture
def founder(door: Door) -> TestClient:
    return door.signed_in(door.archive.settings.account)


def done(client: TestClient, answer: Any) -> Any:
    """What a job that a route started tells once it has ended."""
    assert answer.status_code == 202, answer.text
    place = answer.headers["Location"]
    assert place == f"{BASE}/jobs/{answer.json()['job']}"
    for _ in range(1000):
        told = client.get(place).json()
        if told["state"] in ("done", "failed"):
            return told
        threading.Event().wait(0.02)
    raise AssertionError(told)


def test_an_audit_is_asked_for_and_told_like_the_command_tells_it(
    founder: TestClient, kept: tuple[Path, str]
) -> None:
    told = done(founder, founder.post(f"{BASE}/audits", json={}))
    assert told["state"] == "done", told
    result, command = told["result"], lantai(kept[0], "audit", status=0).document
    assert result.keys() == command.keys() and result["outcome"] == "whole"
    assert [site["site"] for site in result["sites"]] == [site["site"] for site in command["sites"]]
    assert told["progress"]["what"] == "audit" and told["progress"]["files_done"] > 0
    history = founder.get(f"{BASE}/audits").json()
    assert history == lantai(kept[0], "audit", "--history", status=0).document
    assert founder.post(f"{BASE}/audits", json={"percent": 0}).status_code == 422
    assert founder.post(f"{BASE}/audits", json={"since": "yesterday"}).status_code == 400
    assert founder.post(f"{BASE}/audits", json={"what": 1}).status_code == 422
    assert done(founder, founder.post(f"{BASE}/audits", json={"site": "site-z"}))["problem"]["status"] == 404


def test_damage_is_mended_over_http(founder: TestClient, kept: tuple[Path, str]) -> None:
    damaged = next(path for path in (kept[0] / "sites/site-a/objects").rglob("*") if path.is_file())
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    told = done(founder, founder.post(f"{BASE}/repairs", json={}))["result"]
    assert told["outcome"] == "repaired" and told["scope"]["repair"]
    assert done(founder, founder.post(f"{BASE}/audits", json={}))["result"]["outcome"] == "whole"


def test_sites_doctor_head_and_keys_are_the_commands_documents(
    founder: TestClient, kept: tuple[Path, str]
) -> None:
    home = kept[0]
    sites = founder.get(f"{BASE}/sites").json()
    command = lantai(home, "sites").document
    assert [one["name"] for one in sites["sites"]] == [one["name"] for one in command["sites"]]
    assert sites.keys() == command.keys()
    assert founder.get(f"{BASE}/doctor").json().keys() == lantai(home, "doctor").document.keys()
    assert founder.get(f"{BASE}/checkpoint").json() == lantai(home, "checkpoint", status=0).document
    key = founder.get(f"{BASE}/checkpoint/key").json()
    assert key == lantai(home, "checkpoint", "--public-key", status=0).document
    assert founder.get(f"{BASE}/keys").json() == lantai(home, "keys", "show").document


def test_what_sites_lack_is_brought_and_what_waits_is_done(founder: TestClient) -> None:
    told = done(founder, founder.post(f"{BASE}/replications", json={}))
    assert told["state"] == "done" and told["result"]["sites"]
    assert done(founder, founder.post(f"{BASE}/work"))["state"] == "done"
    assert done(founder, founder.post(f"{BASE}/index"))["result"] == {"indexed": 2}
    assert done(founder, founder.post(f"{BASE}/views"))["state"] == "done"


def test_a_drill_uses_the_recovery_key_and_keeps_nothing_of_it(
    founder: TestClient, kept: tuple[Path, str], capfd: pytest.CaptureFixture[str]
) -> None:
    home, key = kept
    answer = founder.post(f"{BASE}/drills", json={"recovery_key": key, "sample": 1})
    assert answer.status_code == 200 and answer.json()["ok"], answer.text
    wrong = founder.post(f"{BASE}/drills", json={"recovery_key": key[:-1], "sample": 1})
    assert wrong.status_code == 422 and key[:-1] not in wrong.text
    assert founder.get(f"{BASE}/drills").json()["drills"][0]["site"] == answer.json()["site"]
    assert key not in "".join(capfd.readouterr())
    for path in [one for one in home.rglob("*") if one.is_file()]:
        assert key.encode() not in path.read_bytes(), path


def test_keys_are_rotated_and_the_new_recovery_key_is_told_once(
    founder: TestClient, kept: tuple[Path, str]
) -> None:
    before = founder.get(f"{BASE}/keys").json()
    told = done(founder, founder.post(f"{BASE}/keys/rotations", json={}))
    assert told["state"] == "done", told
    assert founder.get(f"{BASE}/keys").json() != before
    assert founder.post(f"{BASE}/keys/rotations", json={"key": "signing"}).status_code == 400
    odd = {"key": "encryption", "compromised": True}
    assert founder.post(f"{BASE}/keys/rotations", json=odd).status_code == 400
    signing = founder.post(f"{BASE}/keys/rotations", json={"key": "signing", "reason": "yearly"})
    assert signing.status_code == 200, signing.text
    answer = founder.post(f"{BASE}/keys/rotations", json={"key": "recovery"})
    key = answer.json()["recovery_key"]
    drilled = founder.post(f"{BASE}/drills", json={"recovery_key": key, "sample": 1})
    assert drilled.status_code == 200 and drilled.json()["ok"]


def test_a_new_recovery_key_is_told_where_the_disk_failed_after_it_was_made(
    founder: TestClient, kept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of the former part cannot be erased any more: by then the new key is the one that counts."""

    def full(_slot: Slot) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Slot, "end", full)
        answer = founder.post(f"{BASE}/keys/rotations", json={"key": "recovery"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["problem"]["status"] == 500 and "space" not in told["problem"]["detail"]
    drilled = founder.post(f"{BASE}/drills", json={"recovery_key": told["recovery_key"], "sample": 1})
    assert drilled.status_code == 200 and drilled.json()["ok"], "it opens what stands at the sites"


def test_a_site_is_given_up_and_the_server_goes_on_without_it(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    settings = home / "lantai.toml"
    third = '\n[[sites]]\nname = "site-c"\npath = "sites/site-c"\nrole = "backup"\n'
    settings.write_text(settings.read_text("utf-8") + third, "utf-8")
    lantai(home, "replicate", status=0)
    with doors(home) as door:
        founder = door.signed_in(door.archive.settings.account)
        told = done(founder, founder.post(f"{BASE}/sites/site-c/retirement"))
        assert told["state"] == "done", told
        assert told["result"]["site"] == "site-c"
        listed = founder.get(f"{BASE}/sites").json()["sites"]
        assert [one["name"] for one in listed] == ["site-a", "site-b"]
        audited = done(founder, founder.post(f"{BASE}/audits", json={}))["result"]
        assert [one["site"] for one in audited["sites"]] == ["site-a", "site-b"]


def test_anybody_checks_a_proof_without_an_account(
    door: Door, kept: tuple[Path, str], tmp_path: Path
) -> None:
    home, paper = kept[0], tmp_path / "a.proof.json"
    lantai(home, "prove", "A014-WS·2016-Y-BGS-0001", "-o", paper, status=0)
    key = tmp_path / "key.txt"
    lantai(home, "checkpoint", "--public-key", "-o", key, status=0)
    stranger = door.stranger()
    files = [{"name": "a.proof.json", "text": paper.read_text("utf-8")}]
    asked = {"key": key.read_text("ascii"), "files": files}
    told = stranger.post(f"{BASE}/verifications", json=asked)
    assert told.status_code == 200, told.text
    command = lantai(home, "verify", paper, "--key", key, status=0).document
    assert told.json() == command and told.json()["ok"]
    altered = json.loads(json.dumps(asked))
    altered["files"][0]["text"] = altered["files"][0]["text"].replace("A014", "A015")
    assert not stranger.post(f"{BASE}/verifications", json=altered).json()["ok"]
    for odd in (
        asked | {"key": "no key"},
        asked | {"key": "钥"},
        asked | {"files": [{"name": "x"}]},
        asked | {"files": [{"name": "x", "base64": "…"}]},
    ):
        assert stranger.post(f"{BASE}/verifications", json=odd).status_code == 400, odd
    assert stranger.post(f"{BASE}/verifications", json=asked | {"files": []}).status_code == 422
