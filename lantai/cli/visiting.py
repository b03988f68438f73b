"""Commands of the reading room: visit enter, list, show, give, ask, close, forget; certificate issue, list,
show, print, void.

The number of a visitor's document is asked for, or read from standard input: others see a command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.cli import words_visiting as words
from lantai.cli.door import BROKEN, DONE, Account, AsJson, Reason, answer, entered, fresh, in_utf8
from lantai.cli.noting import before_writing
from lantai.messages import language, say
from lantai.secrets_in import prompted

Visit = Annotated[str, typer.Argument(metavar="VISIT", help="A visit's name.", callback=in_utf8)]
Code = Annotated[str, typer.Argument(metavar="CODE", help="An archival code.", callback=in_utf8)]
Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="A certificate's number, such as 2026-0001.", callback=in_utf8)
]
Codes = Annotated[
    list[str] | None, typer.Option("--item", metavar="CODE", help="An item that is given; may be repeated.")
]


def enter(
    context: typer.Context,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Who came.")],
    purpose: Annotated[
        str,
        typer.Option(
            "--purpose",
            metavar="WHAT",
            help="work, history, research, proof, economy, education or other.",
        ),
    ],
    document: Annotated[
        str,
        typer.Option(
            "--document",
            metavar="KIND",
            help="identity-card, passport, travel-permit, service-card, letter or other.",
        ),
    ] = "identity-card",
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help="Where they are from.")] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="HOW", help="How to reach them.")] = "",
    about: Annotated[
        str, typer.Option("--about", metavar="TEXT", help="What they look for; no names of persons.")
    ] = "",
    items: Codes = None,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Enter a visitor; the number of their document is asked for."""
    from processes.reading_room.visitors import Person
    from processes.reading_room.visits import begin

    with entered(context, account) as archive:
        number = prompted(say("ask-visitor-number"))
        person = Person(document, number, name, unit, contact)
        done = begin(archive.tools(), person, purpose, about, items or ())
    return _visit(done, as_json)


def list_visits(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="From this day on.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Until this day.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many visits.")] = 50,
    cursor: Annotated[str, typer.Option(metavar="C", help="Go on from an earlier answer.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """List visits, newest first; who came is shown masked."""
    from processes.reading_room.visits import Page, listed

    with entered(context, account) as archive:
        found = listed(archive.tools(), Page(since, until, limit=limit, cursor=cursor))
    answer(found, as_json, words.of_visits(found))
    return DONE


def show(context: typer.Context, visit: Visit, as_json: AsJson = False, account: Account = None) -> int:
    """Show one visit: what was given, asked for and certified."""
    from processes.reading_room.visits import shown

    with entered(context, account) as archive:
        found = shown(archive.tools(), visit)
    return _visit(found, as_json)


def give(
    context: typer.Context,
    visit: Visit,
    code: Code,
    copied: Annotated[
        int, typer.Option("--copied", min=0, max=100_000, metavar="PAGES", help="So many pages were copied.")
    ] = 0,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Note that a visitor was given an item, or a copy of it."""
    from policies.visitors import COPIED, SEEN
    from processes.reading_room.visits import Given, note

    with entered(context, account) as archive:
        done = note(archive.tools(), visit, [Given(code, COPIED if copied else SEEN, copied)])
    return _visit(done, as_json)


def ask(
    context: typer.Context,
    visit: Visit,
    code: Code,
    purpose: Annotated[str, typer.Option("--purpose", metavar="WHY", help="What for; officers read it.")],
    copy: Annotated[bool, typer.Option("--copy", help="Looking at it is not enough.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Ask in the visitor's name to see what is closed; somebody else decides on it."""
    from processes.reading_room.visits import ask as ask_for

    with entered(context, account) as archive:
        done = ask_for(archive.tools(), visit, code, purpose, copy=copy)
    return _visit(done, as_json)


def close(
    context: typer.Context,
    visit: Visit,
    outcome: Annotated[str, typer.Option("--outcome", metavar="TEXT", help="What it was good for.")],
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Say what a visit led to."""
    from processes.reading_room.visits import close as end

    with entered(context, account) as archive:
        done = end(archive.tools(), visit, outcome)
    return _visit(done, as_json)


def forget(context: typer.Context, as_json: AsJson = False, account: Account = None) -> int:
    """Forget who came last longer ago than `visitor_days`; the worker does it by itself."""
    from processes.reading_room.visitors import forget as let_go

    with entered(context, account) as archive:
        done = let_go(archive.tools(), archive.settings.visitor_days)
    answer(done, as_json, words.of_forgotten(done))
    return BROKEN if "waiting" in done else DONE


def issue(
    context: typer.Context,
    visit: Visit,
    code: Code,
    purpose: Annotated[str, typer.Option("--purpose", metavar="WHAT", help="What it is for.")],
    extract: Annotated[
        str, typer.Option("--extract", metavar="TEXT", help="Word for word; none: a copy of the whole.")
    ] = "",
    holder: Annotated[str, typer.Option("--holder", metavar="NAME", help="For whom; else the visitor.")] = "",
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Issue a certificate under the next number of the year."""
    from processes.reading_room.certificates import Wanted
    from processes.reading_room.certificates import issue as issue_one

    with entered(context, account) as archive:
        done = issue_one(archive.tools(), visit, Wanted(code, purpose, extract, holder))
    return _certificate(done, as_json)


def list_certificates(
    context: typer.Context,
    year: Annotated[
        int, typer.Option("--year", min=0, max=9999, metavar="YEAR", help="Else the newest.")
    ] = 0,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """List every number of a year, also of what was voided or destroyed."""
    from processes.reading_room.certificates import register

    with entered(context, account) as archive:
        found = register(archive.tools(), year)
    answer(found, as_json, words.of_register(found))
    return DONE


def show_certificate(
    context: typer.Context, number: Number, as_json: AsJson = False, account: Account = None
) -> int:
    """Show one certificate."""
    from processes.reading_room.certificates import shown

    with entered(context, account) as archive:
        found = shown(archive.tools(), number)
    return _certificate(found, as_json)


def print_certificate(
    context: typer.Context,
    number: Number,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the PDF goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file that --output meets.")] = False,
    as_json: AsJson = False,
    account: Account = None,
) -> int:
    """Write one certificate as PDF/A."""
    from lantai.printing import paper
    from processes.finding.result_list import appearing
    from processes.reading_room.certificates import on_paper, shown

    with entered(context, account) as archive:
        found = shown(archive.tools(), number)
        target = fresh(output, force)
        before_writing(context, archive, code=found["code"])
        with appearing(target, force) as part:
            part.write_bytes(paper("certificate", on_paper(found, language()), language()))
    told = {"certificate": found["certificate"], "file": str(target)}
    answer(told, as_json, [say("certificate-written", **told)])
    return DONE


def void(
    context: typer.Context, number: Number, reason: Reason, as_json: AsJson = False, account: Account = None
) -> int:
    """Say that a certificate counts no more; it stays in the register."""
    from processes.reading_room.certificates import void as end

    with entered(context, account) as archive:
        done = end(archive.tools(), number, reason)
    return _certificate(done, as_json)


def _visit(told: Mapping[str, Any], as_json: bool) -> int:
    answer(told, as_json, words.of_visit(told))
    return BROKEN if "waiting" in told else DONE


def _certificate(told: Mapping[str, Any], as_json: bool) -> int:
    answer(told, as_json, words.of_certificate(told))
    return BROKEN if "waiting" in told else DONE


VISITS: dict[str, Callable[..., int]] = {
    "enter": enter,
    "list": list_visits,
    "show": show,
    "give": give,
    "ask": ask,
    "close": close,
    "forget": forget,
}
CERTIFICATES: dict[str, Callable[..., int]] = {
    "issue": issue,
    "list": list_certificates,
    "show": show_certificate,
    "print": print_certificate,
    "void": void,
}
