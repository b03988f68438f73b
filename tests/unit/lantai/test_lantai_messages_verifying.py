"""What verification says is told to a Chinese reader in Chinese, also the reason that stands within it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import merkle, notes, proofs, signers, signing
from lantai.messages import reading, retell
from processes.proving import verify_bundle, verify_destruction, verify_entry, verify_signers

MODULES = (
    merkle, notes, proofs, signers, signing, verify_bundle, verify_destruction, verify_entry, verify_signers
)  # fmt: skip
RAISED = {"NoteInvalid", "ProofInvalid"}
AT = "entry 3 of 9, 2026-01-02T03:04:05Z"
INCOMPLETE = "that these are all its entries is not shown: ask the archive for a proof at a newer checkpoint"
SAID = (
    f"{AT}: its content was destroyed, as entry 8 records",
    f"{AT}: not disclosed: the file does not say what was entered",
    f"{AT}: A014-WS·2016-Y-BGS-0001, A014-WS·2016-Y-BGS-0002 destroyed: 保管期满",
    f"{AT}: A014-WS·2016-Y-BGS-0001, 年度总结; a single entry: "
    "what happened to the item before and after it is not shown",
    f"{AT}: key 0a1b signs in the place of 2c3d (no reason given), and both attest it; "
    "the former is believed for less than 4 entries",
    "the key given was compromised (no reason given): the one after it must come to you in another way",
    f"A014-WS·2016-Y-BGS-0001 is item ab12, withdrawn: entries 3, 5 of a ledger of 9; {INCOMPLETE}",
    f"A014-WS·2016-Y-1 is item ab12, withdrawn, destroyed: entries 3, 5 of a ledger of 9; {INCOMPLETE}",
    "2 items, 2026-01-02T03:04:05Z: nothing pending when it was written",
    "2 items, 2026-01-02T03:04:05Z: 1 pending when it was written, 2 to be destroyed by hand",
    "its SM3 was not given, and without it nothing is shown of "
    f"a.tif (main) of item ab12, registered as A014 by {AT}",
    f"altered: its SM3 0a is not that of a.tif (main) of item ab12, registered as A014 by {AT}",
    f"is a.tif (main) of item ab12, registered as A014 by {AT}",
    "SHA-256 0a1b is named by a.proof.json, which does not hold",
    "signed heads of 3, 9 entries: each holds by itself; that a later one continues an earlier is not shown "
    "here, only a consistency proof could link them",
    "two histories of one log: different roots at 3 entries than in b.txt, both signed by the archive's key",
    "two histories of one log: different entries at 3 than in b.txt, both signed by the archive's key",
    "proof 2 of 3: altered: entry 3 does not stand so in the log: inclusion proof does not lead to the root",
    "key holds no verification key: a verification key is written name+hash+base64",
    "key holds no verification key: it has signs that no key has",
)


def raised(module: object) -> Iterator[str]:
    """Every sentence that a module refuses with, a number in the place of each value."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
            told = node.args[0] if node.args else None
            if isinstance(told, ast.Constant):
                yield str(told.value)
            if isinstance(told, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in told.values)


def english(told: str) -> list[str]:
    """Two English words in a row, that are no code, key or name of a file."""
    return re.findall(r"[a-z]{2,} [a-z]{2,}", told)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_whatever_a_proof_is_refused_with_has_its_chinese(module: object) -> None:
    told = list(raised(module))
    assert told
    with reading("zh"):
        assert [one for one in told if retell(one) == one] == []


@pytest.mark.parametrize("said", SAID)
def test_what_is_found_of_a_paper_is_wholly_chinese(said: str) -> None:
    with reading("zh"):
        told = retell(said)
    assert english(told) == [], told
    with reading("en"):
        assert retell(said) == said
