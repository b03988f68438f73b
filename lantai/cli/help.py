"""How `--help` looks: metavars as they are typed, summaries on one line.

The words of `--help` are English in every language; the guide says so.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class PlainCommand(TyperCommand):
    """A command whose usage line reads `ingest [OPTIONS] BATCH`, without braces and type names."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The arguments by their metavars, as a person types them."""
        return ["[OPTIONS]", *(argument.metavar for argument in self._arguments(ctx))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options, each with its help."""
        arguments = [(argument.metavar, argument.help or "") for argument in self._arguments(ctx)]
        options = [p.get_help_record(ctx) for p in self.get_params(ctx) if p.param_type_name == "option"]
        for title, rows in (("Arguments", arguments), ("Options", [row for row in options if row])):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _arguments(self, ctx: Any) -> list[Any]:
        return [one for one in self.get_params(ctx) if one.param_type_name == "argument"]
