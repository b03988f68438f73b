"""The verdict: each row's findings, what is registered and what goes back, and the batch's identity.

Pure: everything it needs from the archive (`known`: digests already kept) is given.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping

from archive.codes import series_of
from archive.model import Component, Item
from ingest.batch import Judged, JudgedRow, Member, Outcome, ReceivedRow, Taken, TakenFile, fails
from ingest.series import levels, order
from policies.canonical import canonical
from policies.findings import Finding, finding, stored
from policies.formats import is_marked
from policies.inspection import judge_content, propose_category
from policies.ruleset import RuleSet
from policies.secrecy import refusal


def judge(
    taken: Taken,
    rules: RuleSet,
    known: Mapping[str, str],
    new_id: Callable[[str], str],
    highest: Callable[[str], int] = lambda _: 0,
) -> Judged:
    """The batch's verdict. `known` maps SHA-256 digests already kept to a code the sender may see;
    `highest` tells the highest number given in a series.

    Under `accept="all"` one failing row or a failing finding on the batch returns everything;
    under "passing" the rows without a failing finding are kept, where there are any.
    """
    copies = Counter(file.sha256 for file in taken.files.values())
    rows = tuple(_row(row, taken, rules, known, copies, new_id) for row in taken.received.rows)
    rows = _within_series(rows, rules, highest)
    passing = [row for row in rows if row.item is not None]
    whole = len(passing) == len(rows) or taken.received.submission.accept == "passing"
    kept = bool(passing) and whole and not fails(taken.received.findings)
    if not kept:
        rows = tuple(_with_the_others(row) for row in rows)
    outcome: Outcome = "registered" if kept else "returned"
    return Judged(taken, _identity(taken), outcome, rows, taken.received.findings)


def _row(
    row: ReceivedRow,
    taken: Taken,
    rules: RuleSet,
    known: Mapping[str, str],
    copies: Mapping[str, int],
    new_id: Callable[[str], str],
) -> JudgedRow:
    if row.refused:
        return JudgedRow(row, "returned", row.findings)
    files = [taken.files[member.path] for member in row.members]
    if any(is_marked(file.facts) for file in files):
        return _secret(row, rules)
    fields, proposed, findings = _category(row, files, rules)
    for member, file in zip(row.members, files, strict=True):
        findings += _content(member, file, fields.get("category", ""), rules)
        findings += _copies(member, file, known, copies)
    findings += _given_digests(row, files)
    sealed = taken.received.submission.dry_run or all(file.object_id for file in files)
    if fails(findings) or not sealed or not files:
        return JudgedRow(row, "returned", findings)
    return JudgedRow(row, "registered", findings, _item(row, taken, fields, proposed, findings, new_id))


def _secret(row: ReceivedRow, rules: RuleSet) -> JudgedRow:
    """A row of which a file's text holds a secrecy mark: as one whose fields do, nothing of it is told."""
    found = (refusal(rules),)
    return JudgedRow(ReceivedRow(row.number, row.place, True, None, {}, (), (), found), "returned", found)


def _within_series(
    rows: tuple[JudgedRow, ...], rules: RuleSet, highest: Callable[[str], int]
) -> tuple[JudgedRow, ...]:
    """Where no number may grow past the width: rows that would find their series full go back."""
    if rules.code.past_width != "refuse":
        return rows
    last = 10**rules.code.width - 1
    given: dict[str, int] = {}
    beyond: set[int] = set()
    for item in sorted((row.item for row in rows if row.item), key=order):
        series = series_of(dict(levels(item)), rules.code)
        given[series] = given.get(series, highest(series)) + 1
        if given[series] > last:
            beyond.add(item.row)
    full = finding("series-full", rule=rules.place("code.width"), expected=f"≤ {last}")
    return tuple(
        JudgedRow(row.received, "returned", (*row.findings, full)) if row.received.number in beyond else row
        for row in rows
    )


def _with_the_others(row: JudgedRow) -> JudgedRow:
    """A row of a batch that goes back: one without a fault of its own says so."""
    note = () if fails(row.findings) else (finding("others-failed"),)
    return JudgedRow(row.received, "returned", (*row.findings, *note))


def _category(
    row: ReceivedRow, files: list[TakenFile], rules: RuleSet
) -> tuple[dict[str, str], tuple[str, ...], tuple[Finding, ...]]:
    """The row's fields with its category, proposed from the main component's format where absent."""
    fields, proposed, findings = dict(row.fields), row.proposed, row.findings
    given = any(note.field == "category" for note in findings)
    if fields.get("category") or given or not files:
        return fields, proposed, findings
    main = next((i for i, member in enumerate(row.members) if member.role == rules.default_role), 0)
    category = propose_category(files[main].facts.name, rules)
    if category is None:
        rule = rules.place("code.levels.category")
        missing = finding("field-missing", rule=rule, field="category", expected="category")
        return fields, proposed, (*findings, missing)
    fields["category"] = category
    rule = rules.place("list.headings.category")
    note = finding("value-proposed", rule=rule, field="category", expected="category", found=category)
    return fields, (*proposed, "category"), (*findings, note)


def _content(member: Member, file: TakenFile, category: str, rules: RuleSet) -> tuple[Finding, ...]:
    if fails(file.findings) or not member.bytes:
        return file.findings
    extension = member.path.rpartition(".")[2] if "." in member.path.rpartition("/")[2] else ""
    return file.findings + judge_content(
        file=member.listed,
        role=member.role,
        category=category,
        extension=extension,
        facts=file.facts,
        rules=rules,
    )


def _copies(
    member: Member, file: TakenFile, known: Mapping[str, str], copies: Mapping[str, int]
) -> tuple[Finding, ...]:
    if not file.sha256 or not file.bytes:
        return ()
    if file.sha256 in known:
        return (finding("duplicate-content", file=member.listed, found=known[file.sha256]),)
    if copies[file.sha256] > 1:
        return (finding("duplicate-in-batch", file=member.listed, found=str(copies[file.sha256])),)
    return ()


def _given_digests(row: ReceivedRow, files: list[TakenFile]) -> tuple[Finding, ...]:
    given = [part.strip().lower() for part in row.fields.get("sha256", "").split("|")]
    if given == [""] or any(note.kind == "file-empty" for note in row.findings):
        return ()
    if len(given) != len(files):
        return (finding("digest-malformed", expected=f"{len(files)} × SHA-256", found=str(len(given))),)
    return tuple(
        finding("digest-mismatch", file=member.listed, expected=digest, found=file.sha256)
        for member, file, digest in zip(row.members, files, given, strict=True)
        if digest and file.sha256 and digest != file.sha256
    )


def _item(
    row: ReceivedRow,
    taken: Taken,
    fields: dict[str, str],
    proposed: tuple[str, ...],
    findings: tuple[Finding, ...],
    new_id: Callable[[str], str],
) -> Item:
    named = ("fonds", "category", "year", "retention", "office", "access", "file", "role")
    return Item(
        id=new_id("i"),
        batch=taken.batch,
        row=row.number,
        code="",
        fonds=fields.get("fonds", ""),
        category=fields.get("category", ""),
        year=fields.get("year", ""),
        retention=fields.get("retention", ""),
        office=fields.get("office", ""),
        series="",
        number=0,
        access=fields.get("access") or "unreviewed",
        fields={name: value for name, value in fields.items() if value and name not in named},
        proposed=proposed,
        components=tuple(_component(member, taken.files[member.path]) for member in row.members),
        findings=tuple(stored(note) for note in findings),
    )


def _component(member: Member, file: TakenFile) -> Component:
    return Component(
        object_id=file.object_id,
        file=member.listed,
        role=member.role,
        bytes=file.bytes,
        sha256=file.sha256,
        sealed_bytes=file.sealed_bytes,
        sealed_blake3=file.sealed_blake3,
        puid=file.facts.puid,
        format=file.facts.format,
        mime=file.facts.mime,
        probe=dict(file.facts.values),
        cipher=file.cipher,
        sm3=file.sm3,
    )


def _identity(taken: Taken) -> str:
    return identity(taken.received.list_digest, {path: file.sha256 for path, file in taken.files.items()})


def identity(list_digest: str, digests: Mapping[str, str]) -> str:
    """What a batch *is*: its list on its terms (`list_digest`) and the SHA-256 of each listed file."""
    pairs = [[path, digests[path]] for path in sorted(digests)]
    return hashlib.sha256(canonical([list_digest, pairs])).hexdigest()
