"""What was returned of a batch stays in its upload: its rows, and those of their files that are there.

So that whoever handed in sends only what failed again. Where a row was refused for secrecy nothing stays.
Not done here: when it is wanted (`uploads.settle`).
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Collection

from sqlalchemy import Connection

from archive import uploads
from archive.uploads import HANDED_IN, OPEN, UploadFile
from ingest.manifest import Cells, read_cells
from ingest.names import form
from ingest.report import Report
from ingest.staged import StagedSource, staged_source
from ingest.tools import Tools
from storage.staging import PART_BYTES

LIST = "manifest.csv"


def keep_returned(tools: Tools, upload_id: str, report: Report) -> bool:
    """Open the upload again with what was returned, and the batch's name; False where nothing of it may stay
    or nothing was returned. All or nothing of it is done.
    """
    returned = {item.row for item in report.items if item.outcome == "returned"}
    source = staged_source(tools, upload_id)
    if source is None or not returned or any(item.file is None for item in report.items):
        return False
    gone: list[int] = []
    written = None
    if report.registered:
        cells = read_cells(source, tools.rules)
        written = _written(source, _again(cells, returned))
        gone = _others(source, _files(cells, returned))
    with tools.database.write() as tx:
        _settle(tx, tools, source, str(report.batch), written, gone)
    for number in gone:
        source.staging.drop(number)
    return True


def _settle(
    tx: Connection,
    tools: Tools,
    source: StagedSource,
    batch: str,
    written: UploadFile | None,
    gone: Collection[int],
) -> None:
    upload, now = source.upload.id, tools.now()
    uploads.move(tx, upload, HANDED_IN, OPEN, now)
    known = uploads.upload(tx, upload)
    uploads.tell(tx, upload, {**(known.detail if known else source.upload.detail), "batch": batch})
    for file in uploads.files(tx, upload):
        if file.number in gone:
            uploads.drop_file(tx, upload, file.mark, now)
    if written is not None:
        uploads.put_file(tx, written, now)


def _again(cells: Cells, returned: Collection[int]) -> bytes:
    """The list of the returned rows alone, under the same headings."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(cells.columns.headings if cells.columns else ())
    writer.writerows(line for number, (_, line) in enumerate(cells.lines, 1) if number in returned)
    return out.getvalue().encode()


def _files(cells: Cells, returned: Collection[int]) -> set[str]:
    """The files that the returned rows name."""
    at = cells.columns.fields.index("file") if cells.columns else 0
    rows = [line for number, (_, line) in enumerate(cells.lines, 1) if number in returned]
    return {form(part.strip()) for line in rows if len(line) > at for part in line[at].split("|")}


def _others(source: StagedSource, wanted: Collection[str]) -> list[int]:
    """Every staged file that holds anything but what is wanted: the list, and what was registered."""
    found = source.files().values()
    return sorted({one.number for one in found if form(one.path) not in wanted})


def _written(source: StagedSource, content: bytes) -> UploadFile:
    """The list as a staged file, durable; nobody's until it is noted."""
    number, key = secrets.randbelow(1 << 53), source.staging.key
    with source.staging.appending(number, new=True) as file:
        file.begin(0)
        for at in range(0, len(content), PART_BYTES):
            file.append(content[at : at + PART_BYTES])
    detail = {"path": key.seal_text(LIST, number, "path"), "instead": True}
    return UploadFile(source.upload.id, number, key.mark(LIST), len(content), True, detail)
