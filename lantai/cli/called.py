"""How a command was called: its name and the words and options that were given, as the matrix of roles asks.

Not here: who may call it (`door`), what is written of it (`noting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer


def command_of(context: typer.Context) -> tuple[str, list[str]]:
    """The command as it is called, such as `keys rotate`, and the words and options that were given to it."""
    names: list[str] = []
    at: Any = context
    while at.parent is not None:
        names.insert(0, str(at.info_name))
        at = at.parent
    given: list[str] = []
    for one in context.command.params:
        value = context.params.get(str(one.name))
        if value and one.param_type_name == "option":
            given += one.opts
        elif isinstance(value, str) and value:
            given.append(value)
    return " ".join(names), given
