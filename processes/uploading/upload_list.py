"""The list of an upload while it is edited: read cell by cell, and rows judged as the pipeline judges them.

No listed file is read here, and nothing is kept: the draft is the upload's own `manifest.csv`, sealed like
every file of it. Not done here: what needs all rows or the files (a trial run says it), HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.headings import SECRECY_LIKE
from ingest.manifest import Cells, is_list, read_cells
from ingest.names import is_dropping
from ingest.staged import Staged, StagedSource, staged_source
from ingest.tools import Tools
from policies.findings import Finding, as_json
from policies.inspection import has_mark, is_secret, judge_row
from policies.ruleset import RuleSet
from policies.secrecy import refusal
from processes.errors import NotFound
from processes.uploading.upload_asked import need_upload, tag_of

DRAFT = "manifest.csv"
"""The file of an upload that its list is kept in while it is edited."""
MOST_ROWS = 500
"""So many rows are judged in one go."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A row as somebody edits it: cells by field, and those under headings that nobody knows."""

    fields: Mapping[str, str]
    unknown: Sequence[str] = ()


def list_of(tools: Tools, upload_id: str, language: str) -> dict[str, Any]:
    """The list of an upload of the account and its files: `name`, `tag`, `columns`, `rows`, `findings` and
    `files`. A row has as many cells as there are columns; `tag` is that of the file `DRAFT` as these rows
    were read, "" where there is none. Raises `NotFound`, `ArchiveRefused`.
    """
    with tools.database.read() as conn:
        upload = need_upload(conn, tools, upload_id)
    source = staged_source(tools, upload_id) if upload.key else None
    if source is None:
        raise NotFound("upload")
    found = source.files().values()
    files = sorted(
        (one.path, one.bytes) for one in found if not is_list(one.path) and not is_dropping(one.path)
    )
    cells = read_cells(source, tools.rules)
    return {
        "name": cells.name,
        "tag": next((_tag(source, one) for one in found if one.path == DRAFT and one.entry is None), ""),
        "columns": _columns(cells),
        "rows": _rows(cells),
        "findings": [as_json(note, language) for note in cells.findings],
        "files": [[path, size] for path, size in files],
    }


def _tag(source: StagedSource, one: Staged) -> str:
    return tag_of(source.staging.key, one.number, one.staged_bytes)


def _columns(cells: Cells) -> list[dict[str, str]]:
    columns = cells.columns
    if columns is None:
        return []
    named = zip(columns.headings, columns.fields, strict=True)
    return [{"heading": heading, "field": "" if field == SECRECY_LIKE else field} for heading, field in named]


def _rows(cells: Cells) -> list[list[str]]:
    width = len(cells.columns.fields) if cells.columns else 0
    return [(line + [""] * width)[: max(width, len(line))] for _, line in cells.lines]


def judged(rows: Sequence[DraftRow], rules: RuleSet, fonds: str, today: date) -> list[tuple[Finding, ...]]:
    """The findings on each row's metadata, in the order of `rows`. Pure; `fonds` is the batch's, or ""."""
    return [_judged(row, rules, fonds, today) for row in rows]


def _judged(row: DraftRow, rules: RuleSet, fonds: str, today: date) -> tuple[Finding, ...]:
    fields = {field: text.strip() for field, text in row.fields.items() if text.strip()}
    if is_secret(fields, rules) or any(has_mark(cell, rules) for cell in row.unknown):
        return (refusal(rules),)
    return judge_row(fields, rules, batch_fonds=fonds, today=today).findings
