"""Audits and their history in words for people, line by line, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lantai.messages import retell, say, word

if TYPE_CHECKING:
    from processes.auditing.audit_history import History, PastAudit
    from processes.auditing.audited import Audit, SiteAudit

LISTS = ("damaged", "missing", "repaired", "lost", "extra")


def of_audit(result: Audit) -> Iterator[str]:
    """An audit, site by site; every damaged copy by name, and plainly what was not checked."""
    if result.resumed:
        yield say("audit-resumed", started=result.started)
    for site in result.sites:
        yield from _of_site(site)
    if result.empty:
        yield say("audit-nothing")
    if result.interrupted:
        yield say("audit-interrupted")
    for other in result.beside:
        yield say("audit-running" if other.running else "audit-beside", started=other.started)
    if result.pending:
        yield say("pending", reason=retell(result.pending))
    if result.whole:
        yield say("audit-whole")


def _of_site(site: SiteAudit) -> Iterator[str]:
    if site.unreachable:
        yield say("audit-unreachable", site=site.site, reason=retell(site.unreachable))
    if site.checked:
        counts = {n: len(getattr(site, n)) for n in ("damaged", "missing", "repaired", "lost")}
        yield say("audit-site", site=site.site, checked=site.checked, mib=site.bytes >> 20, **counts)
    if site.unchecked and not site.unreachable:
        yield say("audit-unchecked", site=site.site, unchecked=site.unchecked)
    if site.had:
        yield say("audit-set-back", site=site.site, had=site.had, has=site.has)
    for kind in LISTS:
        for copy in getattr(site, kind):
            what = word("kind", copy.kind.value)
            yield say(f"audit-{kind}", object=copy.name, code=copy.code or "", what=what).rstrip()
    if site.refused:
        yield say("audit-refused", site=site.site, reason=retell(site.refused))


def of_history(history: History) -> Iterator[str]:
    """Every audit, oldest first, with its sites; then those that have not ended."""
    for audit in history.audits:
        yield _headline(audit)
        for site in audit.event.sites:
            yield "  " + say(
                "audit-past-site",
                site=site["site"],
                checked=int(site["checked"]),
                mib=int(site["bytes"]) >> 20,
                **{name: int(site[name]) for name in ("damaged", "missing", "repaired", "lost")},
            )
            if site["unreachable"]:
                yield "  " + say("audit-unreachable", site=site["site"], reason=retell(site["unreachable"]))
    if not history.audits:
        yield say("audit-no-history")
    for other in history.unfinished:
        yield say("audit-running" if other.running else "audit-beside", started=other.started)


def _headline(audit: PastAudit) -> str:
    event = audit.event
    asked = [f"--site {event.site}" if event.site else "", f"--since {event.since}" if event.since else ""]
    asked += [f"--sample {event.percent}" if audit.percent < 100 else "", "--repair" if event.repair else ""]
    return say(
        "audit-past",
        entry=audit.entry,
        time=audit.time,
        account=event.account,
        scope=" ".join(part for part in asked if part) or say("audit-all"),
        outcome=word("outcome", audit.outcome),
        seconds=event.seconds,
    )
