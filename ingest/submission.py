"""Receive: the list is read, each row's metadata judged, each listed file found in the source.

No file is opened here. A row refused for secrecy is judged first and leaves only its number:
its title, its file name and their digests reach no report, no finding, no identity and no disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ingest.batch import Member, Received, ReceivedRow, Submission
from ingest.errors import NotForThisFonds
from ingest.manifest import BatchList, Row, read_list
from ingest.receive import UNLISTED_KINDS, Matched, Matching, match
from policies.access import Subject, handles
from policies.canonical import canonical
from policies.findings import Finding, Severity, storable
from policies.inspection import has_mark, is_secret, judge_row, repeated_numbers
from policies.ruleset import RuleSet
from policies.secrecy import refusal


def receive(submission: Submission, rules: RuleSet, today: date) -> Received:
    """The batch as its list tells it. Raises `OSError` where the source itself cannot be read."""
    listing = read_list(submission.source, rules)
    marked = frozenset(row.number for row in listing.rows if _is_secret(row, rules))
    matching = match(
        listing,
        submission.source.survey(),
        secret_rows=marked,
        is_secret_name=lambda name: has_mark(name, rules),
    )
    rows = tuple(_row(row, matching, submission, rules, today) for row in listing.rows)
    digest = _list_digest(listing, matching.secret, submission, rules)
    source = submission.source.name
    return Received(
        submission,
        _numbered(rows, rules),
        _of_batch(listing, matching, submission),
        digest,
        "" if has_mark(source, rules) else storable(source),
    )


def need_fonds(received: Received, subject: Subject) -> None:
    """Every fonds that the list names is one that the account handles. Raises `NotForThisFonds` before
    anything of the batch is written or looked up; a row that names none goes back by itself.
    """
    named = {row.fields.get("fonds", "") for row in received.rows} - {""}
    if others := sorted(fonds for fonds in named if not handles(subject, fonds)):
        raise NotForThisFonds(others, subject.account)


def _is_secret(row: Row, rules: RuleSet) -> bool:
    """By its fields, or by a mark in a cell whose heading nobody knows: it may be a misspelt one."""
    return is_secret(row.fields, rules) or any(has_mark(cell, rules) for cell in row.unknown)


def _row(row: Row, matching: Matching, submission: Submission, rules: RuleSet, today: date) -> ReceivedRow:
    judged = judge_row(row.fields, rules, batch_fonds=submission.fonds, today=today)
    if judged.refused or row.number in matching.secret:
        return ReceivedRow(row.number, row.place, True, None, {}, (), (), (refusal(rules),))
    matched = matching.rows[row.number]
    members = tuple(_member(file, row, rules) for file in matched.files)
    findings = judged.findings + matched.findings
    listed = row.fields.get("file", "")
    return ReceivedRow(
        row.number, row.place, False, listed, judged.fields, judged.proposed, members, findings
    )


def _member(file: Matched, row: Row, rules: RuleSet) -> Member:
    """A found file with its role: roles stand parallel to files; a row without any has main ones."""
    place = row.files.index(file.listed)
    role = row.roles[place] if place < len(row.roles) else ""
    return Member(file.path, file.listed, rules.role_of(role), file.bytes, file.identity)


def _numbered(rows: tuple[ReceivedRow, ...], rules: RuleSet) -> tuple[ReceivedRow, ...]:
    """The rows, with a finding on each whose number another of its series has."""
    repeated = repeated_numbers([row.fields for row in rows], rules)
    return tuple(
        replace(row, findings=(*row.findings, repeated[place])) if place in repeated else row
        for place, row in enumerate(rows)
    )


def _of_batch(listing: BatchList, matching: Matching, submission: Submission) -> tuple[Finding, ...]:
    """Findings on the batch itself; an unlisted file only warns where passing items are kept."""
    found = listing.findings + matching.findings
    if submission.accept == "all":
        return found
    return tuple(
        replace(note, severity=Severity.WARN) if note.kind in UNLISTED_KINDS else note for note in found
    )


def _list_digest(listing: BatchList, secret: frozenset[int], submission: Submission, rules: RuleSet) -> str:
    """SHA-256 of the canonical list and the terms it was handed in on; nothing of a secret row enters."""
    rows: list[Mapping[str, str] | int] = [
        row.number if row.number in secret else dict(row.fields) for row in listing.rows
    ]
    listed = [(row.fields.get("category", ""), "|".join(row.files)) for row in listing.rows]
    judged = rules.digest_for(listed)
    terms = {"rows": rows, "fonds": submission.fonds, "accept": submission.accept, "rules": judged}
    return hashlib.sha256(canonical(terms)).hexdigest()
