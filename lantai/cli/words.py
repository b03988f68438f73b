"""Answers in words for people, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lantai.messages import language, say
from policies.findings import Finding, table, text

if TYPE_CHECKING:
    from ingest.report import Report
    from lantai.doctor import Check
    from lantai.home import NewHome
    from processes.audit import Audit
    from processes.deliver import Content
    from processes.prove import ItemProof
    from processes.verify import Verification

MARKS = {"fail": "✗", "warn": "!", "info": "·"}
MOST_ITEMS = 50
"""So many items of a report are listed in words; `batch --json` has all."""


def of_new_home(made: NewHome) -> Iterator[str]:
    """What `init` says: where, and the recovery key with what losing it means."""
    yield say("new-home", home=made.home, ruleset=made.ruleset)
    yield say("recovery-key", key=made.recovery_key)
    yield say("recovery-why")


def of_report(report: Report) -> Iterator[str]:
    """A batch's report: returned items first, each finding with what to do."""
    yield say(
        "report-head",
        batch=report.batch or "—",
        state=say(f"state-{report.state}"),
        registered=report.registered,
        items=len(report.items),
        returned=len(report.items) - report.registered,
        warnings=report.warnings,
        mib=report.bytes >> 20,
        seconds=f"{report.seconds:.1f}",
    )
    if report.repeated:
        yield say("report-repeated")
    if report.state == "waiting":
        yield say("report-waiting", reason=report.reason)
    yield from _findings(report.findings)
    ordered = sorted(report.items, key=lambda item: (item.outcome == "registered", item.row))
    for item in ordered[:MOST_ITEMS]:
        name = item.file if item.file is not None else say("secret-row", row=item.row)
        yield f"  {item.code or '✗'}  {_plain(name)}"
        yield from _findings(item.findings)
    if len(ordered) > MOST_ITEMS:
        yield say("report-more", count=len(ordered) - MOST_ITEMS, batch=report.batch)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for note in findings:
        if note.severity != "info":
            yield f"    {MARKS[note.severity]} {note.code} {text(note, language())}"


def of_batches(listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line a batch."""
    if not listed:
        yield say("no-batches")
    for row in listed:
        yield say("batch-line", **(dict(row) | {"state": say(f"state-{row['state']}")}))


def of_cancelled(batch: str) -> Iterator[str]:
    """A batch given up."""
    yield say("batch-cancelled", batch=batch)


def of_hits(found: Mapping[str, Any]) -> Iterator[str]:
    """Search results."""
    yield say("hits", total=found["total"])
    for hit in found["hits"]:
        yield f"  {hit['code']}  {_plain(hit['title'])}  {hit['date']}  [{hit['access']}]"
        if hit["snippet"] and hit["snippet"] != hit["title"]:
            yield f"      {_plain(hit['snippet'])}"
    for field, values in (found.get("facets") or {}).items():
        yield say("facet", field=field, values="  ".join(f"{v['value']} {v['count']}" for v in values))
    if found.get("cursor"):
        yield say("hits-more", cursor=found["cursor"])


def of_item(shown: Mapping[str, Any]) -> Iterator[str]:
    """One item: its fields, components and history."""
    yield f"{shown['code']}  {_plain(shown['title'])}"
    if shown["withdrawn"]:
        yield say("item-withdrawn")
    hidden = {"code", "title", "components", "history", "former_codes", "withdrawn", "proposed"}
    for name, value in shown.items():
        if name not in hidden and value not in ("", None):
            yield f"  {_label(name)}: {_plain(str(value))}"
    if shown["former_codes"]:
        yield say("item-former", codes="  ".join(shown["former_codes"]))
    yield say("item-components")
    for part in shown["components"]:
        kind = f"{part['format']['name']} ({part['format']['puid']})"
        yield f"  {_plain(part['file'])}  {part['bytes']} B  {kind}  {part['sha256']}"
    yield say("item-history")
    for event in shown["history"]:
        what = f"{event['type']}  {event['account']}  {_plain(event['changed'])}"
        yield f"  {event['entry']}  {event['time']}  {what}"


def _label(field: str) -> str:
    """A field's name in the reader's language, where the list has such a field."""
    names = table().fields.get(field)
    return names[language()] if names else field


def of_content(content: Content, target: Path) -> Iterator[str]:
    """A fetched component."""
    yield say("content", file=_plain(content.file), bytes=content.bytes, target=target)


def of_correction(done: Mapping[str, Any]) -> Iterator[str]:
    """What a correction changed."""
    for change in done["changes"]:
        what = f"{change['field']}: {change['old'] or '—'} → {change['new'] or '—'}"
        yield say("corrected", code=done["code"], what=_plain(what))


def of_audit(result: Audit) -> Iterator[str]:
    """An audit, site by site; every damaged copy by name."""
    for site in result.sites:
        if site.unreachable:
            yield say("audit-unreachable", site=site.site, reason=site.unreachable)
            continue
        counts = {n: len(getattr(site, n)) for n in ("damaged", "missing", "repaired", "lost")}
        yield say("audit-site", site=site.site, checked=site.checked, mib=site.bytes >> 20, **counts)
        for kind in ("damaged", "missing", "repaired", "lost"):
            for copy in getattr(site, kind):
                yield say(f"audit-{kind}", object=copy.name, code=copy.code or "")
    if result.whole:
        yield say("audit-whole")


def of_proof(proof: ItemProof, target: Path) -> Iterator[str]:
    """A proof written."""
    yield say("proof", code=proof.code, entries=len(proof.entries), size=proof.size, target=target)


def of_verification(result: Verification) -> Iterator[str]:
    """Each thing checked, then the whole."""
    for check in result.checks:
        yield f"  {'✓' if check.ok else '✗'} {check.file}  {check.what}  {check.text}"
    yield say("verified" if result.ok else "not-verified")


def of_rebuild(result: Mapping[str, Any]) -> Iterator[str]:
    """Views made again."""
    yield say("rebuilt", **result)


def of_worker(done: Mapping[str, Any]) -> Iterator[str]:
    """What waited and was done."""
    yield say("worker-done", **done)


def of_checks(checks: Sequence[Check]) -> Iterator[str]:
    """The doctor's checks."""
    for check in checks:
        yield f"  {'✓' if check.ok else MARKS[check.severity]} {check.name}: {check.text}"


def _plain(value: str) -> str:
    """Text from outside, safe to print on a terminal: control and bidi characters shown, not obeyed."""
    return "".join(c if c.isprintable() or c == "　" else f"\\u{ord(c):04x}" for c in value)
