"""Commands of whoever keeps the sites: sites, replicate, worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli import words_sites as words
from lantai.cli.door import BROKEN, DONE, FINDINGS, Account, AsJson, answer, entered
from lantai.errors import UsageMistake

SiteName = Annotated[str, typer.Option("--site", metavar="NAME", help="Only this site.")]


def sites(
    context: typer.Context,
    action: Annotated[str, typer.Argument(metavar="[retire]", help="Nothing, or what to do.")] = "",
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The site to give up.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Show how each site stands, or give one up: `sites retire NAME`."""
    if action == "retire" and name:
        return _retire(context, name, as_json, account)
    if action:
        raise UsageMistake("write `sites`, or `sites retire NAME`")
    from lantai.site_list import list_sites

    with entered(context, account) as archive:
        listed = list_sites(archive)
    answer(listed, as_json, words.of_sites(listed))
    return DONE if all(site["reachable"] for site in listed["sites"]) else FINDINGS


def _retire(context: typer.Context, name: str, as_json: bool, account: str | None) -> int:
    """Give up a site whose copies all stand elsewhere."""
    from lantai.cli.progress import progress
    from lantai.retiring import retire_site

    with entered(context, account) as archive:
        done = retire_site(archive, name, progress())
    answer(done, as_json, words.of_retired(done))
    if done["pending"]:
        return BROKEN
    return DONE if not done["kept"] else FINDINGS


def replicate(
    context: typer.Context,
    site: SiteName = "",
    go_ahead: Annotated[
        bool, typer.Option("--go-ahead", help="Fill a site anew although it had held much of it.")
    ] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Bring what sites lack from whole copies, and read it back."""
    from lantai.cli.progress import progress
    from lantai.cli.words_destroying import of_list
    from lantai.replicating import terms
    from processes.auditing.codes_told import for_subject
    from processes.destruction.destroy_told import finish
    from processes.replicating.replicate import replicate as bring

    with entered(context, account) as archive:
        result = bring(archive.tools(progress()), terms(archive, site=site, go_ahead=go_ahead))
        for_subject(archive.tools(), result.sites)
        result.raise_for_brake()
        left = finish(archive.tools(), archive.index)
    document = result.as_json() | ({"destructions": left} if left else {})
    answer(document, as_json, [*words.of_replication(result), *of_list(left or ())])
    return DONE if result.whole and not left else FINDINGS


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what waits, then leave.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Do what waits: publish, index, read back, bring sites up to date."""
    from lantai.behind import do_what_waits, keep_working

    with entered(context, account) as archive:
        home = archive.home
        done = do_what_waits(archive) if once else {}
    if not once:
        done = keep_working(home)
    answer(done, as_json, words.of_worker(done))
    return DONE


COMMANDS: dict[str, Callable[..., int]] = {"sites": sites, "replicate": replicate, "worker": worker}
