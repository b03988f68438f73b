"""Commands of an operator: init, checkpoint, prove, verify, doctor, demo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import words
from lantai.cli.beginning import init
from lantai.cli.door import DONE, FINDINGS, Account, AsJson, account_of, answer, entered, home_of, writable
from lantai.cli.finding import Code
from lantai.errors import UsageMistake

Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")]


def checkpoint(
    context: typer.Context,
    output: Output = None,
    public_key: Annotated[bool, typer.Option("--public-key", help="The key that verifies it.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Print the ledger's signed head, or its verification key."""
    from archive.signing import written
    from ingest.publish import publish

    if output:
        writable(output)

    with entered(context, account) as archive:
        if public_key:
            text = written(archive.verifiers)
            document: dict[str, object] = {
                "key": str(archive.verifier),
                "keys": [str(key) for key in archive.verifiers],
            }
        else:
            head = publish(archive.tools())
            text = head.note
            document = {"origin": head.origin, "size": head.size, "root": head.root.hex(), "note": head.note}
    if output:
        output.write_text(text, encoding="utf-8")
    answer(document, as_json, words.of_written(output) if output else text.splitlines())
    return DONE


def prove(
    context: typer.Context,
    code: Code,
    output: Output = None,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Write a proof that a stranger can check offline."""
    from processes.proving.prove import prove as make_proof

    if output:
        writable(output)
    with entered(context, account) as archive:
        proof = make_proof(archive.tools(), code)
    target = writable(output or Path(f"{proof.code.replace('·', '.')}.proof.json"))
    target.write_bytes(proof.to_bytes())
    answer(
        {"code": proof.code, "entries": len(proof.entries), "size": proof.size, "output": str(target)},
        as_json,
        words.of_proof(proof, target),
    )
    return DONE


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Proofs, and content they speak of.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The archive's verification key.")],
    as_json: AsJson = False,
) -> int:
    """Check proofs, and content against them, without an archive."""
    from archive.errors import NoteInvalid
    from processes.proving.verify import verify as check

    for file in (key, *files):
        if not file.is_file():
            raise UsageMistake(f"there is no file {file}")
    try:
        result = check(files, key)
    except (NoteInvalid, UnicodeDecodeError) as fault:
        raise UsageMistake(f"{key} holds no verification key: {fault}") from None
    answer(result.as_json(), as_json, words.of_verification(result))
    return DONE if result.ok else FINDINGS


def doctor(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """Check installation, home, keys, sites and rule set."""
    from lantai.doctor import examine, sound

    if account_of(context, account) is not None:
        with entered(context, account):
            pass  # that it opens as this account is all that was asked
    checks = examine(home_of(context))
    ok = sound(checks)
    answer({"ok": ok, "checks": [check.as_json() for check in checks]}, as_json, words.of_checks(checks))
    return DONE if ok else FINDINGS


def demo(
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where to make it.")] = Path(
        "lantai-demo"
    ),
    as_json: AsJson = False,
) -> int:
    """Take a sample batch of real media files through."""
    from lantai.demo import run_demo

    result = run_demo(folder, quiet=as_json)
    answer(result, as_json, [])
    return DONE


BEGINNING: dict[str, Callable[..., int]] = {"init": init, "doctor": doctor, "demo": demo}
COMMANDS: dict[str, Callable[..., int]] = {
    "checkpoint": checkpoint,
    "prove": prove,
    "verify": verify,
}
