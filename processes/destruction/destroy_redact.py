"""Reports of batches without what they told of destroyed items: file names, findings, values found.

Row, place, item and code stay: they stand in the tombstone too. What another row's finding, or one of the
batch, says of a destroyed item goes with it. Not done here: dropping the former reports (`destroy_order`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from archive import answered, catalogue, uses
from archive.destructions import returned_like
from archive.events import BatchRedacted, BatchReport
from archive.model import Item
from archive.saved import drop_search, every_search
from policies.uses import WITHHELD

_ITS_OWN = ("title", "people", "abstract", "notes", "document_number")
_SHORTEST = 4
"""Shorter values (a year, a zone) say nothing of one item, and stand in anybody's findings."""


def redacted(tx: Connection, items: Iterable[Item]) -> Iterator[BatchRedacted]:
    """The reports to be entered for `items`, about to be destroyed: those of their batches, and those of
    former attempts to hand them in, as far as they tell of them.
    """
    brought: dict[str, list[Item]] = {}
    for item in items:
        brought.setdefault(item.batch, []).append(item)
    attempts: dict[str, list[Item]] = {}
    for batch, gone in brought.items():
        record = catalogue.batch(tx, batch)
        if record is None or record.report is None:
            continue  # it was lost before
        ids = {item.id for item in gone}
        yield _report(record, lambda row, ids=ids: row["item"] in ids, _words(gone, record.report["rows"]))
        for other in returned_like(tx, record.report["list_digest"], record.source):
            attempts.setdefault(other, []).extend(gone)
    for batch, gone in attempts.items():
        record = catalogue.batch(tx, batch)
        if record is not None and record.report is not None:
            words = _words(gone, ())
            if _tells(record.report, words):
                yield _report(record, lambda row, words=words: _named(row, words), words)


def drop_searches(tx: Connection, items: Iterable[Item]) -> None:
    """Forget saved searches, anybody's, that quote what an item alone said of itself, and withhold it in uses
    that are in no segment yet, and the bodies of answers kept for requests that are sent again. They are
    working state, which may be lost; what told of a destroyed item may not stay.
    """
    said = {item.fields.get(name, "") for item in items for name in _ITS_OWN}
    words = _Words(frozenset(word for word in said if len(word) >= _SHORTEST))
    for row, use in uses.unsealed(tx):
        kept = {name: WITHHELD if words.within(value) else value for name, value in use.detail.items()}
        if kept != use.detail:
            uses.rewrite(tx, row, kept)
    for search in every_search(tx):
        asked = json.dumps(json.loads(search.detail), ensure_ascii=False)
        if words.within(search.name) or words.within(asked):
            drop_search(tx, search.account, search.name)
    answered.forget_bodies(tx)


class _Words:
    """What tells of destroyed items. Findings of a large batch say the same few things over and over: each is
    looked at once.
    """

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._known: dict[str, bool] = {"": False}

    def name(self, file: str) -> bool:
        """Whether it is the name of one of the files, or one of several that were joined."""
        return file in self._words or any(part in self._words for part in file.split("|"))

    def within(self, value: str) -> bool:
        """Whether a value found, or expected, quotes any of it."""
        if value not in self._known:
            self._known[value] = any(word in value for word in self._words)
        return self._known[value]


def _words(items: Sequence[Item], rows: Sequence[Mapping[str, Any]]) -> _Words:
    """What tells of these items wherever it stands: names of files, digests, values of the description."""
    ids = {item.id for item in items}
    said: set[str] = {str(row["file"] or "") for row in rows if row["item"] in ids}
    for item in items:
        said |= {*item.fields.values()}
        said |= {word for part in item.components for word in (part.file, part.sha256)}
    return _Words(frozenset(word for word in said if len(word) >= _SHORTEST))


def _named(row: Mapping[str, Any], words: _Words) -> bool:
    """Whether a row of a former attempt is of one of the files."""
    return words.name(str(row["file"] or ""))


def _tells(report: Mapping[str, Any], words: _Words) -> bool:
    notes = [*report["findings"], *(note for row in report["rows"] for note in row["findings"])]
    return any(_named(row, words) for row in report["rows"]) or any(_speaks(note, words) for note in notes)


def _speaks(note: Mapping[str, Any], words: _Words) -> bool:
    said = (str(note.get(name, "")) for name in ("expected", "found"))
    return words.name(str(note.get("file", ""))) or any(map(words.within, said))


def _report(record: catalogue.BatchRecord, is_gone: Any, words: _Words) -> BatchRedacted:
    assert record.report is not None  # whoever asks has looked
    report = dict(record.report)
    rows = [
        {**row, "file": None, "findings": []}
        if is_gone(row)
        else {**row, "findings": [note for note in row["findings"] if not _speaks(note, words)]}
        for row in report["rows"]
    ]
    kept = [note for note in report["findings"] if not _speaks(note, words)]
    known = {name.name for name in fields(BatchReport)}
    content = {name: value for name, value in report.items() if name in known}
    content |= {"rows": rows, "findings": kept}
    content |= {"entry": record.received, "reported": record.time, "state": record.state}
    event = BatchRedacted.from_payload(content)
    assert isinstance(event, BatchRedacted)  # what its class makes
    return event
