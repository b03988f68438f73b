"""Command of an operator: audit, and its history."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words_auditing as words
from lantai.cli.door import DONE, FINDINGS, Account, AsJson, answer, entered
from lantai.errors import UsageMistake


def audit(
    context: typer.Context,
    site: Annotated[str, typer.Option(metavar="NAME", help="Only this site.")] = "",
    sample: Annotated[
        float, typer.Option(metavar="PERCENT", min=0.01, max=100, help="Only a share.")
    ] = 100.0,
    since: Annotated[str, typer.Option(metavar="DATE", help="Only what was registered since.")] = "",
    repair: Annotated[bool, typer.Option("--repair", help="Mend damage from a good copy.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted audit.")] = False,
    history: Annotated[bool, typer.Option("--history", help="List former audits; check nothing.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Check every copy at every site against the ledger."""
    from lantai.cli.progress import progress
    from processes.auditing import audit as audits
    from processes.auditing.codes_told import for_subject

    narrowed = bool(site or since or repair or sample != 100)
    if (resume or history) and (narrowed or (resume and history)):
        raise UsageMistake("--resume and --history stand alone: the scope is that of the former audit")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped by others as by Ctrl-C: it can go on
    with entered(context, account) as archive:
        if history:
            past = audits.history(archive.tools())
            answer(past.as_json(), as_json, words.of_history(past))
            return DONE
        tools = archive.tools(progress())
        result = (
            audits.resume(tools) if resume else audits.audit(tools, audits.Scope(site, sample, since), repair)
        )
        for_subject(tools, result.sites)
    answer(result.as_json(), as_json, words.of_audit(result))
    return DONE if result.whole else FINDINGS


COMMANDS: dict[str, Callable[..., int]] = {"audit": audit}
