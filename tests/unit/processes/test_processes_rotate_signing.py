"""Changing the signing key, and how somebody who has the old or the new one goes on believing the archive."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive import catalogue
from archive.errors import NoteInvalid
from archive.events import SigningKeyChanged
from archive.notes import Checkpoint, checkpoint_text, parse_checkpoint, sign_note
from archive.signing import LogSigner, written
from ingest.publish import publish
from ingest.signers import own_head
from lantai.wiring import Archive, opened
from policies.access import view_of
from processes.auditing.audit import Scope, audit
from processes.custody.rotate_signing import rotate_signing
from processes.desk.correct import describe
from processes.proving.prove import ItemProof, prove
from processes.proving.verify import Verification, verify

Desk = Callable[..., Verification]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A stranger's desk: files are checked with a key."""

    def check(key: str, *files: bytes | str) -> Verification:
        paths = []
        for number, data in enumerate(files):
            path = tmp_path / f"file-{number}"
            path.write_bytes(data.encode() if isinstance(data, str) else data)
            paths.append(path)
        key_file = tmp_path / "key"
        key_file.write_text(key)
        return verify(paths, key_file)

    return check


def keys_of(archive: Archive) -> str:
    return written(archive.signer.verifiers)


def a_code(archive: Archive) -> str:
    with archive.database.read() as conn:
        return next(record.item.code for record in catalogue.all_items(conn))


def go_on(archive: Archive) -> None:
    """Something happens, and is published."""
    describe(archive.tools(), archive.index, a_code(archive), {"abstract": os.urandom(4).hex()}, "订正")


def a_proof(archive: Archive) -> ItemProof:
    return prove(archive.tools(), a_code(archive))


def said(result: Verification, what: str = "") -> str:
    return "\n".join(check.text for check in result.checks if what in check.what)


def newest(archive: Archive) -> Checkpoint:
    with archive.database.read() as conn:
        head = archive.ledger.newest_head(conn)
    assert head is not None
    return head


def test_the_head_over_the_change_is_signed_by_both_keys_and_the_next_by_the_new_one(
    archive: Archive,
) -> None:
    old = archive.verifier
    done = rotate_signing(archive.tools(), "routine")
    new = archive.verifier
    assert (done.old, done.new) == (f"{old}\n", f"{new}\n")
    assert old != new
    with archive.database.read() as conn:
        over = archive.ledger.head_at(conn, done.entry + 1)
    assert over is not None
    for key in (old, new):
        assert parse_checkpoint(over.note, [key]).size == done.entry + 1
    go_on(archive)
    publish(archive.tools())
    assert parse_checkpoint(newest(archive).note, [new])
    with pytest.raises(NoteInvalid):
        parse_checkpoint(newest(archive).note, [old])
    assert audit(archive.tools(), Scope(), repair=False).whole
    assert archive.keychain.pending() == []


def test_a_process_that_opened_the_home_before_signs_with_the_new_key(archive: Archive, home: Path) -> None:
    from lantai.wiring import opened

    tools = archive.tools()
    with opened(home) as other:
        rotate_signing(other.tools(), "routine")
        new = other.verifier
    assert tools.signer.verifier == new
    go_on(archive)
    assert parse_checkpoint(publish(tools).note, [new])


def test_a_stranger_with_the_old_key_follows_the_change(archive: Archive, desk: Desk) -> None:
    old, before = keys_of(archive), a_proof(archive).to_bytes()
    assert b"signers" not in before
    for _ in range(3):
        rotate_signing(archive.tools(), "routine")
    proof = a_proof(archive).to_bytes()
    result = desk(old, proof)
    assert result.ok, said(result)
    assert said(result, "signing-key.changed").count("signs in the place of") == 3
    assert desk(keys_of(archive), proof).ok
    assert desk(old, before).ok


def test_a_stranger_with_the_new_key_alone_believes_older_heads_once_the_change_is_shown(
    archive: Archive, desk: Desk
) -> None:
    before = a_proof(archive).to_bytes()
    rotate_signing(archive.tools(), "routine")
    new = keys_of(archive)
    refused = desk(new, before)
    assert not refused.ok
    assert "wrong key" in said(refused)
    assert desk(new, before, a_proof(archive).to_bytes()).ok


def test_a_proof_without_the_change_does_not_lead_from_the_old_key(archive: Archive, desk: Desk) -> None:
    old = keys_of(archive)
    rotate_signing(archive.tools(), "routine")
    go_on(archive)
    document = json.loads(a_proof(archive).to_bytes())
    del document["signers"]
    result = desk(old, json.dumps(document))
    assert not result.ok
    assert "wrong key" in said(result)


def forged_head(archive: Archive, seed: bytes, more: int) -> str:
    """A head of so many entries more than there are, by whoever has that seed."""
    signer = LogSigner(archive.settings.origin, seed)
    return sign_note(checkpoint_text(signer.name, newest(archive).size + more, b"x" * 32), [signer])


def test_a_retired_key_is_not_believed_for_what_comes_after(archive: Archive, desk: Desk) -> None:
    old, seed = keys_of(archive), archive.keychain.signing_seed
    rotate_signing(archive.tools(), "routine")
    proof = a_proof(archive).to_bytes()
    later = forged_head(archive, seed, 5)
    assert desk(old, later).ok  # nothing here says that the key was given up
    for key in (old, keys_of(archive)):
        result = desk(key, proof, later)
        assert not result.ok
        assert "is not trusted for heads of" in said(result)


def test_over_a_compromised_key_no_way_leads_forward_and_its_later_heads_are_refused(
    archive: Archive, desk: Desk
) -> None:
    old, seed, before = keys_of(archive), archive.keychain.signing_seed, a_proof(archive).to_bytes()
    done = rotate_signing(archive.tools(), "a laptop was stolen", compromised=True)
    assert (done.compromised, done.untrusted_from) == (True, done.entry + 1)
    proof = a_proof(archive).to_bytes()
    told = desk(old, proof)
    assert not told.ok
    assert "must come to you in another way" in said(told)
    new = keys_of(archive)
    assert desk(new, proof).ok
    assert desk(new, proof, before).ok
    assert not desk(new, proof, forged_head(archive, seed, 1)).ok


def test_whoever_has_a_compromised_key_cannot_lead_on_from_it_to_a_key_of_theirs(
    archive: Archive, home: Path, tmp_path: Path, desk: Desk
) -> None:
    """The reader has the new key. The thief signs another change of the old one, in a log of theirs."""
    stolen = Path(shutil.copytree(home, tmp_path / "stolen"))
    rotate_signing(archive.tools(), "a laptop was stolen", compromised=True)
    genuine = a_proof(archive).to_bytes()
    with opened(stolen) as theirs:
        rotate_signing(theirs.tools(), "routine")
        for _ in range(3):
            go_on(theirs)
        publish(theirs.tools())
        forged = a_proof(theirs).to_bytes()
    assert desk(keys_of(archive), genuine).ok
    for order in ((genuine, forged), (forged, genuine)):
        result = desk(keys_of(archive), *order)
        assert not result.ok
        assert "wrong key" in said(result)


def test_from_which_size_a_compromised_key_is_not_trusted_can_be_said(archive: Archive, desk: Desk) -> None:
    before = a_proof(archive).to_bytes()
    done = rotate_signing(archive.tools(), "seen", compromised=True, untrusted_from=1)
    assert done.untrusted_from == 1
    result = desk(keys_of(archive), a_proof(archive).to_bytes(), before)
    assert not result.ok
    assert "is not trusted for heads of 1 entries or more" in said(result)


def test_a_change_that_the_old_key_did_not_sign_leads_nowhere(archive: Archive, desk: Desk) -> None:
    """Somebody makes a log of the same name, in which the old key is followed by one of theirs."""
    old = archive.signer
    thief = LogSigner(archive.settings.origin, b"t" * 32)
    forged = SigningKeyChanged(
        written(old.verifiers), written(thief.verifiers), "routine", False, 99, "", "keeper", "root"
    )
    forged = replace(forged, attested=sign_note("anything\n", [thief]))
    tools = archive.tools()
    with archive.database.write() as tx:
        catalogue.record(tx, archive.ledger, [forged], tools.now())
        archive.ledger.sign_head_within(tx, [thief], tools.now())
    head = newest(archive)
    from processes.proving.prove import item_proof

    with archive.database.read() as conn:
        record = catalogue.item_by_code(conn, a_code(archive), view_of(tools.subject))
        assert record is not None
        proof = item_proof(archive.ledger, conn, archive.ledger.of_item(conn, record.item.id), head)
    result = desk(written(old.verifiers), proof.to_bytes())
    assert not result.ok
    assert "wrong key" in said(result)
    assert not said(result, "signing-key.changed")


def test_the_archive_knows_the_heads_of_its_former_keys_at_its_sites(archive: Archive, home: Path) -> None:
    checkpoint = (home / "sites/site-b/ledger/checkpoint").read_text()
    rotate_signing(archive.tools(), "routine")
    with archive.database.read() as conn:
        assert own_head(archive.tools(), conn, checkpoint).note == checkpoint
        with pytest.raises(NoteInvalid):
            own_head(archive.tools(), conn, forged_head(archive, b"t" * 32, 0))


def test_a_change_that_was_interrupted_is_ended_by_whoever_publishes(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    from processes.custody import rotate_signing as module

    def cut(_tools: object) -> bool:
        raise KeyboardInterrupt

    old = archive.verifier
    with monkeypatch.context() as cutting:
        cutting.setattr(module, "switch_if_entered", lambda tools: tools.keychain.signing.path.name == "")
        cutting.setattr(module, "_published", cut)
        with pytest.raises(KeyboardInterrupt):
            rotate_signing(archive.tools(), "routine")
    assert archive.verifier == old
    publish(archive.tools())
    assert archive.verifier != old
    done = rotate_signing(archive.tools(), "another reason")
    assert done.new == keys_of(archive)
    with archive.database.read() as conn:
        assert len(list(archive.ledger.of_type(conn, SigningKeyChanged.type))) == 1
    assert archive.keychain.pending() == []
