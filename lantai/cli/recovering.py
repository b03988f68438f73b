"""Commands that get an archive back: rebuild, restore; and drill, which tries whether that would work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import words_recovering as words
from lantai.cli.door import BROKEN, DONE, FINDINGS, Account, AsJson, account_of, answer, entered, home_of
from lantai.errors import UsageMistake

CheckpointFile = Annotated[
    Path | None, typer.Option("--checkpoint", metavar="FILE", help="A signed head kept elsewhere.")
]


def rebuild(
    context: typer.Context,
    views: Annotated[bool, typer.Option("--views", help="Catalogue and index, from the ledger.")] = False,
    index: Annotated[bool, typer.Option("--index", help="The index alone, from the catalogue.")] = False,
    site: Annotated[str, typer.Option("--from", metavar="SITE", help="Everything, from this site.")] = "",
    checkpoint: CheckpointFile = None,
    accept_head: Annotated[
        int, typer.Option("--accept-head", metavar="SIZE", min=0, help="Go on from a head without evidence.")
    ] = 0,
    accept_lost: Annotated[
        bool, typer.Option("--accept-lost", help="Give codes although some given ones are lost.")
    ] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Make database and index again: from a site, or from the ledger."""
    if views + index + bool(site) != 1:
        raise UsageMistake("say what to rebuild: --views, --index, or --from SITE")
    if not site and (checkpoint or accept_head or accept_lost):
        raise UsageMistake("--checkpoint, --accept-head and --accept-lost go with --from SITE")
    if index:
        return _rebuild_index(context, account, as_json)
    if views:
        return _rebuild_views(context, account, as_json)
    from lantai.cli.progress import progress
    from lantai.recovering import Wish, rebuild_home

    wish = Wish(site, _read(checkpoint), accept_head, accept_lost)
    done = rebuild_home(home_of(context), wish, account_of(context, account), progress())
    answer(done.as_json(), as_json, words.of_rebuilt(done))
    return DONE if done.whole else FINDINGS


def _rebuild_views(context: typer.Context, account: str | None, as_json: bool) -> int:
    from lantai.cli.progress import progress
    from processes.recovery.rebuild import rebuild_views

    with entered(context, account, stale_views=True) as archive:
        result = rebuild_views(archive.tools(progress()), archive.index)
    answer(result, as_json, words.of_views(result))
    return DONE


def _rebuild_index(context: typer.Context, account: str | None, as_json: bool) -> int:
    from processes.finding.index import refill

    with entered(context, account) as archive:
        indexed = refill(archive.database, archive.index, archive.tools().work)
    answer({"indexed": indexed}, as_json, words.of_index(indexed))
    return DONE


def restore(
    url: Annotated[str, typer.Option("--from", metavar="URL", help="A site: a folder, or s3+https://….")],
    home: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the home is made.")],
    checkpoint: CheckpointFile = None,
    as_json: AsJson = False,
) -> int:
    """Make a whole archive from one site and the recovery key."""
    from lantai.cli.progress import progress
    from lantai.restoring import restore_home
    from lantai.secrets_in import recovery_key

    made = restore_home(url, home, _read(checkpoint), recovery_key, progress())
    answer(made.as_json(), as_json, words.of_restored(made))
    return DONE if made.whole else FINDINGS


def drill(
    context: typer.Context,
    site: Annotated[
        str, typer.Option(metavar="NAME", help="This site; else the one tried longest ago.")
    ] = "",
    sample: Annotated[int, typer.Option(metavar="N", min=1, help="So many objects.")] = 100,
    history: Annotated[bool, typer.Option("--history", help="List the drills done.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Try whether a site and the recovery key are enough."""
    from lantai.cli.progress import progress
    from lantai.secrets_in import recovery_key
    from processes.auditing.codes_told import for_subject
    from processes.recovery import drill as drills

    with entered(context, account) as archive:
        tools = archive.tools(progress())
        if history:
            past = drills.history(tools)
            answer(drills.past_as_json(past), as_json, words.of_drills(past))
            return DONE
        done = drills.drill(tools, site or drills.next_site(tools), recovery_key(), sample)
        for_subject(tools, [done.objects], untold="")
    answer(done.as_json(), as_json, words.of_drill(done))
    if not done.whole:
        return FINDINGS
    return BROKEN if done.pending else DONE


def _read(file: Path | None) -> str:
    """The text of a checkpoint file. Raises `UsageMistake` where there is none."""
    if file is None:
        return ""
    try:
        text = file.read_bytes()[: 1 << 20].decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageMistake(f"{file} is no checkpoint that can be read") from None
    if not text:
        raise UsageMistake(f"{file} is empty")
    return text


COMMANDS: dict[str, Callable[..., int]] = {"rebuild": rebuild, "restore": restore, "drill": drill}
