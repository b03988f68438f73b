"""The use journal at the command line: a command that is a use is written down before its answer is printed.

It is written when the command has what it was asked for and before it answers; a command that writes as it
goes (a file, a list, packages) says `before_writing` first. A refusal is written with what was asked for.
Where nothing can be written, nothing is answered. Not here: which commands are uses (`policies/roles.toml`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lantai.cli.called import command_of
from policies.errors import LantaiError

if TYPE_CHECKING:
    import typer

    from lantai.wiring import Archive

REFUSED = frozenset(
    {
        "not-found", "not-allowed", "no-such-account", "proof-refused", "sign-in-failed", "slow-down",
        "no-password", "second-factor-needed", "supervisor-refused", "passcode-refused",
    }
)  # fmt: skip
_NOTED, _ABOUT = "lantai.noted", "lantai.about"
_CODES, _OWN = ("code", "codes"), ("query", "component")
_NOTHING = frozenset({"as_json", "account", "output", "to", "cursor", "reason", "force", "export", "file"})
"""Options that say nothing of what was used; nor do paths of this machine."""


@contextmanager
def noted(context: typer.Context, archive: Archive) -> Iterator[None]:
    """What is done inside is written to the journal, if it is a use or was refused. Raises `JournalShut`."""
    from policies.roles import role_book

    command, given = command_of(context)
    try:
        yield
    except LantaiError as error:
        if error.code in REFUSED:
            _write(context, archive, "refused", {"refusal": error.code})
        raise
    kind = role_book().use_of(command, given)
    if kind is not None and not context.meta.get(_NOTED):
        _write(context, archive, kind, {})


def about(context: typer.Context, **detail: object) -> None:
    """What the use is of, where the words of the command do not say it."""
    context.meta[_ABOUT] = {name: str(value) for name, value in detail.items()}


def before_writing(context: typer.Context, archive: Archive, **detail: object) -> None:
    """Write the use that this command is now: what it gives is about to be written somewhere."""
    from policies.roles import role_book

    kind = role_book().use_of(*command_of(context))
    if kind is not None:
        _write(context, archive, kind, {name: str(value) for name, value in detail.items()})
        context.meta[_NOTED] = True


def unknown(context: typer.Context, archive: Archive, name: str) -> None:
    """Somebody named an account that there is not; `archive` is open as another."""
    _write(context, archive, "refused", {"refusal": "no-such-account", "named": name}, account="")


def _write(
    context: typer.Context,
    archive: Archive,
    kind: str,
    detail: Mapping[str, str],
    *,
    account: str | None = None,
) -> None:
    from processes.using.uses import note, use

    tools = archive.tools()
    told = _about(context) | context.meta.get(_ABOUT, {}) | {"os_user": tools.os_user, **detail}
    who = tools.subject.account if account is None else account
    note(archive.database, [use(tools.now(), who, kind, told, archive.rules)])


def _about(context: typer.Context) -> dict[str, str]:
    """What was asked for: the command, its codes in the spelling that is compared, its query, the rest."""
    from archive.codes import canonical_text

    codes: list[str] = []
    told = {"request": command_of(context)[0]}
    rest: list[str] = []
    for name, value in context.params.items():
        if name in _CODES:
            codes += [canonical_text(one) for one in _texts(value)]
        elif name in _OWN:
            told[name] = "".join(_texts(value))
        elif name not in _NOTHING:
            rest += [f"{name}={one}" for one in _texts(value)]
    return told | {"code": "\n".join(codes), "asked": "&".join(rest)}


def _texts(value: Any) -> list[str]:
    """The words of an option; none for one that was not given."""
    if value is None or value is False or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
