"""Commands that destroy records for good, and that keep records from it: destroy, hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lantai.cli import words_destroying as words
from lantai.cli.door import BROKEN, DONE, FINDINGS, Account, AsJson, answer, entered, writable
from lantai.cli.proving import need_person, need_still
from lantai.errors import UsageMistake

if TYPE_CHECKING:
    from lantai.wiring import Archive
    from processes.destruction.destroy import Outcome

Codes = Annotated[list[str] | None, typer.Argument(metavar="CODE…", help="Archival codes.")]
Why = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; kept in the ledger for ever.")]
Paper = Annotated[Path | None, typer.Option("--certificate", metavar="FILE", help="Write the certificate.")]


def destroy(
    context: typer.Context,
    codes: Codes = None,
    reason: Why = "",
    certificate: Paper = None,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Do what is left, as at sites that were away.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List what is pending, by site.")] = False,
    of: Annotated[str, typer.Option("--of", metavar="ID", help="This destruction's certificate.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    supervisor: Annotated[
        list[str] | None, typer.Option("--supervisor", metavar="NAME", help="Who witnesses it: two of them.")
    ] = None,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Destroy items for good; what stays is their tombstones."""
    _need_one_way(codes or [], reason, certificate, go_on=go_on, listing=listing, of=of, dry_run=dry_run)
    target = writable(certificate) if certificate else None
    with entered(context, account) as archive:
        if dry_run:
            return _would(archive, codes or [], as_json)
        if listing:
            return _list(archive, as_json)
        wanted = _Wanted(codes or [], reason, supervisor or [], go_on, of)
        return _destroy(archive, wanted, target, as_json)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be destroyed, why and before whom; or what is to be gone on with."""

    codes: Sequence[str]
    reason: str
    supervisors: Sequence[str]
    go_on: bool
    of: str


def _need_one_way(
    codes: Sequence[str],
    reason: str,
    certificate: Path | None,
    *,
    go_on: bool,
    listing: bool,
    of: str,
    dry_run: bool,
) -> None:
    """The words fit together. Raises `UsageMistake`."""
    ways = bool(codes) + go_on + listing + bool(of and not go_on)
    if ways != 1:
        raise UsageMistake(
            "name the codes to destroy, or say --continue, --list, or --of ID and --certificate"
        )
    if codes and not (reason or dry_run):
        raise UsageMistake("destroying needs a --reason")
    if dry_run and not codes:
        raise UsageMistake("--dry-run is for codes that are named")
    if of and not certificate:
        raise UsageMistake("--of names the destruction whose --certificate is to be written")


def _would(archive: Archive, codes: Sequence[str], as_json: bool) -> int:
    from processes.destruction.destroy_told import trial

    found = trial(archive.tools(), codes)
    answer(found, as_json, words.of_trial(found["would_destroy"]))
    return DONE


def _list(archive: Archive, as_json: bool) -> int:
    from processes.destruction.destroy_told import waiting

    found = waiting(archive.tools())
    answer(found, as_json, words.of_outcomes(found["destructions"], None))
    return BROKEN if found["destructions"] else DONE


def _destroy(archive: Archive, wanted: _Wanted, target: Path | None, as_json: bool) -> int:
    from lantai.cli.progress import progress
    from processes.destruction import destroy as work
    from processes.destruction.destroy_told import told_to

    tools = archive.tools(progress())
    if wanted.codes:
        names = work.who_supervises(tools, wanted.codes, wanted.supervisors)
        for name in names:
            need_person(archive, name)
        need_still(archive)
        outcomes = [work.destroy(tools, archive.index, wanted.codes, wanted.reason, names)]
    elif wanted.go_on:
        outcomes = work.go_on(tools, archive.index)
    else:
        outcomes = []
    paper = None
    if target:
        here = [one for one in outcomes if one.destruction.concerns(tools.subject)]
        newest = [one for one in here if wanted.of in ("", one.destruction.id)][-1:]
        paper = _write(archive, newest[0] if newest else work.outcome_of(tools, wanted.of), target)
    documents = [told_to(tools, one) for one in outcomes]
    answer({"destructions": documents, "certificate": paper}, as_json, words.of_outcomes(documents, paper))
    if any(document["pending"] for document in documents):
        return BROKEN
    return FINDINGS if paper and paper["by_hand"] else DONE


def _write(archive: Archive, outcome: Outcome, target: Path) -> dict[str, Any]:
    """Write the certificate; what of it a person must see at once."""
    from lantai.destroying import paper_of
    from processes.destruction.destroy_certificate import to_bytes

    paper = paper_of(archive, outcome)
    target.write_bytes(to_bytes(paper))
    statement = paper["statement"]
    by_hand = [one for one in statement["by_hand"] if one["must"] == "destroy"]
    return {
        "file": str(target),
        "destruction": statement["destruction"],
        "pending": statement["pending"],
        "by_hand": by_hand,
        "defeats": statement["defeats"],
    }


def hold(
    context: typer.Context,
    codes: Annotated[list[str], typer.Argument(metavar="CODE…", help="Archival codes.")],
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; kept in the ledger.")],
    lift: Annotated[bool, typer.Option("--lift", help="Lift the hold.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Keep items from being destroyed until the hold is lifted."""
    from processes.desk.hold import hold as enter

    with entered(context, account) as archive:
        done = enter(archive.tools(), codes, reason, lift=lift)
    answer(done, as_json, words.of_hold(done))
    return BROKEN if "waiting" in done else DONE


COMMANDS: dict[str, Callable[..., int]] = {"destroy": destroy, "hold": hold}
