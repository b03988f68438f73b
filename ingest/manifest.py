"""The list of a batch: `manifest.csv` or `manifest.xlsx` to rows of canonical fields.

Cells come as they are written, without surrounding white space; nothing is normalised or judged
here (`policies.inspection` does that), and no listed file is looked at (`receive.py` does).
What is wrong with the list as a whole is a finding on the batch; where its columns cannot be
trusted it has no rows, so that no text is taken for what it is not, a secrecy mark least of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from ingest.errors import FileRefused
from ingest.headings import SECRECY_LIKE, Columns, read_headings
from ingest.manifest_csv import Lines, read_csv
from ingest.manifest_xlsx import read_xlsx
from ingest.members import Reading
from ingest.source import Files, Source
from policies.findings import Finding, finding
from policies.ruleset import RuleSet
from policies.secrecy import is_open_level

LIST_BYTES = 64 * 1024 * 1024
_PLACES_SHOWN = 5

_Reader = Callable[[bytes, Mapping[str, str]], tuple[Lines, tuple[Finding, ...]]]
_READERS: Mapping[str, _Reader] = {"manifest.csv": read_csv, "manifest.xlsx": read_xlsx}


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the list.

    `number` counts items from 1 in the list's order, blank rows not counted; `place` is the row a
    person sees in a table program, the headings' row counted. `fields` holds the cells that are not
    empty, by canonical field; `files` and `roles` are the parts between bars, as written. `unknown`
    holds the cells under headings that nobody knows: they are not kept, but may hold a secrecy mark. One
    that is no open level under a heading that speaks of secrecy is the row's `secrecy`.
    """

    number: int
    fields: Mapping[str, str]
    files: tuple[str, ...]
    roles: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    place: int = 0


@dataclass(frozen=True, slots=True)
class BatchList:
    """The rows of a list, what is wrong with the list itself, and its file name ("" without one)."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A list as it is written: its file name ("" without one), the heading row's columns, and the records
    below it with their place. `findings` says why there are none, or what is odd about the headings.
    """

    name: str
    columns: Columns | None
    lines: Lines
    findings: tuple[Finding, ...]


def is_list(name: str) -> bool:
    """Whether a file of this name at the top of a batch is its list."""
    return name.lower() in _READERS


def read_list(source: Source, rules: RuleSet) -> BatchList:
    """Read the list beside the files of `source`, headings by the rule set's `[list.headings]`.

    Raises `OSError` where the source cannot be read; everything about the list is a finding.
    Source: the interface's "A batch".
    """
    name, lines, findings = _written(source, rules)
    return BatchList((), findings, name) if findings else _rows(lines, name, rules)


def read_cells(source: Source, rules: RuleSet) -> Cells:
    """The same list cell by cell, for whoever edits it: nothing is left out, whatever its columns are called.

    Raises `OSError` where the source cannot be read.
    """
    name, lines, findings = _written(source, rules)
    if findings or not lines:
        return Cells(name, None, [], findings)
    columns = read_headings(lines[0][1], rules)
    return Cells(name, columns, lines[1:], columns.findings)


def _written(source: Source, rules: RuleSet) -> tuple[str, Lines, tuple[Finding, ...]]:
    """The name of the list, its records with the headings' one first, and what keeps it from being read."""
    with source.opened() as files:
        names = sorted(name for name in files.names() if is_list(name))
        if not names:
            return "", [], (finding("list-missing", expected=" / ".join(_READERS)),)
        if len(names) > 1:
            return "", [], (finding("list-ambiguous", expected="1", found=", ".join(names)),)
        lines, findings = _read(files, names[0], rules)
        return names[0], lines, findings


def _read(files: Files, name: str, rules: RuleSet) -> tuple[Lines, tuple[Finding, ...]]:
    try:
        content = _content(files, name)
    except FileRefused as refused:
        return [], (refused.as_finding(name),)
    if content is None:
        return [], (finding("list-unreadable", file=name, expected=f"<= {LIST_BYTES} B"),)
    lines, findings = _READERS[name.lower()](content, rules.headings)
    return lines, tuple(replace(note, file=name) for note in findings)


def _content(files: Files, name: str) -> bytes | None:
    """The list's bytes; None where there are more than a list may have."""
    with closing(files.open(name)) as opened:
        if opened.identity()[2] > LIST_BYTES:
            return None
        return b"".join(bytes(piece) for piece in Reading(opened))


def _rows(lines: Lines, name: str, rules: RuleSet) -> BatchList:
    if not lines:
        return BatchList((), (finding("batch-empty", file=name),), name)
    columns = read_headings(lines[0][1], rules)
    if not any(columns.fields):
        return BatchList((), columns.findings, name)
    findings = [*columns.findings]
    wide = [f"#{place}: {len(cells)}" for place, cells in lines[1:] if _beyond(cells, columns)]
    if wide:
        more = f", … ({len(wide)})" if len(wide) > _PLACES_SHOWN else ""
        shown = ", ".join(wide[:_PLACES_SHOWN]) + more
        findings.append(finding("row-too-wide", file=name, expected=f"<= {len(columns.fields)}", found=shown))
    if len(lines) == 1:
        findings.append(finding("batch-empty", file=name))
    if wide or not columns.trusted:
        return BatchList((), tuple(findings), name)
    rows = tuple(_row(n, place, cells, columns, rules) for n, (place, cells) in enumerate(lines[1:], 1))
    return BatchList(rows, tuple(findings), name)


def _beyond(cells: Sequence[str], columns: Columns) -> bool:
    """Whether a row has text where no heading stands: a stray delimiter moves all cells after it."""
    if len(cells) > len(columns.headings) and any(cell.strip() for cell in cells[len(columns.headings) :]):
        return True
    nameless = (cell for cell, heading in zip(cells, columns.headings, strict=False) if not heading)
    return any(cell.strip() for cell in nameless)


def _row(number: int, place: int, cells: Sequence[str], columns: Columns, rules: RuleSet) -> Row:
    pairs = [(field, cell.strip()) for field, cell in zip(columns.fields, cells, strict=False)]
    fields = {field: cell for field, cell in pairs if field not in ("", SECRECY_LIKE) and cell}
    unknown = tuple(cell for field, cell in pairs if field in ("", SECRECY_LIKE) and cell)
    closed = [cell for field, cell in pairs if field == SECRECY_LIKE and not is_open_level(cell, rules)]
    if closed:  # the row is refused by it; an open level under such a heading is not kept
        fields["secrecy"] = closed[0]
    return Row(number, fields, _parts(fields, "file"), _parts(fields, "role"), unknown, place)


def _parts(fields: Mapping[str, str], field: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in fields[field].split("|")) if field in fields else ()
