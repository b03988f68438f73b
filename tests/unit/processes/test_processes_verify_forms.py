"""What has not the form of a proof is a finding, and what only looks like one is content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from proof_desk import (
    HISTORY,
    ORIGIN,
    SIGNER,
    TIME,
    Desk,
    Log,
    content,
    described,
    registered,
    with_extra,
)

from archive.entries import Entry, commitment
from archive.events import ItemRegistered
from archive.merkle import leaf_hash
from archive.model import Component, Item
from archive.notes import checkpoint_text, sign_note
from archive.proofs import PROOF_BYTES, Proof, disclosure, format_proof, parse_proof


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def log(desk: Desk) -> Log:
    return desk.archive(HISTORY)


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    "extra",
    [b"[]", b"1", b"null", b"\xff", DEEP, b'{"envelope":1}', b'{"envelope":"e30=","payload":"","salt":""}'],
    ids=lambda extra: extra[:12].decode("ascii", "replace"),
)
def test_odd_extra_data_is_a_finding(desk: Desk, log: Log, extra: bytes) -> None:
    whole = log.bundle("i2")
    desk.refused(whole | {"proofs": [with_extra(whole["proofs"][0], extra)]}, words="not a proof")
    desk.refused(with_extra(whole["proofs"][0], extra), words="not a proof")


def test_extra_data_has_no_room_for_claims(desk: Desk, log: Log) -> None:
    whole = log.bundle("i2")
    extra = parse_proof(whole["proofs"][0]).extra
    more = extra[:-1] + b',"title":"false"}'
    desk.refused(whole | {"proofs": [with_extra(whole["proofs"][0], more)]}, words="more than an entry")
    twice = extra[:-1] + b',"payload":""}'
    desk.refused(whole | {"proofs": [with_extra(whole["proofs"][0], twice)]}, words="does not disclose")
    desk.refused(whole | {"title": "false"}, words="see 'title'")


@pytest.mark.parametrize(
    "document",
    [
        '{"format": "lantai-proof/1", "code": "x", "proofs": []}',
        '{"format": "lantai-proof/1", "code": 1, "proofs": ["x"]}',
        '{"format": "lantai-proof/1", "code": "x", "proofs": [1]}',
        '{"format": "lantai-proof/1", "code": "x", "proofs": {"a": "b"}}',
        '{"format": "lantai-proof/1", "code": "x", "code": "y", "proofs": ["z"]}',
        '{"format": "lantai-proof/2", "code": "x", "proofs": ["z"]}',
        '{"format": "lantai-proof/1", "proofs": ["z"]}',
        '{"format": "lantai-proof/1", "proofs": ' + "[" * 200_000,
        '{"format": "lantai-proof/1',
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n",
    ],
    ids=lambda document: document[:60],
)
def test_what_looks_like_a_proof_and_is_none_is_said_to_be_none(desk: Desk, document: str) -> None:
    desk.refused(document, words="not a proof")


@pytest.mark.parametrize(
    "document", ["", "{}", '{"tlog-proof@": 1}', "{tlog-proof@" + "[" * 100_000, b"\xff\xfe"]
)
def test_what_states_nothing_is_no_pass(desk: Desk, document: object) -> None:
    desk.refused(document, words="neither a proof nor a checkpoint")


def test_nothing_to_check_is_no_pass(desk: Desk) -> None:
    assert not desk.check().ok


@pytest.mark.parametrize(
    "text",
    [
        "first\n\n— second\n",
        "a\n1\nb\n\n— who AAAAAAAA\n",
        '{"format": "lantai-proof/1"}',
        "c2sp.org/tlog-proof@v1\n",
    ],
)
def test_a_registered_text_that_looks_like_a_note_or_a_proof_is_content(desk: Desk, text: str) -> None:
    item = registered(1)
    part = item.content.components[0]
    digest = hashlib.sha256(text.encode()).hexdigest()
    values = {name: getattr(item.content, name) for name in Item.__dataclass_fields__}
    values["components"] = (
        Component(**{n: getattr(part, n) for n in Component.__dataclass_fields__} | {"sha256": digest}),
    )
    bundle = desk.archive([ItemRegistered(Item(**values))]).bundle("i1")
    result = desk.check(text, bundle)
    assert result.ok, result.checks
    assert result.checks[-1].what == "content"
    assert not desk.check(text).ok


def test_an_item_with_megabytes_of_metadata_is_proved(desk: Desk) -> None:
    long = "文" * 1_000_000
    log = desk.archive([registered(1, abstract=long), described(1, long, long[1:], "abstract")])
    proof = log.proof("i1")
    assert len(proof.to_bytes()) > 8 << 20
    result = desk.check(proof.to_bytes(), content(1))
    assert result.ok
    assert all(len(check.text) < 1000 for check in result.checks)


def test_what_verify_would_not_read_is_not_written(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    proof = log.proof("i1")
    assert PROOF_BYTES > 64 << 20
    monkeypatch.setattr("processes.proving.prove.PROOF_BYTES", len(proof.to_bytes()) - 1)
    with pytest.raises(Exception, match="longer than any reader takes"):
        proof.to_bytes()


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"null",
        DEEP,
        b"\xff",
        b'{"id":"i1"}',
        b'{"code":[]}',
        b'{"fields":[]}',
        b'{"components":[{"sha256":[]}]}',
    ],
    ids=lambda payload: payload[:24].decode("ascii", "replace"),
)
def test_a_signed_content_that_nobody_can_read_is_a_finding(desk: Desk, payload: bytes) -> None:
    if payload.startswith(b'{"') and b"id" not in payload:
        payload = json.dumps(registered(1).payload() | json.loads(payload)).encode()
    salt = bytes(32)
    public = {"v": 1, "type": "item.registered", "event": 1, "time": TIME, "batch": "b1", "item": "i1"}
    envelope = json.dumps(public | {"commitment": commitment(salt, payload)}).encode()
    entry = Entry(0, TIME, "item.registered", 1, "b1", "i1", envelope, salt, payload)
    head = sign_note(checkpoint_text(ORIGIN, 1, leaf_hash(envelope)), [SIGNER])
    desk.refused(format_proof(Proof(0, (), head, disclosure(entry))), words="entry 0")
