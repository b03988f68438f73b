"""Codes in an operator's findings: of the copies that are damaged, missing or lost, an account is told the
items' codes of the fonds that it handles, and of all others the objects alone.

Whoever keeps the machines needs to know which files to mend, not which records there are. Counts are the
operators' to see. Not here: who may ask at all (`policies.roles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from archive import catalogue
from ingest.tools import Tools
from policies.access import view_of


def for_subject(tools: Tools, found: Iterable[Any], untold: str | None = None) -> None:
    """Put `untold` in the place of the codes that are not for the account, wherever one of these findings (of
    a site, say) has a list of things with a `code`.
    """
    if tools.subject.handles is None:
        return
    lists = [one for finding in found for one in _lists(finding)]
    codes = sorted({one.code for listed in lists for one in listed if one.code})
    with tools.database.read() as conn:
        known = catalogue.ids_of_codes(conn, codes, view_of(tools.subject).handled)
    for listed in lists:
        listed[:] = [
            replace(one, code=untold) if one.code and one.code not in known else one for one in listed
        ]


def _lists(finding: Any) -> Iterator[list[Any]]:
    """The lists of a finding whose members have codes."""
    for name in finding.__dataclass_fields__:
        value = getattr(finding, name)
        if isinstance(value, list) and value and hasattr(value[0], "code"):
            yield value
