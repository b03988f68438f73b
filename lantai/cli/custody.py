"""Commands about the archive's own keys: rotate, seal, show, split, join. No secret is ever an argument."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import typer

from lantai.cli import words_custody as words
from lantai.cli.door import DONE, FINDINGS, Account, AsJson, answer, entered, exit_code, home_of, note
from lantai.errors import UsageMistake
from lantai.messages import error_sentence
from policies.errors import LantaiError

Form = Literal["none", "passphrase", "transit"]
Url = Annotated[str, typer.Option("--transit-url", metavar="URL", help="The transit engine's address.")]
KeyName = Annotated[str, typer.Option("--transit-key", metavar="NAME", help="The engine's key.")]
Mount = Annotated[str, typer.Option("--transit-mount", metavar="PATH", help="Where the engine is mounted.")]
TokenFile = Annotated[str, typer.Option("--transit-token-file", metavar="FILE", help="Holds the token.")]
Ca = Annotated[str, typer.Option("--transit-ca", metavar="FILE", help="The engine's own CA, PEM.")]


def rotate(
    context: typer.Context,
    signing: Annotated[
        bool, typer.Option("--signing", help="Change the key that signs checkpoints.")
    ] = False,
    recovery: Annotated[bool, typer.Option("--recovery", help="Make another recovery key.")] = False,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Somebody else may have the signing key.")
    ] = False,
    untrusted_from: Annotated[
        int | None, typer.Option(metavar="SIZE", min=0, help="From this ledger size on do not trust it.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why; kept in the ledger for ever.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Change the key-encryption key; or the signing key, or the recovery key."""
    if signing and recovery:
        raise UsageMistake("one at a time: --signing or --recovery")
    if (compromised and not signing) or (untrusted_from is not None and not compromised):
        raise UsageMistake("--compromised goes with --signing, and --untrusted-from with --compromised")
    if signing and not reason:
        raise UsageMistake("say why the signing key changes: --reason")
    if recovery:
        return _rotate_recovery(context, account, as_json)
    if signing:
        from processes.custody.rotate_signing import rotate_signing

        with entered(context, account) as archive:
            changed = rotate_signing(
                archive.tools(), reason, compromised=compromised, untrusted_from=untrusted_from
            )
        answer(changed.as_json(), as_json, words.of_new_signing_key(changed))
        return FINDINGS if changed.pending or changed.waiting else DONE
    from processes.custody.rotate import rotate as change

    with entered(context, account) as archive:
        done = change(archive.tools())
    answer(done.as_json(), as_json, words.of_rotation(done))
    return FINDINGS if done.pending or done.waiting else DONE


def _rotate_recovery(context: typer.Context, account: str | None, as_json: bool) -> int:
    from processes.custody.rotate_recovery import rotate_recovery

    shown: list[str] = []

    def show(key: str) -> None:
        """At once: what is killed or fails after this must not leave a key that nobody has seen."""
        if as_json:
            _print({"recovery_key": key}, end=",")
        else:
            answer({}, False, words.of_recovery_key(key))
        shown.append(key)

    try:
        with entered(context, account) as archive:
            done = rotate_recovery(archive.tools(), show)
    except LantaiError as fault:
        if not (as_json and shown):
            raise
        _print({"error": {"code": fault.code, "text": error_sentence(fault.code, str(fault))}}, begin="")
        return exit_code(fault)
    if as_json:
        _print({name: said for name, said in done.as_json().items() if name != "recovery_key"}, begin="")
    else:
        answer({}, False, words.of_new_recovery(done))
    return FINDINGS if done.pending or done.waiting else DONE


def _print(part: Mapping[str, object], begin: str = "{\n", end: str = "\n}") -> None:
    """Some fields of one JSON document, at once; between two parts stands a comma."""
    inside = json.dumps(part, ensure_ascii=False, indent=2).removeprefix("{\n").removesuffix("\n}")
    sys.stdout.write(f"{begin}{inside}{end}\n")
    sys.stdout.flush()


def seal(
    context: typer.Context,
    to: Annotated[Form, typer.Option("--to", metavar="none|passphrase|transit", help="What seals them.")],
    transit_url: Url = "",
    transit_key: KeyName = "",
    transit_mount: Mount = "",
    transit_token_file: TokenFile = "",
    transit_ca: Ca = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Change how the home's key files are sealed; the keys stay the same."""
    from lantai.resealing import reseal

    wanted = {
        "transit_url": transit_url,
        "transit_key": transit_key,
        "transit_mount": transit_mount,
        "transit_token_file": transit_token_file,
        "transit_ca": transit_ca,
    }
    with entered(context, account) as archive:
        forms = reseal(archive, to, {name: value for name, value in wanted.items() if value})
    answer({"seal": to, "files": forms}, as_json, words.of_seal(forms))
    return DONE


def show(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """Say which keys there are, how they are sealed, and what is unfinished."""
    from processes.custody.key_state import key_state

    with entered(context, account) as archive:
        state = key_state(archive.tools())
    answer(state.as_json(), as_json, words.of_key_state(state))
    return FINDINGS if state.unfinished or state.outdated else DONE


def split(
    context: typer.Context,
    threshold: Annotated[int, typer.Option(metavar="N", help="So many give it back.")] = 3,
    shares: Annotated[int, typer.Option(metavar="N", help="So many there are.")] = 5,
    as_json: AsJson = False,
) -> int:
    """Split the recovery key among people; it is asked for, never an argument."""
    from lantai.resealing import need_own
    from lantai.secrets_in import recovery_key
    from storage import shares as scheme

    key = recovery_key()
    need_own(home_of(context), key)
    try:
        made = scheme.split(key, threshold, shares)
    except ValueError as mistake:
        raise UsageMistake(str(mistake)) from None
    document = {"threshold": threshold, "set": made[0].set_id.hex(), "shares": [str(share) for share in made]}
    answer(document, as_json, words.of_shares(made))
    return DONE


def join(as_json: AsJson = False) -> int:
    """Give the recovery key back from shares, which are asked for one after the other."""
    from lantai.secrets_in import prompted
    from storage import shares as scheme

    given: list[scheme.Share] = []
    while not given or len({share.place for share in given}) < given[0].threshold:
        if sys.stdin is not None and sys.stdin.isatty():
            note(words.ask_share(len(given) + 1, given[0].threshold if given else 0))
        given.append(scheme.parse(prompted("")))
    key = scheme.join(given)
    answer({"recovery_key": key}, as_json, words.of_joined(key))
    return DONE


KEYS: dict[str, Callable[..., int]] = {
    "rotate": rotate,
    "seal": seal,
    "show": show,
    "split": split,
    "join": join,
}
