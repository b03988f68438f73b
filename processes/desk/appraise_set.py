"""Which items a decision on access is about: those of some codes, of a list, or all that a query finds.

Only items of fonds that the account handles; what is not there and what is not for it are one answer.
Not done here: the decision (`appraise`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from archive import catalogue
from archive.codes import canonical_text
from ingest.tools import Tools
from policies.ruleset import RuleSet
from processes.desk.appraise import SHOWN, handled
from processes.errors import NotAllowedValue, NotFound
from processes.finding.index import feed
from processes.finding.seen import seen_by
from search.index import MOST_HITS, Order
from search.living import LivingIndex
from search.query import parse

MOST = 50_000
"""So many items are decided on at once: one transaction holds them all."""

MOST_LIST_BYTES = 32 << 20


def by_codes(tools: Tools, codes: Iterable[str]) -> list[str]:
    """The items that have, or once had, these codes, each once. Raises `NotFound` naming those that are
    not there, or not for this account: then nothing of the list is decided.
    """
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > MOST:
        raise NotAllowedValue(f"at most {MOST} items are decided on at once")
    with tools.database.read() as conn:
        found = catalogue.ids_of_codes(conn, [canonical_text(code) for code in wanted], handled(tools))
    absent = [code for code in wanted if canonical_text(code) not in found]
    if absent:
        raise NotFound(f"item {', '.join(absent[:SHOWN])}" + (" …" if len(absent) > SHOWN else ""))
    return list(dict.fromkeys(found[canonical_text(code)] for code in wanted))


def by_query(
    tools: Tools, index: LivingIndex, query: str, filters: Mapping[str, str | Sequence[str]]
) -> list[str]:
    """Every item that the query finds of the fonds that the account handles, in the order of their codes.

    What waits to be indexed is fed first. Raises `QueryMistake`, and `NotAllowedValue` for too many.
    """
    asked = parse(query)
    feed(tools.database, index, tools.work)
    seen = replace(seen_by(tools.subject, tools.database, index, tools.work), view=handled(tools))
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = seen.search(asked, filters=filters, limit=MOST_HITS, cursor=cursor, order=Order.CODE)
        if page.total > MOST:
            raise NotAllowedValue(
                f"the query finds {page.total} items; at most {MOST} are decided on at once"
            )
        found += [hit.id for hit in page.hits]
        cursor = page.cursor
    return list(dict.fromkeys(found))


def read_list(path: Path, rules: RuleSet) -> list[str]:
    """The codes of a list: a text file with one a line, or a table as CSV, in UTF-8 or GB18030.

    Where a first line has a heading for codes, that column is read, else the first. Raises
    `NotAllowedValue` for a file that is no such list or holds no code.
    """
    try:
        if path.stat().st_size > MOST_LIST_BYTES:
            raise NotAllowedValue(f"{path} is too long for a list of codes")
        text = _decoded(path.read_bytes())
        head = text.partition("\n")[0]
        table = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in head else ",")
        rows = [[cell.strip() for cell in row] for row in table if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise NotAllowedValue(f"{path} is no list of codes that can be read") from None
    column = _column(rows[0], rules) if rows else None
    cells = [row[column or 0] for row in rows[column is not None :] if len(row) > (column or 0)]
    codes = list(dict.fromkeys(cell for cell in cells if cell))
    if not codes:
        raise NotAllowedValue(f"{path} holds no code")
    return codes


def _column(head: Sequence[str], rules: RuleSet) -> int | None:
    """The column that a heading says holds codes; None where the first line is no heading."""
    return next((place for place, cell in enumerate(head) if rules.field_of(cell) == "code"), None)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")
