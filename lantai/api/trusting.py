"""Routes about what the archive is trusted by: its keys, its signed head, and proofs for whoever holds some.

A new recovery key stands in one answer and nowhere else: it is neither kept for a request that is sent again
nor written anywhere. What a new key needs (shares, the seal of the key files) stays at the machine.
"""

from __future__ import annotations

import base64
import binascii
import logging
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from archive.errors import NoteInvalid
from lantai import keeping
from lantai.api.door import Caller, Door
from lantai.api.jobs import Work
from lantai.api.keeping import started
from lantai.api.parsing import Asked
from lantai.api.problems import document_of
from lantai.errors import UsageMistake
from policies.errors import LantaiError
from processes.custody.key_state import key_state
from processes.custody.rotate_recovery import rotate_recovery
from processes.custody.rotate_signing import rotate_signing
from processes.proving.verify import Digested, Given, verify

router = APIRouter(tags=["trust"])
LOG = logging.getLogger("lantai.http")


class RotationAsked(Asked):
    """Another key. `reason` is needed for the signing key, whose change strangers see."""

    key: Literal["encryption", "signing", "recovery"] = "encryption"
    reason: Annotated[str, Field(max_length=2000)] = ""
    compromised: bool = False
    untrusted_from: Annotated[int, Field(ge=0)] | None = None


Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class Paper(Asked):
    """A proof, a checkpoint, or content that one speaks of: as `text`, or its bytes in base64. Of content the
    digests are enough, in hex: the file itself need not be sent.
    """

    name: Annotated[str, Field(min_length=1, max_length=255)]
    text: str = ""
    base64: str = ""
    sha256: Digest = ""
    sm3: Digest = ""


class VerificationAsked(Asked):
    """Proofs and content, and the archive's verification key as `checkpoint --public-key` prints it."""

    key: Annotated[str, Field(max_length=10_000)]
    files: Annotated[list[Paper], Field(min_length=1, max_length=100)]


@router.get("/keys")
def show_keys(door: Door) -> dict[str, Any]:
    """Say which keys there are, how they are sealed, and what is unfinished."""
    return key_state(door.working().tools()).as_json()


@router.post("/keys/rotations", responses={202: {"description": "Asked for: the job's place."}})
def rotate(door: Door, request: Request, asked: RotationAsked) -> Response:
    """Change the key-encryption key (a long work), the signing key, or the recovery key."""
    _need_fit(asked)
    if asked.key == "encryption":
        return started(request, door, "rotate")
    if asked.key == "recovery":
        return _recovery(door)
    done = rotate_signing(
        door.working().tools(),
        asked.reason,
        compromised=asked.compromised,
        untrusted_from=asked.untrusted_from,
    )
    return JSONResponse(done.as_json())


def _need_fit(asked: RotationAsked) -> None:
    """The fields go together. Raises `UsageMistake`."""
    if asked.key != "signing" and (asked.compromised or asked.reason):
        raise UsageMistake("reason and compromised are for the signing key")
    if asked.untrusted_from is not None and not asked.compromised:
        raise UsageMistake("untrusted_from goes with compromised")
    if asked.key == "signing" and not asked.reason:
        raise UsageMistake("say why the signing key changes: reason")


def _recovery(door: Caller) -> Response:
    """A new recovery key, told whatever came after it was made, also a full disk: it may be the one that
    counts by now.
    """
    shown: list[str] = []
    try:
        done = rotate_recovery(door.working().tools(), shown.append)
    except Exception as fault:  # whatever broke: nobody else knows the key that was made
        if not shown:
            raise
        LOG.exception("the recovery key was changed in part")
        code = fault.code if isinstance(fault, LantaiError) else "machinery"
        return JSONResponse({"recovery_key": shown[0], "problem": document_of(code, str(fault))})
    return JSONResponse(done.as_json())


@router.get("/checkpoint")
def checkpoint(door: Door) -> dict[str, Any]:
    """Give the ledger's signed head."""
    return keeping.head(door.working())


@router.get("/checkpoint/key")
def verification_key(door: Door) -> dict[str, Any]:
    """Give the keys that verify heads and proofs."""
    return keeping.public_key(door.archive)


@router.post("/verifications")
def verification(asked: VerificationAsked) -> dict[str, Any]:
    """Check proofs, and content against them, without an archive and for anybody."""
    files = [_given(one) for one in asked.files]
    if not asked.key.isascii():
        raise UsageMistake("key holds no verification key: it has signs that no key has")
    try:
        return verify(files, Given("key", asked.key.encode("ascii"))).as_json()
    except NoteInvalid as fault:
        raise UsageMistake(f"key holds no verification key: {fault}") from None


def _given(paper: Paper) -> Given | Digested:
    """What was given of a file. Raises `UsageMistake`."""
    if sum(map(bool, (paper.text, paper.base64, paper.sha256))) != 1 or (paper.sm3 and not paper.sha256):
        raise UsageMistake(f"{paper.name}: give one of text, base64 and sha256; sm3 goes with sha256")
    return Digested(paper.name, paper.sha256, paper.sm3) if paper.sha256 else Given(paper.name, _bytes(paper))


def _bytes(paper: Paper) -> bytes:
    """What a file holds. Raises `UsageMistake`."""
    try:
        return paper.text.encode() or base64.b64decode(paper.base64, validate=True)
    except (binascii.Error, ValueError):
        raise UsageMistake(f"{paper.name}: this is not base64") from None


WORKS: dict[str, Work] = {"rotate": keeping.rotate_encryption}
