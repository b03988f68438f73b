"""Former audits as the lines of a table: one for each site of each audit, in the order they were made.

Values in, values out. Not here: the words of the headings, and how a table program is kept from running a
cell (`policies.portable.csv_line`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from processes.auditing.audit_history import PastAudit

COUNTS = ("checked", "damaged", "missing", "repaired", "lost", "unchecked")
COLUMNS = ("entry", "time", "account", "outcome", "site", *COUNTS)


def lines(audits: Iterable[PastAudit]) -> Iterator[tuple[object, ...]]:
    """The values of each line in the order of `COLUMNS`; times in UTC, as the ledger writes them."""
    for one in audits:
        for site in one.event.sites:
            counts = (site.get(name, 0) for name in COUNTS)
            yield one.entry, one.time, one.event.account, one.outcome, site["site"], *counts
