"""Taking in the batch of an upload, as a long work does it. Not here: the upload (`processes.uploading`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.batch import Submission
from ingest.report import Report
from ingest.staged import staged_source
from ingest.tools import Progress
from lantai.messages import language, reading
from lantai.taking import batch_report, take_batch
from lantai.wiring import Archive
from processes.errors import NotFound
from processes.uploading.uploads import reopen, settle, taken_as


def take_upload(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> dict[str, object]:
    """Take the batch of an upload the whole way; the report as `ingest --json` prints it.

    `asked`: `upload`, `fonds`, `accept`, `secured`, `dry_run`, `keep`, and the `language` of whoever asked.
    Asked again after it was taken it gives the same report. Raises `NotFound`, and what an ingest raises:
    then the upload is open again.
    """
    with reading("zh" if asked["language"] == "zh" else "en"):
        if batch := taken_as(archive.tools(), asked["upload"]):
            return batch_report(archive, batch).as_json(language())
        try:
            report = _taken(archive, asked, progress)
        except Exception:  # whatever it was: what came is still there, and can be changed or handed in again
            reopen(archive.tools(), asked["upload"])
            raise
        return report.as_json(language())


def _taken(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Report:
    tools = archive.tools(progress)
    source = staged_source(tools, asked["upload"])
    if source is None:
        raise NotFound("upload")
    accept = asked["accept"]
    terms = Submission(source, asked["fonds"], "passing" if accept == "passing" else "all", asked["dry_run"])
    report = take_batch(archive, terms, progress, secured=asked["secured"])
    settle(tools, asked["upload"], report, keep=asked.get("keep", False))
    return report
