"""The first command: init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lantai.cli import words
from lantai.cli.custody import Ca, Form, KeyName, Mount, TokenFile, Url
from lantai.cli.door import DONE, AsJson, answer, home_of
from lantai.errors import UsageMistake
from lantai.messages import say

DatabaseUrl = Annotated[
    str,
    typer.Option(
        metavar="URL", envvar="LANTAI_DATABASE", help="A PostgreSQL database instead of a file in the home."
    ),
]
SitesFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", envvar="LANTAI_SITES", help="A file of [[sites]] tables instead of two folders."
    ),
]


def init(
    context: typer.Context,
    ruleset: Annotated[str, typer.Option(metavar="NAME", help="The rule set to work by.")] = "shandong-2016",
    suite: Annotated[
        str, typer.Option(metavar="NAME", help="international or commercial (国密).")
    ] = "international",
    database: DatabaseUrl = "",
    sites: SitesFile = None,
    seal: Annotated[
        Form, typer.Option(metavar="none|passphrase|transit", help="What seals the home's key files.")
    ] = "none",
    transit_url: Url = "",
    transit_key: KeyName = "",
    transit_mount: Mount = "",
    transit_token_file: TokenFile = "",
    transit_ca: Ca = "",
    as_json: AsJson = False,
) -> int:
    """Make an archive; prints the recovery key, once."""
    from archive.database import is_server
    from lantai.home import IN_THE_HOME, make_home
    from lantai.new_sites import tables_of
    from lantai.settings import TWO_FOLDERS
    from lantai.settings_keys import key_settings
    from policies.suites import SUITES

    if database and not is_server(database):
        raise UsageMistake("--database takes the address of a PostgreSQL database: postgresql://…")
    if suite not in SUITES:
        raise UsageMistake(f"there is no cipher suite {suite!r}: use {' or '.join(SUITES)}")
    transit = {"url": transit_url, "key": transit_key, "mount": transit_mount}
    files = {"token_file": transit_token_file, "ca": transit_ca}
    transit |= {name: str(Path(value).resolve()) for name, value in files.items() if value}
    keys = key_settings(seal, {f"transit_{name}": value for name, value in transit.items() if value})
    tables = tables_of(sites) if sites else TWO_FOLDERS
    made = make_home(home_of(context), ruleset, database or IN_THE_HOME, SUITES[suite], keys, tables)
    document = {
        "home": str(made.home),
        "archive": made.archive,
        "ruleset": made.ruleset,
        "recovery_key": made.recovery_key,
    }
    answer(document, as_json, [*words.of_new_home(made), say("what-next")])
    return DONE
