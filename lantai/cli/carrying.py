"""Commands about what leaves the archive on purpose: carriers, and packages of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from lantai.cli import words_carrying as words
from lantai.cli.door import DONE, FINDINGS, Account, AsJson, Reason, answer, entered
from lantai.cli.noting import before_writing
from lantai.errors import UsageMistake

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="A carrier's number, such as PR0001.")]
Fonds = Annotated[list[str] | None, typer.Option("--fonds", metavar="CODE", help="Only these fonds.")]
KeptAt = Annotated[str, typer.Option("--kept-at", metavar="PLACE", help="Where it will be kept.")]


def write(
    context: typer.Context,
    set_name: Annotated[
        Literal["preservation", "off-site", "use"],
        typer.Option("--set", metavar="preservation|off-site|use", help="Which of the three sets."),
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder to write them into.")],
    size: Annotated[str, typer.Option(metavar="SIZE", help="At most so large: bytes, 4.7GB, 25GB.")] = "25GB",
    plain: Annotated[bool, typer.Option("--plain", help="Readable without Lantai; open records.")] = False,
    image: Annotated[bool, typer.Option("--image", help="Disc images (ISO 9660) and no folders.")] = False,
    since: Annotated[str, typer.Option(metavar="DATE", help="Only what was registered since.")] = "",
    fonds: Fonds = None,
    medium: Annotated[str, typer.Option(metavar="KIND", help="Kind of medium: magnetic, optical, …")] = "",
    kept_at: KeptAt = "",
    restricted_too: Annotated[
        bool, typer.Option("--restricted-too", help="On plain carriers, what is not open too.")
    ] = False,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Keyrings and recovery file too: they cannot be destroyed.")
    ] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Write numbered carriers for one of the three sets."""
    from lantai.carrying import Wish
    from lantai.cli.progress import progress
    from processes.packages.carriers import write as write_carriers

    wish = Wish(
        set_name, size, plain, image, since, listed(fonds), medium, kept_at, restricted_too, with_keys
    )
    with entered(context, account) as archive:
        run = write_carriers(archive.tools(progress()), wish.order(archive.rules), to.resolve())
    answer(run.as_json(), as_json, words.of_run(run))
    return DONE if run.whole else FINDINGS


def list_carriers(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """List the carrier register."""
    from lantai.carrying import register

    with entered(context, account) as archive:
        found = register(archive.tools(), archive.rules.sites)
    answer(found, as_json, words.of_register(found["carriers"]))
    return DONE


def check(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The carrier: a folder, an image, a drive.")],
    number: Annotated[str, typer.Option("--number", metavar="N", help="Its number, as on its label.")] = "",
    sample: Annotated[
        float | None, typer.Option(metavar="PERCENT", min=0.01, max=100, help="Another share of it.")
    ] = None,
    kept_at: KeptAt = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Read a carrier again and enter what was found."""
    from lantai.cli.progress import progress
    from processes.packages.carriers_kept import check as read_again

    with entered(context, account) as archive:
        tools = archive.tools(progress())
        result = read_again(tools, archive.rules.sites, path, number, sample or 0.0, kept_at)
    answer(result.as_json(), as_json, words.of_check(result))
    return DONE if result.whole else FINDINGS


def due(
    context: typer.Context,
    within: Annotated[int, typer.Option(metavar="DAYS", min=0, help="And due in so many days.")] = 0,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """List the carriers that should be read again; exit 1 where one is overdue."""
    from lantai.carrying import due as found_due

    with entered(context, account) as archive:
        found = found_due(archive.tools(), archive.rules.sites, within)
    answer(found, as_json, words.of_due(found["carriers"]))
    return FINDINGS if any(one["overdue"] for one in found["carriers"]) else DONE


def lost(
    context: typer.Context, number: Number, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """Enter that a carrier is gone or no longer to be relied on."""
    from processes.packages.carriers_kept import lost as enter

    with entered(context, account) as archive:
        done = enter(archive.tools(), archive.rules.sites, number, reason)
    answer(done, as_json, words.of_lost(done))
    return DONE


def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new or empty folder for the packages.")],
    codes: Annotated[list[str] | None, typer.Argument(metavar="CODE…", help="Archival codes.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that the account may see.")] = False,
    form: Annotated[
        Literal["bagit", "transfer", "eep"],
        typer.Option("--format", metavar="bagit|transfer|eep", help="The kind of package."),
    ] = "bagit",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Write packages of records, in plain form, for another system or a stranger."""
    from lantai.cli.progress import progress
    from processes.packages.export import export as write_packages

    if bool(codes) == every:
        raise UsageMistake("name the codes to export, or say --all")
    with entered(context, account) as archive:
        before_writing(context, archive)
        result = write_packages(archive.tools(progress()), form, to.resolve(), codes or [])
    answer(result, as_json, words.of_export(result))
    return DONE if result["packages"] and not result["failed"] else FINDINGS


def listed(values: list[str] | None) -> tuple[str, ...]:
    """Codes of fonds, given one by one or joined by commas, in order and each once."""
    return tuple(sorted({one.strip() for value in values or () for one in value.split(",") if one.strip()}))


COMMANDS: dict[str, Callable[..., int]] = {"export": export}
CARRIERS: dict[str, Callable[..., int]] = {
    "write": write,
    "list": list_carriers,
    "check": check,
    "due": due,
    "lost": lost,
}
"""The commands under `carriers`."""
