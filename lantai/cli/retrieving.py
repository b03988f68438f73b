"""Commands of retrieval (调阅): retrieval ask, list, grant, refuse, revoke, passcode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lantai.cli import words_retrieving as words
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered, in_utf8
from lantai.errors import UsageMistake
from lantai.messages import say
from lantai.secrets_in import prompted

if TYPE_CHECKING:
    from lantai.wiring import Archive

Request = Annotated[str, typer.Argument(metavar="REQUEST", help="A request's name.", callback=in_utf8)]
Grant = Annotated[
    str, typer.Option("--grant", metavar="REQUEST", help="Open it by a grant; its passcode is asked for.")
]


def ask(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="An archival code.", callback=in_utf8)],
    purpose: Annotated[str, typer.Option("--purpose", metavar="WHY", help="What for; officers read it.")],
    copy: Annotated[bool, typer.Option("--copy", help="Looking at it is not enough.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Ask to see what is closed; the answer is the same whether it is there or not."""
    from processes.desk.retrievals import Wanted
    from processes.desk.retrievals import ask as enter

    with entered(context, account) as archive:
        done = enter(archive.tools(), Wanted(code, purpose, copy))
    return _ended(done, as_json)


def list_requests(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many requests.")] = 50,
    cursor: Annotated[str, typer.Option(metavar="C", help="Go on from an earlier answer.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """List one's own requests, and for officers those of the fonds they handle."""
    from processes.desk.retrieval_lists import Page, listed

    with entered(context, account) as archive:
        found = listed(archive.tools(), Page(every, limit, cursor))
    answer(found, as_json, words.of_requests(found))
    return DONE


def grant(
    context: typer.Context,
    request: Request,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day, such as 2026-12-31.")],
    reason: Reason,
    mode: Annotated[
        str, typer.Option("--mode", metavar="view|copy", help="To look at, or to take away; else as asked.")
    ] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Open an item for a time to whoever asked; the passcode is shown once."""
    from processes.desk.retrieval_decisions import Terms
    from processes.desk.retrieval_decisions import grant as enter

    with entered(context, account) as archive:
        done = enter(archive.tools(), request, Terms(until, reason, mode))
    return _ended(done, as_json)


def refuse(
    context: typer.Context, request: Request, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """Refuse a request; whoever asked reads the reason."""
    from processes.desk.retrieval_decisions import refuse as enter

    with entered(context, account) as archive:
        done = enter(archive.tools(), request, reason)
    return _ended(done, as_json)


def revoke(
    context: typer.Context, request: Request, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """End a grant before its last day."""
    from processes.desk.retrieval_decisions import revoke as enter

    with entered(context, account) as archive:
        done = enter(archive.tools(), request, reason)
    return _ended(done, as_json)


def passcode(
    context: typer.Context, request: Request, as_json: AsJson = False, account: Account = None
) -> int:
    """Make a grant another passcode; the former one opens nothing any more."""
    from processes.desk.retrieval_decisions import renew_passcode

    with entered(context, account) as archive:
        done = renew_passcode(archive.tools(), request)
    return _ended(done, as_json)


def with_grant(archive: Archive, request: str, *, taking: bool = False) -> Archive:
    """The archive with the item of a grant open, once its passcode is given; as it is where none is named.

    Raises `SecretRefused`, `NotFound`, `PasscodeRefused`; `UsageMistake` for `taking` what may be looked at.
    """
    from processes.desk.retrievals import subject_opening

    if not request:
        return archive
    typed = prompted(say("ask-retrieval-passcode"))
    now = datetime.now(UTC)
    subject = subject_opening(archive.database, archive.subject, request, typed, now)
    if taking and subject.viewed:
        raise UsageMistake("this grant is for looking at the item, not for taking a copy of it")
    return archive.seen_as(subject)


def _ended(done: Mapping[str, Any], as_json: bool) -> int:
    answer(done, as_json, words.of_request(done))
    return BROKEN if "waiting" in done else DONE


RETRIEVAL: dict[str, Callable[..., int]] = {
    "ask": ask,
    "list": list_requests,
    "grant": grant,
    "refuse": refuse,
    "revoke": revoke,
    "passcode": passcode,
}
