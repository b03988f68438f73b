"""Receive: the list is read, each row's metadata judged, each listed file found in the folder.

No file is opened here. A row refused for secrecy is judged first and leaves only its number:
its title, its file name and their digests reach no report, no finding, no identity and no disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from ingest.batch import Member, Received, ReceivedRow, Submission
from ingest.manifest import BatchList, Row, read_list
from ingest.receive import Matched, Matching, match, survey
from policies.canonical import canonical
from policies.findings import Finding, Severity, finding
from policies.inspection import is_secret, judge_row
from policies.ruleset import RuleSet


def receive(submission: Submission, rules: RuleSet, today: date) -> Received:
    """The batch as its list tells it. Raises `OSError` where the folder itself cannot be read."""
    found = survey(submission.folder)
    listing = read_list(submission.folder, rules)
    secret = frozenset(row.number for row in listing.rows if is_secret(row.fields, rules))
    matching = match(listing, found, secret_rows=secret)
    rows = tuple(_row(row, row.number in secret, matching, submission, rules, today) for row in listing.rows)
    digest = _list_digest(listing, secret, submission, rules)
    return Received(submission, rows, _of_batch(listing, matching, submission), digest)


def _row(
    row: Row, secret: bool, matching: Matching, submission: Submission, rules: RuleSet, today: date
) -> ReceivedRow:
    if secret:
        return ReceivedRow(row.number, True, None, {}, (), (), (finding("secrecy-refused", rule=_secrecy(rules)),))
    judged = judge_row(row.fields, rules, batch_fonds=submission.fonds, today=today)
    if judged.refused:
        return ReceivedRow(row.number, True, None, {}, (), (), judged.findings)
    matched = matching.rows[row.number]
    roles = judged.fields.get("role", "").split("|")
    members = tuple(
        _member(file, roles[place] if place < len(roles) else "") for place, file in enumerate(matched.files)
    )
    findings = judged.findings + matched.findings
    return ReceivedRow(
        row.number, False, row.fields.get("file", ""), judged.fields, judged.proposed, members, findings
    )


def _secrecy(rules: RuleSet) -> str:
    return f"{rules.name}/secrecy.refused"


def _member(file: Matched, role: str) -> Member:
    return Member(file.path, file.listed, role or "main", file.bytes, file.identity)


def _of_batch(listing: BatchList, matching: Matching, submission: Submission) -> tuple[Finding, ...]:
    """Findings on the batch itself; an unlisted file only warns where passing items are kept."""
    found = listing.findings + matching.findings
    if submission.accept == "all":
        return found
    return tuple(
        finding(note.kind, file=note.file, severity=Severity.WARN) if note.kind == "file-unlisted" else note
        for note in found
    )


def _list_digest(
    listing: BatchList, secret: frozenset[int], submission: Submission, rules: RuleSet
) -> str:
    """SHA-256 of the canonical list and the terms it was handed in on; nothing of a secret row enters."""
    rows: list[Mapping[str, str] | int] = [
        row.number if row.number in secret else dict(row.fields) for row in listing.rows
    ]
    terms = {"rows": rows, "fonds": submission.fonds, "accept": submission.accept, "rules": rules.digest}
    return hashlib.sha256(canonical(terms)).hexdigest()
