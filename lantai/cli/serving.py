"""The command that opens the HTTP door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from lantai.cli.door import DONE, Account, AsJson, answer, entered, home_of
from lantai.messages import say

Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Listen at this address.")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="Listen at this port.")]
NoWorker = Annotated[bool, typer.Option("--no-worker", help="Leave what waits to a worker elsewhere.")]


def serve(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    no_worker: NoWorker = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Open the HTTP door until told to end.

    By default at 127.0.0.1:8400, with a worker beside it; the settings ([http]) say otherwise.
    """
    from lantai.api.serving import place_of
    from lantai.api.serving import serve as open_door

    home = home_of(context)
    with entered(context, account) as archive:
        place = place_of(home, archive.settings.http, host, port)
    answer({"serving": place.url, "home": str(home)}, as_json, [say("serving", url=place.url)])
    open_door(home, place, worker=not no_worker)
    return DONE


COMMANDS: dict[str, Callable[..., int]] = {"serve": serve}
